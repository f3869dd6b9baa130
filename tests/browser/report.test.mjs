// Opens the pages in the folder that REPORTS names, in Chromium, and looks at them: reports
// with or without documents to choose from, and pages of one document.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { inBrowser } from "./browser.mjs";

const folder = resolve(process.env.REPORTS);
const pictures = join(folder, "screenshots");
await mkdir(pictures, { recursive: true });
const reports = (await readdir(folder)).filter((name) => name.endsWith(".html"));
assert.ok(reports.length > 0, `no report in ${folder}`);

const DESKTOP = { width: 1440, height: 1000 }, PHONE = { width: 360, height: 740 };
const SLOWEST_FILTER_MS = 200, LARGEST_MB = 15;

// The time from a filter's change to a page that is laid out, measured in the page, five
// times. The shortest counts: a busy machine says nothing about the page.
function timed(page, id, values) {
  return page.evaluate(async ([id, values]) => {
    const filter = document.getElementById(id), times = [];
    for (let n = 0; n < 5; n += 1) {
      const start = performance.now();
      filter.value = values[n % values.length];
      filter.dispatchEvent(new Event("input", { bubbles: true }));
      document.body.getBoundingClientRect();
      times.push(performance.now() - start);
      await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    }
    filter.value = values.at(-1);
    filter.dispatchEvent(new Event("input", { bubbles: true }));
    return times.sort((a, b) => a - b);
  }, [id, values]);
}

const count = async (page) => {
  const [facts, documents] = (await page.textContent("#found")).replaceAll(",", "").match(/\d+/g).map(Number);
  return { facts, documents };
};

for (const name of reports) {
  const url = pathToFileURL(join(folder, name)).href;
  const html = await readFile(join(folder, name), "utf8");
  const skip = !html.includes("id=\"documents\"") && "it has no documents to choose from";
  const picture = (what) => join(pictures, `${basename(name, ".html")}-${what}.png`);

  test(`${name} is small enough`, async () => {
    const { size } = await stat(join(folder, name));
    assert.ok(size < LARGEST_MB * 1e6, `${size} bytes`);
  });

  for (const scheme of ["light", "dark"]) {
    test(`${name} opens in ${scheme} and shows where a fact stands`, () => inBrowser({ ...DESKTOP, scheme }, async (page) => {
      await page.goto(url);
      await page.screenshot({ path: picture(`top-${scheme}`) });
      await page.screenshot({ path: picture(`all-${scheme}`), fullPage: true });
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(ground.match(/\d+/g).every((part) => part < 100), scheme === "dark", ground);
      const fact = page.locator(".facts tbody tr").first();
      if (await fact.count() === 0) return;
      await fact.click();
      assert.ok(await page.locator(".m.on").count() > 0, "the fact's entities are marked");
      const evidence = await fact.evaluate(({ dataset }) => new Set(`${dataset.s} ${dataset.g || ""}`.match(/\d+/g)).size);
      assert.equal(await page.locator("li.evidence").count(), evidence, "the fact's evidence is marked");
      assert.equal(await page.locator(".edge.on").count(), skip ? 0 : 1, "the fact's arrow is marked");
      await page.locator("#documents, #text").evaluate((element) => element.scrollIntoView());
      await page.screenshot({ path: picture(`document-${scheme}`) });
    }));
  }

  test(`${name} fits on a phone`, () => inBrowser({ ...PHONE, scheme: "light" }, async (page) => {
    await page.goto(url);
    for (const [place, what] of [["header", "top"], [".part:nth-of-type(2)", "part"], ["#documents", "filters"], ["#document", "document"], [".facts", "facts"], [".graph", "graph"]]) {
      if (await page.locator(place).count() === 0) continue;
      await page.locator(place).first().evaluate((element) => element.scrollIntoView());
      await page.screenshot({ path: picture(`phone-${what}`) });
    }
    const wide = await page.evaluate(() => [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > innerWidth && !element.closest(".scroll > *, svg *"))
      .map((element) => element.outerHTML.slice(0, 80)));
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(beyond <= 0, `${beyond} pixels too wide: ${wide}`);
  }));

  test(`${name} filters quickly and rightly`, { skip }, () => inBrowser({ ...DESKTOP, scheme: "light" }, async (page) => {
    await page.goto(url);
    const all = await count(page);
    const title = await page.textContent("#document h3");
    const relations = await page.locator("#relation option").evaluateAll((options) => options.map((option) => option.value));
    for (const [id, values] of [["query", ["a", "the", ""]], ["relation", [relations[1], relations.at(-1), ""]], ["order", ["facts", "file"]], ["query", [title.toLowerCase()]]]) {
      const times = await timed(page, id, values);
      console.log(`${name}: a change of ${id} took ${times.map((time) => time.toFixed(0)).join(", ")} ms`);
      assert.ok(times[0] < SLOWEST_FILTER_MS, `${id}: ${times} ms`);
    }
    assert.equal(await page.textContent("#document h3"), title);
    await page.fill("#query", "");
    assert.deepEqual(await count(page), all, "no filter shows everything again");

    await page.selectOption("#relation", relations[1]);
    const some = await count(page);
    const option = await page.textContent("#relation option:nth-child(2)");
    assert.equal(some.facts, Number(option.split("·").at(-1).replaceAll(",", "")), "each fact of the relation is found");
    const shown = await page.locator(".facts td.relation").allTextContents();
    assert.ok(shown.length > 0 && shown.every((name) => name.includes(relations[1])), `${shown}`);
    await page.selectOption("#relation", "");

    let sum = 0;
    for (const chip of await page.locator(".chip").all()) {
      await chip.click();
      sum += (await count(page)).facts;
      await chip.click();
    }
    assert.equal(sum, all.facts, "each fact is in one category");
    await page.fill("#query", "no such title");
    assert.match(await page.textContent("#document"), /No document/);
  }));

  test(`${name} opens where an address says`, { skip }, () => inBrowser({ ...DESKTOP, scheme: "light" }, async (page) => {
    await page.goto(url);
    const button = page.locator("#list button").nth(7);
    const title = await button.locator("span").textContent();
    await button.click();
    await page.locator(".chip").first().click();
    const [address, facts] = [page.url(), await page.textContent("#found")];
    await page.goto("about:blank");
    await page.goto(address);
    assert.equal(await page.textContent("#found"), facts);
    assert.equal(await page.locator("#list [aria-current] span").textContent(), title);
    assert.equal(await page.textContent("#document h3"), title);
  }));

  test(`${name} works by keyboard and sorts tables`, () => inBrowser({ ...DESKTOP, scheme: "light" }, async (page) => {
    await page.goto(url);
    const fact = page.locator(".facts tbody tr").first();
    if (await fact.count() > 0) {
      await fact.focus();
      await page.keyboard.press("Enter");
      assert.equal(await page.locator(".pinned").count(), 1);
      await page.keyboard.press("Escape");
      assert.equal(await page.locator(".pinned").count(), 0);
    }
    const header = page.locator("main .wide th.number button").first();
    if (await header.count() === 0) return;
    await header.click();
    const cells = await header.evaluate((button) => {
      const cell = button.closest("th");
      return [...cell.closest("table").tBodies[0].rows].map((row) => parseFloat(row.cells[cell.cellIndex].textContent.replace(/,/g, "")));
    });
    assert.deepEqual(cells, [...cells].sort((a, b) => b - a));
  }));
}
