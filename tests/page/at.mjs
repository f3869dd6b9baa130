// What the tests of the page share: where it is, how wide, and texts of their own.
import { mkdir } from "node:fs/promises";
import { resolve, join } from "node:path";
import { inBrowser } from "../browser/browser.mjs";

export const origin = process.env.PAGE;
const pictures = resolve("target/browser/screenshots");
await mkdir(pictures, { recursive: true });

export const DESKTOP = { width: 1440, height: 1000, scheme: "light", origin };
export const PHONE = { width: 360, height: 740, scheme: "light", origin };
export const picture = (what) => join(pictures, `page-${what}.png`);

// An emoji, which JavaScript counts as two, stands before every name but the title's.
export const TEXT = `Postcard 📮 from the harbour

Greetings from Bergen 🌧️! Ingrid Solberg, who was born in Bergen in 1851, studied at the Royal Institute of Technology in Stockholm. She designed the Skerry Point Lighthouse, which stands in the north of Norway.`;

// Runs `work` with the page opened.
export const onPage = (options, work) => inBrowser(options, async (page) => {
  await page.goto(`${origin}/`);
  await page.waitForSelector("#examples button");
  await work(page);
});

// The same with TEXT read.
export const onReading = (options, work) => onPage(options, async (page) => {
  await read(page, TEXT);
  await work(page);
});

export async function read(page, text) {
  await page.fill("#text", text);
  await page.click("#find");
  await page.waitForSelector("#result:not([hidden])", { timeout: 60000 });
  await page.waitForFunction(() => document.querySelector(".facts tbody tr, #facts .none:not([hidden])"));
}

// Moves the slider as a person does.
export const least = (page, score) => page.locator("#score").evaluate((slider, value) => {
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}, score);

export const rows = (page) => page.locator(".facts tbody tr");
export const cells = (page, column) => page.locator(`.facts td.${column}`).allTextContents();
export const shown = async (page) => Number((await page.textContent("#shown")).replaceAll(",", "").match(/\d+/)[0]);

// An answer as the server gives it, of names at places in a text and facts between them.
export function answer(text, sentences, entities, facts) {
  const named = (index) => ({ index, name: entities[index].name, type: entities[index].type });
  return { title: "text", text, sentences, entities,
    facts: facts.map(([head, relation, tail, score, evidence]) => ({ head: named(head), relation: { id: relation, name: relation }, tail: named(tail), score, evidence })) };
}

export const answerWith = (page, json) => page.route("**/v1/extract", (route) => route.fulfill({ json }));
