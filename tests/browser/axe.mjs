// What axe-core finds wrong in a page: contrast, labels, roles, order of headings.
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";

const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export async function violations(page) {
  await page.evaluate(source);
  const found = await page.evaluate((values) => axe.run(document, { runOnly: { type: "tag", values } }), RULES);
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} (${failureSummary.split("\n")[1]?.trim()})`).join("; ")}`);
}
