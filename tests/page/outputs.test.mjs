// What is taken away, and what an address keeps.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { DESKTOP, least, onPage, onReading, origin, read, rows, shown, TEXT } from "./at.mjs";

async function download(page, form) {
  const coming = page.waitForEvent("download");
  await page.click(`[aria-label='Download as ${form}']`);
  return readFile(await (await coming).path(), "utf8");
}

test("facts are downloaded as they are shown", () => onReading({ ...DESKTOP, expected: /406/ }, async (page) => {
  await least(page, .4);
  const count = await shown(page);
  await page.click("#outputs summary");
  const json = JSON.parse(await download(page, "JSON"));
  assert.equal(json.facts.length, count);
  assert.ok(json.facts.every(({ score }) => score >= .4));
  assert.equal(json.text, TEXT);
  const csv = (await download(page, "CSV")).trim().split("\n");
  assert.equal(csv.length, count + 1, "a header, and a line a fact");
  const turtle = await page.evaluate(async (text) => {
    const headers = { "Content-Type": "application/json", Accept: "text/turtle" };
    const answer = await fetch("v1/extract", { method: "POST", headers, body: JSON.stringify({ text, options: { min_score: .4 } }) });
    return answer.ok ? answer.text() : null;
  }, TEXT);
  if (turtle !== null) return assert.equal(await download(page, "Turtle"), turtle);
  await page.click("[aria-label='Download as Turtle']");
  await page.waitForFunction(() => document.querySelector(".said").textContent === "This server doesn't write Turtle.");
}));

test("facts and a link are copied", () => onReading(DESKTOP, async (page) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await page.click("#outputs summary");
  await page.click("[aria-label='Copy as JSON']");
  await page.waitForFunction(() => document.querySelector(".said").textContent.includes("Copied"));
  assert.equal(JSON.parse(await clipboard()).facts.length, await shown(page));
  await page.click("[aria-label='Copy a link to this view']");
  await page.waitForFunction(() => document.querySelector(".said").textContent.includes("link"));
  assert.equal(await clipboard(), page.url());
}));

test("an address keeps text and settings", () => onReading(DESKTOP, async (page) => {
  await least(page, .45);
  await page.click("#relations summary");
  await page.locator("#relations label").first().click();
  await page.waitForTimeout(600);
  const [address, facts] = [page.url(), await rows(page).allTextContents()];
  await page.goto("about:blank");
  await page.goto(address);
  await page.waitForSelector(".facts tbody tr");
  assert.equal(await page.locator("#written").textContent(), TEXT);
  assert.deepEqual(await rows(page).allTextContents(), facts);
  assert.equal(await page.inputValue("#score"), "0.45");
}));

test("an address without a whole text says so", () => onPage(DESKTOP, async (page) => {
  await page.goto("about:blank");
  await page.goto(`${origin}/#t=AAAA`);
  await page.waitForSelector("#status:not([hidden])");
  assert.match(await page.textContent("#message"), /can't be read/);
}));

test("a text of any length is read, and a long one left out of the address", () => onPage(DESKTOP, async (page) => {
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647).toString(36);
  const long = Array.from({ length: 9000 }, random).join(" ");
  await page.route("**/v1/extract", (route) => route.fulfill({ json: { sentences: [[0, long.length]], entities: [], facts: [], text: long } }));
  await read(page, long);
  await page.waitForTimeout(600);
  assert.ok(page.url().length < 1000, `${page.url().length}`);
}));

test("the first example is the text that docre comes with", () => onPage(DESKTOP, async (page) => {
  const [first] = await page.evaluate(async () => (await fetch("examples.json")).json());
  assert.equal(first.text, (await readFile("corpus/texts/lighthouse.txt", "utf8")).trim());
}));

test("a file is opened, and one that is no text refused", () => onPage(DESKTOP, async (page) => {
  await page.setInputFiles("#file", { name: "card.txt", mimeType: "text/plain", buffer: Buffer.from(TEXT) });
  await page.waitForFunction(() => document.getElementById("text").value !== "");
  assert.equal(await page.inputValue("#text"), TEXT);
  await page.setInputFiles("#file", { name: "card.png", mimeType: "image/png", buffer: Buffer.from([0x89, 0x50, 0xff, 0]) });
  await page.waitForSelector("#status:not([hidden])");
  assert.match(await page.textContent("#message"), /card\.png isn't plain text/);
  assert.equal(await page.inputValue("#text"), TEXT, "the text before stays");
}));

test("a file is dropped", () => onPage(DESKTOP, async (page) => {
  const data = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "card.txt", { type: "text/plain" }));
    return transfer;
  }, TEXT);
  await page.dispatchEvent("#paper", "drop", { dataTransfer: data });
  await page.waitForFunction(() => document.getElementById("text").value !== "");
  assert.equal(await page.inputValue("#text"), TEXT);
}));
