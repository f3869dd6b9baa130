// Headless Chromium on files of this machine, with what the page complains about.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

// Runs `work` with a page of a fresh profile, and fails on any complaint but those that `expected`
// matches. The page may ask for files, and for what lies at `origin`.
export async function inBrowser({ width, height, scheme, origin, expected, motion = "no-preference" }, work) {
  const profile = await mkdtemp(join(tmpdir(), "docre-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium", headless: true, args: FLAGS,
    viewport: { width, height }, colorScheme: scheme, hasTouch: width < 500, reducedMotion: motion,
  });
  const complaints = [];
  const own = (url) => /^(file|data):/.test(url) || (origin && (url.startsWith(`${origin}/`) || url.startsWith(`blob:${origin}/`)));
  try {
    const page = context.pages()[0];
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => own(request.url()) || complaints.push(`asks for ${request.url()}`));
    await work(page);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
  const unexpected = complaints.filter((complaint) => !expected?.test(complaint));
  if (unexpected.length) throw new Error(`the page complains: ${unexpected.join("; ")}`);
}
