// The facts that are shown as a graph: entities as nodes, an arrow from head to tail for each pair.
import { byId, calm, el, number, onceAFrame, svg } from "./elements.js";
import { Layout } from "./layout.js";
import { Stage } from "./stage.js";
import { entitiesOf } from "./view.js";

const MOST_PAIRS = 90, MOST_NAMED = 10, LETTERS = 28;

export function showGraph(view) {
  const graph = new Graph(view);
  const fresh = onceAFrame(() => graph.draw());
  view.on("reading", () => { graph.forget(); fresh(); });
  view.on("shown", fresh);
  view.on("choice", () => graph.light());
}

class Graph {
  #known = new Map(); // entity to its node, which keeps its place
  #nodes = [];
  #edges = [];
  #layout = new Layout([], [], 1, 1);
  #loop = onceAFrame(() => this.#tick());

  constructor(view) {
    this.view = view;
    this.panel = byId("graph");
    this.inner = svg("g");
    this.picture = svg("svg", { class: "graph", role: "img" }, svg("defs", {}, arrow("arrow"), arrow("arrow-on")), this.inner);
    this.note = el("span");
    this.stage = new Stage(this.picture, this.inner, { grab: (target) => this.#grabbed(target), move: () => this.#moved(), tap: (target) => this.#tapped(target) });
    const button = (label, sign, onclick) => el("button", { type: "button", class: "sign", "aria-label": label, title: label, onclick }, sign);
    this.tools = el("p", { class: "tools" }, this.note, button("Zoom in", "+", () => this.stage.zoom(1.3)), button("Zoom out", "−", () => this.stage.zoom(1 / 1.3)),
      button("Show the whole graph", "⤢", () => this.stage.fit(this.#nodes)));
    this.panel.append(this.tools, this.picture);
    new ResizeObserver(() => this.draw()).observe(this.picture);
  }

  forget() {
    this.#known.clear();
    this.stage.free();
  }

  draw() {
    const { width, height } = this.picture.getBoundingClientRect();
    if (!width || !this.view.reading) return;
    this.stage.size(width, height);
    const pairs = strongestPairs(this.view.shown);
    const shown = pairs.slice(0, MOST_PAIRS);
    this.#nodes = [...new Set(shown.flatMap((pair) => [pair.head, pair.tail]))].map((entity) => this.#nodeOf(entity));
    for (const node of this.#nodes) node.degree = 0;
    this.#edges = shown.map((pair) => this.#edgeOf(pair));
    for (const node of this.#nodes) node.circle.setAttribute("r", radius(node));
    this.inner.replaceChildren(...this.#edges.map(({ element }) => element), ...this.#nodes.map(({ element }) => element));
    this.#say(shown.length, pairs.length);
    this.#layout = new Layout(this.#nodes, this.#edges, width, height);
    this.#settle();
    this.light();
  }

  #say(shown, all) {
    const some = `The ${number(shown)} pairs with the highest scores, of ${number(all)}`;
    this.note.textContent = all === 0 ? "There are no facts to draw" : shown < all ? some : touched ? "Drag nodes; two fingers zoom" : "Drag a node, or the ground; Ctrl and wheel zoom";
    this.picture.setAttribute("aria-label", `Graph of ${this.#nodes.length} entities with ${shown} arrows; the table has the same facts.`);
  }

  #nodeOf(entity) {
    if (!this.#known.has(entity)) {
      const short = [...entity.name].length > LETTERS ? `${[...entity.name].slice(0, LETTERS - 1).join("")}…` : entity.name;
      const circle = svg("circle");
      const label = svg("text", {}, short);
      const element = svg("g", { class: "node", "data-e": entity.index, "--h": entity.hue }, svg("title", {}, `${entity.name} · ${entity.type}`), circle, label);
      this.#known.set(entity, { entity, element, circle, label, degree: 0, width: [...short].length * 6.6 + 14 });
    }
    return this.#known.get(entity);
  }

  #edgeOf({ head, tail, facts }) {
    const [from, to] = [this.#known.get(head), this.#known.get(tail)];
    from.degree += 1;
    to.degree += 1;
    const line = svg("path", { class: "line" }), near = svg("path", { class: "near" }), label = svg("text");
    const title = facts.map((fact) => `${head.name} · ${fact.relation.name} · ${tail.name}`).join("\n");
    const element = svg("g", { class: "edge", "data-p": this.#edges.length }, svg("title", {}, title), line, near, label);
    return { from, to, facts, element, line, near, label };
  }

  // Finds the places: at once where a person wants no motion, else before their eyes.
  #settle() {
    for (let steps = calm() ? Infinity : 50; steps > 0 && this.#layout.moves; steps -= 1) this.#layout.step();
    this.#paint();
    this.#loop();
  }

  #tick() {
    if (!this.#layout.moves) return;
    this.#layout.step();
    this.#paint();
    this.#loop();
  }

  #paint() {
    for (const { x, y, element } of this.#nodes) element.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    for (const edge of this.#edges) {
      const { path, middle } = arrowPath(edge.from, edge.to);
      edge.line.setAttribute("d", path);
      edge.near.setAttribute("d", path);
      edge.label.setAttribute("transform", `translate(${middle})`);
    }
    for (const { label, entity } of this.#nodes) label.setAttribute("y", radius(this.#known.get(entity)) + 12);
    this.stage.follow(this.#nodes);
  }

  light() {
    const { chosen } = this.view;
    const entities = new Set(entitiesOf(chosen));
    const edges = new Set(this.#edges.filter(({ facts, from, to }) => chosen && (chosen.fact ? facts.includes(chosen.fact) : entities.has(from.entity) || entities.has(to.entity))));
    const near = new Set([...edges].flatMap(({ from, to }) => [from.entity, to.entity]));
    const named = edges.size <= MOST_NAMED;
    this.picture.classList.toggle("focus", Boolean(chosen));
    for (const { entity, element } of this.#nodes) {
      element.classList.toggle("on", entities.has(entity));
      element.classList.toggle("by", near.has(entity));
    }
    for (const edge of this.#edges) {
      const on = edges.has(edge);
      edge.element.classList.toggle("on", on);
      edge.line.setAttribute("marker-end", `url(#arrow${on ? "-on" : ""})`);
      edge.label.textContent = on && named ? relationsOf(edge, chosen.fact) : "";
      if (on) edge.element.parentNode.insertBefore(edge.element, this.#nodes[0].element);
    }
  }

  #grabbed(target) {
    const element = target.closest(".node");
    return element && this.#known.get(this.view.reading.entities[element.dataset.e]);
  }

  #moved() {
    this.#layout.warm();
    this.#settleGently();
  }

  #settleGently() {
    if (calm()) this.#paint();
    else this.#loop();
  }

  #tapped(target) {
    const node = this.#grabbed(target), edge = this.#edges.find(({ element }) => element.contains(target));
    if (node) this.view.choose({ entity: node.entity });
    else if (edge) this.#chooseOf(edge.facts);
    else if (this.view.chosen) this.view.choose(null);
  }

  // An edge of several facts chooses one after the other.
  #chooseOf(facts) {
    const { chosen } = this.view;
    const next = facts[(facts.indexOf(chosen?.fact) + 1) % facts.length];
    if (next !== chosen?.fact) this.view.choose({ fact: next });
  }
}

const touched = matchMedia("(pointer: coarse)").matches;
const radius = ({ degree }) => Math.min(4.5 + 1.3 * Math.sqrt(degree), 11);

function relationsOf({ facts }, chosen) {
  if (chosen) return chosen.relation.name;
  const more = facts.length > 1 ? ` +${facts.length - 1}` : "";
  return `${facts[0].relation.name}${more}`;
}

// The facts of each ordered pair of entities, the pair with the highest score first.
function strongestPairs(facts) {
  const pairs = new Map();
  for (const fact of [...facts].sort((a, b) => b.score - a.score)) {
    const key = `${fact.head.index} ${fact.tail.index}`;
    if (!pairs.has(key)) pairs.set(key, { head: fact.head, tail: fact.tail, facts: [] });
    pairs.get(key).facts.push(fact);
  }
  return [...pairs.values()];
}

function arrow(id) {
  return svg("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" },
    svg("path", { d: "M0 .8L8 4L0 7.2z" }));
}

// A line that bends to its left, so that the one the other way lies beside it; a loop for a node
// with itself.
function arrowPath(from, to) {
  const gap = radius(to) + 2;
  if (from === to) {
    const { x, y } = from;
    return { path: `M${x - 4} ${y - gap}C${x - 34} ${y - 52} ${x + 34} ${y - 52} ${x + 4} ${y - gap}`, middle: `${x} ${y - 44}` };
  }
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const aside = Math.min(length * .12, 22);
  const bend = { x: (from.x + to.x) / 2 + (to.y - from.y) / length * aside, y: (from.y + to.y) / 2 - (to.x - from.x) / length * aside };
  const last = Math.hypot(to.x - bend.x, to.y - bend.y) || 1;
  const end = { x: to.x - (to.x - bend.x) * gap / last, y: to.y - (to.y - bend.y) * gap / last };
  const at = (value) => value.toFixed(1);
  const middle = `${at((from.x + 2 * bend.x + to.x) / 4)} ${at((from.y + 2 * bend.y + to.y) / 4)}`;
  return { path: `M${at(from.x)} ${at(from.y)}Q${at(bend.x)} ${at(bend.y)} ${at(end.x)} ${at(end.y)}`, middle };
}
