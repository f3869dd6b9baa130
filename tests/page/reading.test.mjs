// A text becomes marks, facts, entities and a graph; a fact shows where it stands.
import assert from "node:assert/strict";
import { test } from "node:test";
import { violations } from "../browser/axe.mjs";
import { answer, answerWith, cells, DESKTOP, least, onPage, onReading, picture, PHONE, read, rows, shown, TEXT } from "./at.mjs";

for (const scheme of ["light", "dark"]) {
  test(`a text is read, and a fact chosen, in ${scheme}`, () => onPage({ ...DESKTOP, scheme }, async (page) => {
    assert.deepEqual(await violations(page), []);
    await page.screenshot({ path: picture(`start-${scheme}`) });
    await page.click("#examples button");
    await page.waitForSelector(".facts tbody tr");
    assert.ok(await shown(page) > 5);
    assert.deepEqual(await violations(page), []);
    await page.waitForTimeout(2500); // until the graph stands still
    await page.screenshot({ path: picture(`result-${scheme}`) });

    const fact = rows(page).nth(2);
    const evidence = (await fact.locator(".evidence").textContent()).split(", ").length;
    const [head, tail] = [await fact.locator(".head").textContent(), await fact.locator(".tail").textContent()];
    await fact.click();
    assert.equal(await page.locator(".s.evidence").count(), evidence);
    assert.match((await page.locator(".m.head").allTextContents()).join(), new RegExp(head));
    assert.match((await page.locator(".m.tail").allTextContents()).join(), new RegExp(tail));
    assert.equal(await page.locator(".edge.on").count(), 1, "the fact's arrow is marked");
    assert.match(await page.textContent("#chosen"), new RegExp(`${head}.*${tail}`));
    assert.deepEqual(await violations(page), []);
    await page.screenshot({ path: picture(`fact-${scheme}`) });
    await page.click("#tab-entities");
    assert.deepEqual(await violations(page), []);
    await page.screenshot({ path: picture(`entities-${scheme}`), fullPage: true });
  }));
}

test("the text is shown as it was written, its marks at the mentions", () => onReading(DESKTOP, async (page) => {
  assert.equal(await page.locator("#written").textContent(), TEXT);
  const marks = await page.locator(".m").allTextContents();
  for (const name of ["Bergen", "Ingrid Solberg", "1851", "Stockholm", "Norway"]) assert.ok(marks.includes(name), `${name} in ${marks}`);
}));

test("names in names, and names across one another, lie where they should", () => onPage(DESKTOP, async (page) => {
  const text = "🦉 The University of Oslo Library opened. 🦉 It burned.";
  const mention = (start, end, sentence = 0) => ({ text: [...text].slice(start, end).join(""), sentence, span: [start, end] });
  const entities = [["University of Oslo", "ORG", mention(6, 24)], ["Oslo", "LOC", mention(20, 24)], ["Oslo Library", "ORG", mention(20, 32)]]
    .map(([name, type, ...mentions]) => ({ name, type, mentions }));
  await answerWith(page, answer(text, [[0, 40], [41, 53]], entities, [[0, "P131", 1, .9, [0]]]));
  await read(page, text);
  assert.equal(await page.locator("#written").textContent(), text);
  const pieces = await page.locator(".m").evaluateAll((marks) => marks.map((mark) => [Number(mark.dataset.e), mark.textContent]));
  const whole = [0, 1, 2].map((entity) => pieces.filter(([of]) => of === entity).map(([, words]) => words).join(""));
  assert.deepEqual(whole, ["University of Oslo", "Oslo", "Oslo Library"]);
  assert.deepEqual(await page.locator(".s").allTextContents(), ["🦉 The University of Oslo Library opened.", "🦉 It burned."]);
}));

test("the slider, the relations and the search filter the facts", () => onReading(DESKTOP, async (page) => {
  const all = await shown(page);
  await least(page, .5);
  const strong = await shown(page);
  assert.ok(strong < all && strong > 0, `${strong} of ${all}`);
  assert.ok((await cells(page, "score")).every((score) => Number(score) >= .5));
  await least(page, 0);
  assert.equal(await shown(page), all);

  await page.click("#relations summary");
  const relation = page.locator("#relations label").first();
  const [name, count] = [await relation.locator("span").textContent(), Number(await relation.locator("small").textContent())];
  await relation.click();
  assert.equal(await shown(page), all - count);
  assert.ok(!(await cells(page, "relation")).includes(name));
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#relations[open]").count(), 0);

  await page.fill("#query", "bergen");
  await page.waitForTimeout(100);
  const found = await rows(page).allTextContents();
  assert.ok(found.length > 0 && found.every((row) => /bergen/i.test(row)), `${found}`);
  await page.fill("#query", "nowhere to be found");
  await page.waitForSelector("#facts .none:not([hidden])");
}));

test("each column sorts, up and down", () => onReading(DESKTOP, async (page) => {
  const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;
  for (const column of ["head", "relation", "tail"]) {
    await page.click(`th.${column} button`);
    const up = await cells(page, column);
    assert.deepEqual(up, [...up].sort(words));
    await page.click(`th.${column} button`);
    assert.equal(await page.getAttribute(`th.${column}`, "aria-sort"), "descending");
    assert.deepEqual(await cells(page, column), [...up].sort((a, b) => words(b, a)));
  }
  await page.click("th.score button");
  const scores = (await cells(page, "score")).map(Number);
  assert.deepEqual(scores, [...scores].sort((a, b) => b - a));
}));

test("a node of the graph is moved by hand, and chosen", () => onReading(DESKTOP, async (page) => {
  await page.waitForTimeout(2500);
  const node = page.locator(".node circle").first();
  const before = await node.boundingBox();
  await page.mouse.move(before.x + before.width / 2, before.y + before.height / 2);
  await page.mouse.down();
  await page.mouse.move(before.x + 60, before.y + 40, { steps: 5 });
  await page.mouse.up();
  const after = await node.boundingBox();
  assert.ok(Math.hypot(after.x - before.x, after.y - before.y) > 30, `${before.x} ${after.x}`);
  assert.equal(await page.locator("#chosen:not([hidden])").count(), 0, "to drag isn't to choose");
  await page.mouse.click(after.x + after.width / 2, after.y + after.height / 2);
  assert.equal(await page.locator(".node.on").count(), 1);
  const place = () => page.locator("svg.graph > g").getAttribute("transform");
  const still = await place();
  await page.click("[aria-label='Zoom in']");
  assert.notEqual(await place(), still);
}));

test("it fits on a phone", () => onPage(PHONE, async (page) => {
  const fits = async (what) => {
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(beyond <= 0, `${what}: ${beyond} pixels too wide`);
    await page.screenshot({ path: picture(`phone-${what}`), fullPage: what === "result" });
  };
  await fits("start");
  await read(page, TEXT);
  await fits("result");
  assert.deepEqual(await violations(page), []);
  await rows(page).nth(1).click();
  await page.waitForTimeout(800);
  await fits("fact");
  assert.ok(await page.locator(".s.evidence").first().evaluate((sentence) => {
    const { top } = sentence.getBoundingClientRect();
    return top >= 0 && top < innerHeight;
  }), "the evidence is in view");
  await page.click("#tab-graph");
  await page.waitForTimeout(2500);
  await page.locator("#tabs").evaluate((tabs) => tabs.scrollIntoView());
  await fits("graph");
  await page.locator("#outputs summary").click();
  await fits("export");
}));
