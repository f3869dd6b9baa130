// Which facts are shown: the least score, over how the scores lie, the relations, and words.
import { byId, el, number, onceAFrame, svg } from "./elements.js";

const BARS = 40;

export function showFilters(view) {
  const score = byId("score"), query = byId("query");
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  score.addEventListener("input", onceAFrame(() => view.filter({ minScore: Number(score.value) })));
  query.addEventListener("input", onceAFrame(() => view.filter({ query: query.value })));
  view.on("reading", () => { drawHistogram(view); drawRelations(view); });
  view.on("reading shown", () => {
    score.value = view.minScore;
    if (query.value !== view.query) query.value = view.query;
    byId("score-value").textContent = view.minScore.toFixed(2);
    say(view);
  });
}

function say({ minScore, hidden, shown, reading }) {
  byId("histogram").querySelectorAll("rect").forEach((bar, place) => bar.classList.toggle("out", (place + 1) / BARS <= minScore));
  const all = reading.facts.length;
  byId("shown").textContent = shown.length === all ? `All ${number(all)} facts are shown` : `${number(shown.length)} of ${number(all)} facts are shown`;
  const left = [...reading.relations.keys()].filter((id) => !hidden.has(id)).length;
  byId("relations-title").textContent = left === reading.relations.size ? "All relations" : `${left} of ${reading.relations.size} relations`;
  byId("relations").querySelectorAll("input").forEach((box) => { box.checked = !hidden.has(box.value); });
}

// How many facts have which score; heights as square roots, so that a single fact shows.
function drawHistogram({ reading }) {
  const counts = new Array(BARS).fill(0);
  for (const { score } of reading.facts) counts[Math.min(Math.floor(score * BARS), BARS - 1)] += 1;
  const most = Math.sqrt(Math.max(...counts, 1)), wide = 100 / BARS;
  byId("histogram").replaceChildren(...counts.map((count, place) => {
    const height = 20 * Math.sqrt(count) / most;
    return svg("rect", { x: place * wide, width: wide * .8, y: 20 - height, height });
  }));
}

function drawRelations(view) {
  const { relations } = view.reading;
  const panel = byId("relations").querySelector(".panel");
  const boxes = [...relations.values()].map(({ id, name, count }) => el("label", { title: id },
    el("input", { type: "checkbox", value: id, checked: !view.hidden.has(id) }), el("span", {}, name), el("small", {}, number(count))));
  const set = (hidden) => view.filter({ hidden });
  const steps = el("p", { class: "steps" }, el("button", { type: "button", onclick: () => set(new Set()) }, "All"),
    el("button", { type: "button", onclick: () => set(new Set(relations.keys())) }, "None"));
  const list = el("div", { class: "list" }, ...boxes);
  list.addEventListener("change", () => set(new Set([...list.querySelectorAll("input:not(:checked)")].map((box) => box.value))));
  panel.replaceChildren(...(boxes.length ? [steps, list] : [el("p", { class: "none" }, "There are no facts.")]));
}
