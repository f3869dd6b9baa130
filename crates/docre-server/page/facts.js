// The facts as a table that sorts by each column. Rows are made as they are scrolled to: thousands
// at once would keep the browser busy for seconds.
import { byId, el, onceAFrame, plural } from "./elements.js";

const BATCH = 150;
const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const COLUMNS = [
  { id: "head", name: "Head", of: (fact) => fact.head.name, compare: words.compare },
  { id: "relation", name: "Relation", of: (fact) => fact.relation.name, compare: words.compare },
  { id: "tail", name: "Tail", of: (fact) => fact.tail.name, compare: words.compare },
  { id: "score", name: "Score", of: (fact) => fact.score, compare: (a, b) => a - b, falls: true },
  { id: "evidence", name: "Evidence", of: (fact) => fact.evidence[0] ?? Infinity, compare: (a, b) => (a === b ? 0 : a - b) },
];

export function showFacts(view) {
  const sorting = { column: COLUMNS[3], falling: true };
  const table = new Table(view, sorting);
  byId("facts").append(table.element, table.none, table.end);
  const fresh = onceAFrame(() => table.draw());
  view.on("reading shown", fresh);
  view.on("choice", () => table.light());
}

class Table {
  #rows = new Map(); // fact to its row, of those that are made
  #facts = [];
  #made = 0;

  constructor(view, sorting) {
    Object.assign(this, { view, sorting });
    this.body = el("tbody");
    this.headers = COLUMNS.map((column) => el("th", { scope: "col", class: column.id },
      el("button", { type: "button", onclick: () => this.sortBy(column) }, column.name)));
    this.element = el("table", { class: "facts" }, el("caption", { class: "unseen" }, "Facts, each with head, relation, tail, score and evidence"),
      el("thead", {}, el("tr", {}, ...this.headers)), this.body);
    this.none = el("p", { class: "none", hidden: true });
    this.end = el("div", { class: "end-of-rows" });
    new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && this.more(), { rootMargin: "600px" }).observe(this.end);
    this.body.addEventListener("click", (event) => this.clicked(event));
    this.body.addEventListener("keydown", (event) => this.pressed(event));
  }

  sortBy(column) {
    const falling = this.sorting.column === column ? !this.sorting.falling : Boolean(column.falls);
    Object.assign(this.sorting, { column, falling });
    this.draw();
  }

  // The facts that are shown, sorted; those that compare equal stay in the order of the answer.
  draw() {
    const { column, falling } = this.sorting;
    this.#facts = [...this.view.shown].sort((a, b) => (falling ? -1 : 1) * column.compare(column.of(a), column.of(b)));
    this.headers.forEach((header, place) => {
      if (COLUMNS[place] === column) header.setAttribute("aria-sort", falling ? "descending" : "ascending");
      else header.removeAttribute("aria-sort");
    });
    this.#rows.clear();
    this.#made = 0;
    this.body.replaceChildren();
    this.none.hidden = this.#facts.length > 0;
    this.element.hidden = !this.none.hidden;
    this.none.textContent = whyNone(this.view);
    this.more();
    this.light();
  }

  // Makes rows up to the next batch, or up to `fact`.
  more(fact) {
    const until = fact ? this.#facts.indexOf(fact) + 1 : this.#made + BATCH;
    const fresh = this.#facts.slice(this.#made, Math.max(until, this.#made));
    for (const each of fresh) this.#rows.set(each, row(each));
    this.#made += fresh.length;
    this.body.append(...fresh.map((each) => this.#rows.get(each)));
    if (this.#made === fresh.length && fresh.length) this.#buttonOf(fresh[0]).tabIndex = 0;
  }

  light() {
    const { chosen } = this.view;
    if (chosen?.fact && this.#facts.includes(chosen.fact) && !this.#rows.has(chosen.fact)) this.more(chosen.fact);
    for (const [fact, element] of this.#rows) {
      const on = fact === chosen?.fact;
      element.classList.toggle("on", on);
      element.classList.toggle("of", Boolean(chosen?.entity) && (fact.head === chosen.entity || fact.tail === chosen.entity));
      this.#buttonOf(fact).setAttribute("aria-pressed", on);
    }
    if (chosen?.fact && this.#rows.has(chosen.fact)) this.reachable(chosen.fact);
  }

  // One button of the table is a stop of the Tab key; arrows go to the others.
  reachable(fact) {
    for (const button of this.body.querySelectorAll("button[tabindex='0']")) button.tabIndex = -1;
    this.#buttonOf(fact).tabIndex = 0;
  }

  #buttonOf(fact) {
    return this.#rows.get(fact).querySelector("button");
  }

  clicked({ target, detail }) {
    const element = target.closest("tr");
    const selects = detail > 0 && !getSelection().isCollapsed; // a key has no detail
    if (!element || selects) return;
    this.view.choose({ fact: this.view.reading.facts[element.dataset.f] });
  }

  pressed(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const element = event.target.closest("tr");
    if (!by || !element) return;
    event.preventDefault();
    this.step(this.view.reading.facts[element.dataset.f], by);
  }

  step(from, by) {
    const next = this.#facts[this.#facts.indexOf(from) + by];
    if (!next) return;
    if (!this.#rows.has(next)) this.more();
    this.reachable(next);
    this.#buttonOf(next).focus();
  }
}

function row(fact) {
  const { head, relation, tail, score, evidence } = fact;
  const label = `${head.name}, ${relation.name}, ${tail.name}: show where it stands`;
  return el("tr", { "data-f": fact.index },
    el("td", { class: "head" }, nameOf(head)),
    el("td", { class: "relation" }, el("button", { type: "button", tabindex: -1, "aria-pressed": "false", "aria-label": label, title: relation.id }, relation.name)),
    el("td", { class: "tail" }, nameOf(tail)),
    el("td", { class: "score" }, el("i", { "--v": score }), score.toFixed(2)),
    el("td", { class: "evidence" }, evidence.join(", ")));
}

const nameOf = ({ name, hue }) => el("span", { class: "name", "--h": hue }, el("i"), el("bdi", {}, name));

function whyNone({ reading, shown }) {
  if (shown.length) return "";
  if (reading.facts.length) return `None of the ${plural(reading.facts.length, "fact")} fits: lower the score, show more relations, or empty the search.`;
  if (reading.entities.length) return "The model finds entities in this text, but no relation between them that it would vouch for.";
  return "The model finds no entities in this text. It reads English prose best.";
}
