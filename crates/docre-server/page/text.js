// The text as it was written, with its sentences and mentions as elements.
import { byId, calm, el } from "./elements.js";
import { depth, nested } from "./marks.js";
import { entitiesOf } from "./view.js";

const written = byId("written");
let sentences = [], mentions = new Map(); // pieces, by number of the sentence and of the entity

export function showText(view) {
  view.on("reading", () => draw(view));
  view.on("choice", () => light(view));
  written.addEventListener("click", (event) => {
    const mark = event.target.closest(".m");
    if (mark && getSelection().isCollapsed) view.choose({ entity: view.reading.entities[mark.dataset.e] });
  });
  written.addEventListener("pointerover", ({ target }) => point(target.closest(".m")));
  written.addEventListener("pointerleave", () => point(null));
}

function draw({ reading }) {
  sentences = reading.sentences.map(() => []);
  mentions = new Map(reading.entities.map(({ index }) => [index, []]));
  const intervals = reading.sentences.map(([start, end], sentence) => ({ start, end, sentence }));
  for (const entity of reading.entities) {
    for (const { span: [start, end] } of entity.mentions) intervals.push({ start, end, entity });
  }
  const page = document.createDocumentFragment();
  fill(page, nested(intervals, reading.text.length), 0, reading.text.length, reading.text);
  written.replaceChildren(page);
  written.scrollTop = 0;
  drawLegend(reading.types);
}

function fill(parent, pieces, start, end, text) {
  let at = start;
  for (const piece of pieces) {
    parent.append(text.slice(at, piece.start), piece.interval.entity ? mention(piece, text) : sentence(piece, text));
    at = piece.end;
  }
  parent.append(text.slice(at, end));
}

function sentence(piece, text) {
  const { sentence: place } = piece.interval;
  const element = el("span", { class: "s", "data-s": piece.first ? place : null });
  sentences[place].push(element);
  fill(element, piece.inside, piece.start, piece.end, text);
  return element;
}

function mention(piece, text) {
  const { entity } = piece.interval;
  const cut = `${piece.first ? "" : " cut-before"}${piece.last ? "" : " cut-after"}`;
  const element = el("span", { class: `m${cut}`, "data-e": entity.index, "--h": entity.hue, "--n": depth(piece), title: `${entity.name} · ${entity.type}` });
  mentions.get(entity.index).push(element);
  fill(element, piece.inside, piece.start, piece.end, text);
  return element;
}

function drawLegend(types) {
  byId("legend").replaceChildren(...[...types.values()].map(({ type, name, hue, count }) =>
    el("li", { "--h": hue, title: type }, el("i"), name, " ", el("small", {}, count))));
}

// While a mention is pointed at, its entity's other mentions show.
let pointed = [];

function point(mark) {
  for (const piece of pointed) piece.classList.remove("near");
  pointed = mark ? mentions.get(Number(mark.dataset.e)) : [];
  for (const piece of pointed) piece.classList.add("near");
}

// Lights up what is chosen, and brings it into view.
let lit = [];

function light({ chosen, reading }) {
  for (const piece of lit) piece.classList.remove("on", "head", "tail", "evidence");
  written.classList.toggle("focus", Boolean(chosen));
  lit = [];
  const mark = (pieces, ...classes) => {
    for (const piece of pieces) piece.classList.add(...classes);
    lit.push(...pieces);
  };
  for (const entity of entitiesOf(chosen)) mark(mentions.get(entity.index), "on");
  if (!chosen) return;
  if (chosen.fact) {
    mark(mentions.get(chosen.fact.head.index), "head");
    mark(mentions.get(chosen.fact.tail.index), "tail");
    for (const place of chosen.fact.evidence) mark(sentences[place] || [], "evidence");
  }
  reveal(chosen);
}

// Where a fact has evidence its first sentence comes into view, else a mention, unless it is there.
function reveal({ fact, entity }) {
  const wanted = fact?.evidence.length ? sentences[fact.evidence[0]] : mentions.get((fact?.head || entity).index);
  const target = wanted?.[0];
  if (!target || seen(target)) return;
  target.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
}

function seen(element) {
  const box = element.getBoundingClientRect(), frame = written.getBoundingClientRect();
  return box.top >= Math.max(frame.top, 0) && box.bottom <= Math.min(frame.bottom, innerHeight - 120);
}
