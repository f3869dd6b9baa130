// A server that is busy, refuses, or is gone; what takes long; what is much.
import assert from "node:assert/strict";
import { test } from "node:test";
import { violations } from "../browser/axe.mjs";
import { answer, answerWith, DESKTOP, least, onPage, onReading, picture, read, rows, shown, TEXT } from "./at.mjs";

const FAILS = /Failed to load resource/; // the browser's own line for a status beyond 400
const SLOWEST_MS = 300;
const error = (status, kind, message, headers = {}) => ({ status, headers, json: { error: { kind, message, request_id: "r-17" } } });

async function ask(page, text = TEXT) {
  await page.fill("#text", text);
  await page.click("#find");
}

test("a busy server is asked again when it says so", () => onPage({ ...DESKTOP, expected: FAILS }, async (page) => {
  let asked = 0;
  await page.route("**/v1/extract", (route) => {
    asked += 1;
    return asked === 1 ? route.fulfill(error(429, "busy", "The queue is full.", { "Retry-After": "2" })) : route.continue();
  });
  const began = Date.now();
  await ask(page);
  await page.waitForFunction(() => /busy/.test(document.getElementById("message").textContent));
  assert.deepEqual(await violations(page), []);
  await page.waitForSelector(".facts tbody tr");
  assert.equal(asked, 2);
  assert.ok(Date.now() - began >= 2000, "it waited as long as the server asked");
}));

test("a refusal is said in the server's words, and the text stays", () => onPage({ ...DESKTOP, expected: FAILS }, async (page) => {
  await page.route("**/v1/extract", (route) => route.fulfill(error(413, "too_long", "it has 9,000 tokens; at most 8,000 are read")));
  await ask(page);
  await page.waitForSelector("#status.wrong");
  assert.match(await page.textContent("#message"), /too long.*It has 9,000 tokens; at most 8,000 are read\..*r-17/);
  assert.equal(await page.inputValue("#text"), TEXT);
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: picture("refused") });
}));

test("a server that is gone is said to be, and can be tried again", () => onPage({ ...DESKTOP, expected: FAILS }, async (page) => {
  let gone = true;
  await page.route("**/v1/extract", (route) => gone ? route.abort("connectionrefused") : route.continue());
  await ask(page);
  await page.waitForSelector("#status.wrong");
  assert.match(await page.textContent("#message"), /doesn't answer/);
  gone = false;
  await page.click("#again");
  await page.waitForSelector(".facts tbody tr");
}));

test("a server with a key asks for it", () => onPage({ ...DESKTOP, expected: FAILS }, async (page) => {
  await page.route("**/v1/*", (route) => route.request().headers().authorization === "Bearer open sesame"
    ? route.continue() : route.fulfill(error(401, "unauthorized", "the key is missing or wrong")));
  await page.reload();
  for (const [said, key] of [["This server wants a key.", "open barley"], ["This isn't the key", "open sesame"]]) {
    await page.waitForFunction((words) => document.getElementById("message").textContent.startsWith(words), said);
    assert.deepEqual(await violations(page), []);
    await page.fill(".key input", key);
    await page.keyboard.press("Enter");
  }
  await page.waitForSelector("#status", { state: "hidden" });
  await ask(page);
  await page.waitForSelector(".facts tbody tr");
}));

test("what takes long shows its time and can be cancelled", () => onPage(DESKTOP, async (page) => {
  await page.route("**/v1/extract", () => {}); // never answered
  await ask(page);
  await page.waitForFunction(() => parseFloat(document.getElementById("elapsed").textContent) > .3);
  assert.match(await page.textContent("#message"), /Reading \d+ characters/);
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: picture("progress") });
  await page.click("#cancel");
  await page.waitForSelector("#status", { state: "hidden" });
  assert.equal(await page.inputValue("#text"), TEXT);
}));

// The shortest of some times counts: a busy machine says nothing about the page.
async function fastest(page, work) {
  const times = [];
  for (let n = 0; n < 5; n += 1) {
    times.push(await page.evaluate(work, n));
  }
  return Math.min(...times);
}

test("thousands of facts don't freeze it", () => onPage({ ...DESKTOP, motion: "reduce" }, async (page) => {
  const [names, words] = [600, "stands here."];
  const entities = [], sentences = [];
  let text = "";
  for (let n = 0; n < names; n += 1) {
    const name = `Entity ${n}`, start = text.length;
    text += `${name} ${words} `;
    entities.push({ name, type: ["PER", "LOC", "ORG", "Chemical"][n % 4], mentions: [{ text: name, sentence: n, span: [start, start + name.length] }] });
    sentences.push([start, text.length - 1]);
  }
  const facts = Array.from({ length: 6000 }, (_, n) => [n * 7 % names, `relation ${n % 60}`, (n * 13 + 5) % names, n * 7919 % 1000 / 1000, [n * 7 % names]]);
  await answerWith(page, answer(text, sentences, entities, facts));
  await read(page, text);
  assert.equal(await shown(page), 6000);
  const time = await fastest(page, async (n) => {
    const slider = document.getElementById("score"), start = performance.now();
    slider.value = n % 2 ? "0" : ".5";
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(() => setTimeout(done)))));
    return performance.now() - start;
  });
  console.log(`a move of the slider took ${time.toFixed(0)} ms with 6,000 facts`);
  assert.ok(time < SLOWEST_MS, `${time} ms`);
  await least(page, 0);
  const made = await rows(page).count();
  await page.locator(".end-of-rows").scrollIntoViewIfNeeded();
  await page.waitForFunction((before) => document.querySelectorAll(".facts tbody tr").length > before, made);
}));

test("it works by keyboard alone", () => onPage(DESKTOP, async (page) => {
  const tabTo = async (selector) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
    }
    assert.fail(`Tab doesn't come to ${selector}`);
  };
  await tabTo("#text");
  await page.keyboard.insertText(TEXT);
  await page.keyboard.press("Control+Enter");
  await page.waitForSelector(".facts tbody tr");
  assert.equal(await page.evaluate(() => document.activeElement.id), "summary");
  await tabTo("#score");
  for (let presses = 0; presses < 30; presses += 1) await page.keyboard.press("ArrowRight");
  assert.equal(await page.inputValue("#score"), "0.3");
  await tabTo("[role=tab]");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.getAttribute("#tab-entities", "aria-selected"), "true");
  await page.keyboard.press("ArrowLeft");
  await tabTo(".facts td button");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator(".facts tr").nth(2).getAttribute("class"), "on");
  assert.ok(await page.locator(".m.on").count() > 0);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".m.on").count(), 0);
}));

test("a chosen theme is kept, and motion left out where it isn't wanted", () => onReading({ ...DESKTOP, motion: "reduce" }, async (page) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.selectOption("#theme", "dark");
  const dark = await ground();
  assert.notEqual(dark, light);
  await page.waitForTimeout(600); // until the address has the text
  await page.reload();
  assert.equal(await ground(), dark);
  await page.waitForSelector(".node");
  const places = () => page.locator(".node").evaluateAll((nodes) => nodes.map((node) => node.getAttribute("transform")));
  const first = await places();
  await page.waitForTimeout(300);
  assert.deepEqual(await places(), first, "the graph stands still at once");
}));
