const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const article = byId("document");
const state = { document: 0, relation: "", categories: new Set(), query: "", order: "file" };
const marks = highlight(article);
const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

// What the lists of the data mean.
const documents = data.documents.map(([title, entities, sentences, facts], number) =>
  ({ number, title, lower: title.toLowerCase(), entities, sentences, facts }));
const RELATION = 1, CATEGORY = 3;
const nameOf = (doc, entity) => doc.entities[entity] ? doc.entities[entity][0] : `(no entity ${entity})`;

function namedFact(doc, [head, relation, tail, category, score, found, labelled], number) {
  return { number, head, tail, headName: nameOf(doc, head), tailName: nameOf(doc, tail),
    id: data.relations[relation][0], relation: data.relations[relation][1],
    category: data.categories[category], score, found, labelled };
}

// Filters: how many facts of which category match, by document.
function matching(fact) {
  return (state.relation === "" || data.relations[fact[RELATION]][0] === state.relation)
    && (state.categories.size === 0 || state.categories.has(data.categories[fact[CATEGORY]].id));
}

function found() {
  const all = state.relation === "" && state.categories.size === 0;
  const query = state.query.toLowerCase();
  const hits = documents.filter((doc) => doc.lower.includes(query))
    .map((doc) => ({ doc, facts: doc.facts.filter(matching).length }))
    .filter((hit) => all || hit.facts > 0);
  return state.order === "facts" ? hits.sort((a, b) => b.facts - a.facts) : hits;
}

function update() {
  const hits = found();
  const facts = hits.reduce((sum, hit) => sum + hit.facts, 0);
  const all = documents.length.toLocaleString("en");
  byId("found").textContent = `${plural(facts, "fact")} · ${hits.length === documents.length ? all : `${hits.length.toLocaleString("en")} of ${all}`} documents`;
  showList(hits);
  showCounts();
  choose(hits.find((hit) => hit.doc.number === state.document) || hits[0]);
}

// The items of the list are made once: to hide most of five hundred is quicker than to make them.
const items = documents.map((doc) => el("li", {}, el("button", { type: "button", "data-d": doc.number },
  el("span", { title: doc.title }, doc.title), el("small"), el("i", { style: `background:${bar(doc)}` }))));

function showList(hits) {
  const counts = new Map(hits.map(({ doc, facts }) => [doc.number, facts]));
  items.forEach((item, number) => {
    item.hidden = !counts.has(number);
    if (!item.hidden) item.querySelector("small").textContent = counts.get(number);
  });
  const order = state.order === "facts" ? hits.map(({ doc }) => items[doc.number]) : items;
  if (order.some((item, place) => byId("list").children[place] !== item)) byId("list").replaceChildren(...order);
}

// How the facts of a document divide, as a coloured bar.
function bar(doc) {
  const counts = { correct: 0, wrong: 0, missed: 0, predicted: 0 };
  for (const fact of doc.facts) counts[data.categories[fact[CATEGORY]].class] += 1;
  let start = 0;
  const stops = Object.entries(counts).filter(([, count]) => count > 0).map(([status, count]) => {
    const end = start + 100 * count / doc.facts.length;
    const stop = `var(--${status === "predicted" ? "line" : status}) ${start}% ${end}%`;
    start = end;
    return stop;
  });
  return stops.length ? `linear-gradient(to right, ${stops.join(", ")})` : "none";
}

// How many facts each category has under the other filters.
function showCounts() {
  const counts = new Map(), query = state.query.toLowerCase();
  for (const doc of documents) {
    if (!doc.lower.includes(query)) continue;
    for (const fact of doc.facts) {
      if (state.relation !== "" && data.relations[fact[RELATION]][0] !== state.relation) continue;
      const { id } = data.categories[fact[CATEGORY]];
      counts.set(id, (counts.get(id) || 0) + 1);
    }
  }
  for (const chip of byId("categories").children) {
    chip.setAttribute("aria-pressed", state.categories.has(chip.dataset.c));
    chip.querySelector("small").textContent = (counts.get(chip.dataset.c) || 0).toLocaleString("en");
  }
}

// One document. It is drawn anew only where it, or what is shown of it, changes.
let drawn = null;

function choose(hit) {
  byId("list").querySelector("[aria-current]")?.removeAttribute("aria-current");
  if (hit) {
    state.document = hit.doc.number;
    items[state.document].firstChild.setAttribute("aria-current", "true");
  }
  const view = hit ? [state.document, state.relation, ...state.categories].join() : null;
  if (view !== drawn || !hit) {
    marks.forget();
    article.replaceChildren(...(hit ? parts(hit.doc) : [el("p", { class: "none" }, "No document matches.")]));
    drawn = view;
  }
  remember();
}

// The one before or after the chosen document, in the list as it is shown.
function step(by) {
  const shown = [...byId("list").children].filter((item) => !item.hidden);
  const next = shown[shown.indexOf(items[state.document]) + by];
  if (!next) return;
  choose({ doc: documents[next.firstChild.dataset.d] });
  next.scrollIntoView({ block: "nearest" });
}

function parts(doc) {
  const shown = doc.facts.map((fact, number) => [fact, number]).filter(([fact]) => matching(fact))
    .map(([fact, number]) => namedFact(doc, fact, number));
  const facts = el("section", { class: "facts" }, el("h4", {}, factsTitle(shown.length, doc.facts.length)));
  const left = el("section", { class: "text" }, el("ol", { start: 0 }, ...doc.sentences.map((inside, place) => sentence(doc, inside, place))));
  if (shown.length > 0) {
    left.append(drawnGraph(doc, shown));
    facts.append(factTable(shown), hint());
  }
  return [heading(doc), el("div", { class: "document-columns" }, left, facts)];
}

const factsTitle = (shown, all) => shown === all ? plural(all, "fact") : `${shown} of ${plural(all, "fact")}, as filtered`;

function hint() {
  return el("p", { class: "hint" }, "Point at an entity or a fact to see where it stands; click or tap to keep it, Esc to let go. A fact marks its evidence: the model's sentences, the label's, or both.");
}

function heading(doc) {
  const counts = new Map();
  for (const fact of doc.facts) {
    const category = data.categories[fact[CATEGORY]];
    counts.set(category, (counts.get(category) || 0) + 1);
  }
  const words = [...counts].map(([category, count]) => el("span", { class: category.class, title: category.meaning }, `${count} ${category.word}`));
  const button = (word, by) => el("button", { type: "button", "data-step": by }, word);
  return el("header", { class: "title" },
    el("div", {}, el("h3", { dir: "auto" }, doc.title), el("p", {}, ...words)),
    el("div", { class: "steps" }, button("Previous", -1), button("Next", 1)));
}

function sentence(doc, inside, place) {
  const item = el("li", { "data-s": place, dir: "auto" });
  const open = [item];
  for (const part of inside) {
    const inner = open[open.length - 1];
    if (typeof part === "string") inner.append(part);
    else if (typeof part === "number") {
      if (part > 0) inner.append(el("b", {}, data.kinds[part - 1]));
      open.pop();
    } else {
      const [entity, levels, cut] = part;
      const mention = el("span", { class: `m${cut & 1 ? " cut-before" : ""}${cut & 2 ? " cut-after" : ""}`, "data-e": entity, "--h": hue(entity), "--n": levels });
      inner.append(mention);
      open.push(mention);
    }
  }
  return item;
}

function factTable(facts) {
  const columns = [["Head"], ["Relation"], ["Tail"], ["Score", "score"], ["Evidence", "evidence"], ["Status", "status"]];
  const header = columns.map(([name, style]) => el("th", { scope: "col", class: style }, name));
  return el("table", {}, el("thead", {}, el("tr", {}, ...header)),
    el("tbody", {}, ...facts.map(factRow)));
}

function factRow(fact) {
  const { category } = fact;
  const score = fact.score === null ? "" : fact.score.toFixed(3);
  const relation = fact.relation === fact.id ? [] : [" ", el("small", {}, fact.id)];
  return el("tr", { class: category.class, tabindex: 0, "data-f": fact.number, "data-h": fact.head, "data-t": fact.tail,
    "data-s": fact.found.join(" "), "data-g": fact.labelled.join(" ") },
    el("td", { class: "head" }, entityName(fact.head, fact.headName)),
    el("td", { class: "relation" }, el("bdi", {}, fact.relation), ...relation),
    el("td", { class: "tail" }, entityName(fact.tail, fact.tailName)),
    el("td", { class: "score" }, score),
    el("td", { class: "evidence" }, ...evidence(fact)),
    el("td", { class: "status", title: category.meaning }, el("span", {}, category.word)));
}

function entityName(entity, name) {
  return el("span", { class: "name", "data-e": entity, "--h": hue(entity) }, el("i"), el("bdi", {}, name));
}

// The model's sentences, and the label's where they differ.
function evidence({ found, labelled }) {
  const model = found.join(", "), label = labelled.join(", ");
  const words = model ? [model] : [];
  if (label && label !== model) words.push(...(model ? [" "] : []), el("small", {}, `label ${label}`));
  return words;
}

function drawnGraph(doc, facts) {
  // By the window: to ask for the width of an element would lay out the page once more.
  const width = Math.min(500, innerWidth - 36);
  return el("div", { class: "graph" }, graph(facts, (entity) => nameOf(doc, entity), width));
}

// The view is part of the address, so that it can be sent to somebody.
function remember() {
  const view = new URLSearchParams({ document: state.document });
  if (state.relation) view.set("relation", state.relation);
  if (state.categories.size) view.set("facts", [...state.categories].join("."));
  if (state.query) view.set("title", state.query);
  if (state.order !== "file") view.set("order", state.order);
  if (ready) history.replaceState(null, "", `#${view}`);
}

function recall() {
  const view = new URLSearchParams(location.hash.slice(1));
  if (!view.has("document")) return false;
  const number = Number(view.get("document"));
  state.document = documents[number] ? number : 0;
  const relations = data.relations.map(([id]) => id), ids = data.categories.map(({ id }) => id);
  state.relation = relations.includes(view.get("relation")) ? view.get("relation") : "";
  state.categories = new Set((view.get("facts") || "").split(".").filter((id) => ids.includes(id)));
  state.query = view.get("title") || "";
  state.order = view.get("order") === "facts" ? "facts" : "file";
  for (const name of ["query", "relation", "order"]) byId(name).value = state[name];
  return true;
}

function addFilters() {
  const counts = new Map(), present = new Set();
  for (const doc of documents) for (const fact of doc.facts) {
    counts.set(fact[RELATION], (counts.get(fact[RELATION]) || 0) + 1);
    present.add(fact[CATEGORY]);
  }
  const option = ([number, count]) => {
    const [id, name] = data.relations[number];
    return el("option", { value: id }, `${name}${name === id ? "" : ` (${id})`} · ${count.toLocaleString("en")}`);
  };
  byId("relation").append(el("option", { value: "" }, "all"), ...[...counts].sort((a, b) => b[1] - a[1]).map(option));
  byId("categories").append(...data.categories.filter((_, number) => present.has(number)).map(({ id, class: status, word, meaning }) =>
    el("button", { type: "button", class: `chip ${status}`, "data-c": id, title: meaning, "aria-pressed": "false" }, word, el("small"))));
}

for (const name of ["query", "relation", "order"]) {
  byId(name).addEventListener("input", (event) => { state[name] = event.target.value; update(); });
}
byId("categories").addEventListener("click", (event) => {
  const chip = event.target.closest(".chip");
  if (!chip) return;
  if (!state.categories.delete(chip.dataset.c)) state.categories.add(chip.dataset.c);
  update();
});
byId("list").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) choose({ doc: documents[button.dataset.d] });
});
article.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (button) step(Number(button.dataset.step));
});
document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", () => { if (recall()) update(); });

let ready = false;
addFilters();
if (recall()) byId("documents").scrollIntoView();
update();
ready = true;
