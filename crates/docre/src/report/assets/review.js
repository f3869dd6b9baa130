"use strict";
const { documents, models, items } = JSON.parse(document.getElementById("data").textContent);
const bar = document.getElementById("bar"), list = document.getElementById("items");
const store = "docre review " + document.title;
const name = (item) => JSON.stringify([item.kind, documents[item.document].title, item.fact.head.index, item.fact.relation.id, item.fact.tail.index]);
let decided = remembered(), shown = [], chosen = null;

function remembered() {
  try { return JSON.parse(localStorage.getItem(store)) || {}; } catch { return {}; }
}

function remember() {
  try { localStorage.setItem(store, JSON.stringify(decided)); } catch { /* the page works without */ }
}

const state = (item) => ({ true: "accepted", false: "rejected" })[decided[name(item)]] || "open";

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function row(item) {
  const made = element("li", "item"), { head, relation, tail, score } = item.fact;
  const sure = element("span", "sure", score.toFixed(3));
  sure.append(element("small", "", `${item.predicted_by} of ${models}`));
  sure.title = `how probable the fact is; ${item.predicted_by} of ${models} models predict it`;
  const fact = element("span", "fact");
  fact.append(element("bdi", "", head.name), element("em", "", ` → ${relation.name} → `), element("bdi", "", tail.name));
  const decide = element("span", "decide");
  const [accept, reject] = { missing: ["add it", "it doesn't hold"], wrong: ["remove it", "it holds"] }[item.kind];
  for (const [className, sign, verdict, label] of [["accept", "✓", true, accept], ["reject", "✕", false, reject]]) {
    const button = element("button", className, sign);
    button.type = "button";
    button.title = label;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", (event) => { event.stopPropagation(); choose(item); decide_on(item, verdict); });
    decide.append(button);
  }
  made.append(sure, fact, decide, element("span", "where", documents[item.document].title));
  made.tabIndex = -1;
  made.addEventListener("click", () => choose(item));
  item.row = made;
  paint(item);
  return made;
}

function paint(item) {
  item.row.classList.remove("open", "accepted", "rejected");
  item.row.classList.add(state(item));
}

function decide_on(item, verdict) {
  const key = name(item);
  if (verdict === undefined || decided[key] === verdict) delete decided[key];
  else decided[key] = verdict;
  remember();
  paint(item);
  count();
}

function count() {
  const of = (wanted) => items.filter((item) => state(item) === wanted).length;
  document.getElementById("counts").textContent = `${of("accepted")} accepted, ${of("rejected")} rejected, ${of("open")} open`;
}

// The text of a document; a mention is a span within spans.
function text(item) {
  const ends = [String(item.fact.head.index), String(item.fact.tail.index)];
  return documents[item.document].sentences.map((parts, place) => {
    const line = element("li", item.fact.evidence.includes(place) ? "evidence" : "");
    line.dataset.s = place;
    line.dir = "auto";
    let inside = line;
    for (const part of parts) {
      if (part.part === "text") inside.append(part.text);
      else if (part.part === "close") {
        if (part.kind) inside.append(element("b", "", part.kind));
        inside = inside.parentNode;
      } else {
        const mention = element("span", "m" + (part.starts ? "" : " cut-before") + (part.ends ? "" : " cut-after"));
        mention.style.setProperty("--h", Math.floor((part.entity * 137.508 + 20) % 360));
        mention.style.setProperty("--n", part.levels);
        if (ends.includes(String(part.entity))) mention.classList.add("on");
        inside.append(mention);
        inside = mention;
      }
    }
    return line;
  });
}

function choose(item) {
  if (chosen && chosen.row) chosen.row.classList.remove("on");
  chosen = item;
  document.getElementById("of").textContent = item ? documents[item.document].title : "";
  const lines = item ? text(item) : [];
  const whose = item && item.fact.evidence.length ? (item.guessed_evidence ? "a model's guess" : "the label's") : "";
  document.getElementById("whose").textContent = whose && `Marked sentences: evidence, ${whose}`;
  document.getElementById("text").replaceChildren(...lines);
  if (!item) return;
  item.row.classList.add("on");
  const both = lines.find((line) => new Set([...line.querySelectorAll(".m.on")].map((m) => m.style.getPropertyValue("--h"))).size > 1);
  const first = lines.find((line) => line.className) || both || lines.find((line) => line.querySelector(".m.on"));
  const pane = document.querySelector(".text");
  pane.scrollTop = first ? first.offsetTop - pane.offsetTop - pane.clientHeight / 3 : 0;
}

function filter() {
  const { kind, relation, state: wanted } = Object.fromEntries(new FormData(bar));
  shown = items.filter((item) => item.kind === kind && (!relation || item.fact.relation.id === relation) && (!wanted || state(item) === wanted));
  list.replaceChildren(...shown.map(row));
  choose(shown[0] || null);
}

function relations() {
  const names = new Map(items.map((item) => [item.fact.relation.id, item.fact.relation.name]));
  const sorted = [...names].sort((a, b) => a[1].localeCompare(b[1]));
  for (const [id, label] of sorted) bar.elements.relation.append(new Option(label, id));
}

function move(by) {
  const next = shown[shown.indexOf(chosen) + by];
  if (!next) return;
  choose(next);
  next.row.scrollIntoView({ block: "nearest" });
}

function decisions() {
  return items.filter((item) => name(item) in decided).map((item) => ({
    title: documents[item.document].title, h: item.fact.head.index, t: item.fact.tail.index,
    r: item.fact.relation.id, evidence: item.fact.evidence, kind: item.kind, accept: decided[name(item)],
  }));
}

document.getElementById("download").addEventListener("click", () => {
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(decisions(), null, 1)], { type: "application/json" }));
  link.download = "decisions.json";
  link.click();
  URL.revokeObjectURL(link.href);
});
bar.addEventListener("change", filter);
bar.addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input")) return;
  const key = event.key;
  if (key === "ArrowDown" || key === "ArrowUp") { event.preventDefault(); move(key === "ArrowDown" ? 1 : -1); }
  if (!chosen || !["a", "r", "u"].includes(key)) return;
  decide_on(chosen, { a: true, r: false }[key]);
  if (key !== "u") move(1);
});
relations();
count();
filter();
