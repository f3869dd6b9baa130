// Decides on suggestions in the page of an audit (review.html in the folder that REPORTS names).
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { inBrowser } from "./browser.mjs";

const file = join(resolve(process.env.REPORTS), "review.html");
const skip = !existsSync(file) && "there is no page of an audit";
const url = pathToFileURL(file).href;
const DESKTOP = { width: 1440, height: 1000, scheme: "light" };
const SLOWEST_FILTER_MS = 200;

const counts = async (page) => (await page.textContent("#counts")).match(/\d+/g).map(Number);

async function download(page) {
  const coming = page.waitForEvent("download");
  await page.click("#download");
  return JSON.parse(await readFile(await (await coming).path(), "utf8"));
}

test("decisions are kept, and taken away as a file", { skip }, () => inBrowser(DESKTOP, async (page) => {
  await page.goto(url);
  const [, , open] = await counts(page);
  const facts = await page.locator(".item .fact").allTextContents();
  await page.keyboard.press("a");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("r");
  await page.locator(".item").nth(4).locator(".accept").click();
  await page.keyboard.press("u");
  assert.deepEqual(await counts(page), [1, 1, open - 2]);

  await page.reload();
  assert.deepEqual(await counts(page), [1, 1, open - 2], "the browser remembers");
  await page.selectOption("[name=state]", "rejected");
  assert.deepEqual(await page.locator(".item .fact").allTextContents(), [facts[2]]);
  const decisions = await download(page);
  assert.deepEqual(decisions.map(({ kind, accept }) => [kind, accept]), [["missing", true], ["missing", false]]);
  assert.deepEqual(Object.keys(decisions[0]), ["title", "h", "t", "r", "evidence", "kind", "accept"]);
}));

test("a suggestion shows its entities and evidence", { skip }, () => inBrowser(DESKTOP, async (page) => {
  await page.goto(url);
  await page.check("[value=wrong]");
  const items = JSON.parse(await page.textContent("#data")).items.filter(({ kind }) => kind === "wrong");
  const supported = items.findIndex(({ fact }) => fact.evidence.length > 1);
  for (const place of [supported, supported + 7]) {
    await page.locator(".item").nth(place).click();
    const title = await page.locator(".item .where").nth(place).textContent();
    assert.equal(await page.textContent("#of"), title);
    const marked = await page.locator(".m.on").evaluateAll((marks) => new Set(marks.map((mark) => mark.style.getPropertyValue("--h"))).size);
    assert.equal(marked, 2, "head and tail are marked");
    assert.equal(await page.locator("li.evidence").count(), items[place].fact.evidence.length);
  }
}));

test("suggestions are filtered quickly and rightly", { skip }, () => inBrowser(DESKTOP, async (page) => {
  await page.goto(url);
  const times = await page.evaluate(async () => {
    const filter = document.querySelector("[name=relation]"), times = [];
    for (const value of [filter.options[1].value, ""].flatMap((value) => [value, value, value])) {
      const start = performance.now();
      filter.value = value;
      filter.dispatchEvent(new Event("change", { bubbles: true }));
      document.body.getBoundingClientRect();
      times.push(performance.now() - start);
    }
    return times.slice(3); // all suggestions, the most there are
  });
  assert.ok(Math.min(...times) < SLOWEST_FILTER_MS, `${times} ms`);
  const name = await page.textContent("[name=relation] option:nth-child(2)");
  await page.selectOption("[name=relation]", { index: 1 });
  const shown = await page.locator(".item .fact em").allTextContents();
  assert.ok(shown.length > 0 && shown.every((text) => text.includes(name)), name);
}));
