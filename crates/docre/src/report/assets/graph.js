// Elements of HTML and SVG; every text of the data goes in as text, never as markup.
const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("--")) element.style.setProperty(name, value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

// The colour of an entity, an angle; `templates.rs` has the same formula.
const hue = (entity) => Math.floor((entity * 137.508 + 20) % 360);

// The facts of a document as arrows between its entities, which stand on a circle in the
// order of the document. `width` is what the picture may take.
function graph(facts, nameOf, width) {
  const nodes = [...new Set(facts.flatMap((fact) => [fact.head, fact.tail]))].sort((a, b) => a - b);
  const letters = width < 420 ? 14 : 20, room = letters * 6 + 12;
  const radius = Math.max(width / 2 - room, nodes.length * 2.3, 50);
  const size = 2 * (radius + room);
  const angle = (place) => 2 * Math.PI * place / nodes.length - Math.PI / 2;
  const at = (place, r) => ({ x: r * Math.cos(angle(place)), y: r * Math.sin(angle(place)) });
  const places = new Map(nodes.map((entity, place) => [entity, place]));
  const known = new Map();
  const edges = facts.map((fact) => {
    const pair = `${fact.head} ${fact.tail}`, turn = known.get(pair) || 0;
    known.set(pair, turn + 1);
    return edge(fact, at(places.get(fact.head), radius), at(places.get(fact.tail), radius), turn);
  });
  const marks = nodes.map((entity, place) => node(entity, nameOf(entity), angle(place), at(place, radius), letters));
  const box = `${-size / 2} ${-size / 2} ${size} ${size}`;
  return svg("svg", { viewBox: box, role: "img", "aria-label": `Graph of ${facts.length} facts between ${nodes.length} entities; the table lists them.` },
    svg("defs", {}, ...["correct", "wrong", "missed", "predicted"].map(arrow)), ...edges, ...marks);
}

function arrow(status) {
  return svg("marker", { id: `arrow-${status}`, class: status, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, markerUnits: "userSpaceOnUse", orient: "auto" },
    svg("path", { d: "M0 1L8 4L0 7z" }));
}

// An arrow that bends towards the middle of the circle, and more to its left the more
// arrows there are between the two.
function edge(fact, from, to, turn) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const left = { x: (to.y - from.y) / length, y: (from.x - to.x) / length };
  const aside = 9 + 14 * turn;
  const bend = { x: (from.x + to.x) * .3 + left.x * aside, y: (from.y + to.y) * .3 + left.y * aside };
  const last = Math.hypot(to.x - bend.x, to.y - bend.y) || 1;
  const end = { x: to.x - (to.x - bend.x) * 6 / last, y: to.y - (to.y - bend.y) * 6 / last };
  const d = `M${from.x.toFixed(1)} ${from.y.toFixed(1)}Q${bend.x.toFixed(1)} ${bend.y.toFixed(1)} ${end.x.toFixed(1)} ${end.y.toFixed(1)}`;
  return svg("g", { class: `edge ${fact.category.class}`, "data-f": fact.number },
    svg("title", {}, `${fact.headName} · ${fact.relation} · ${fact.tailName} (${fact.category.word})`),
    svg("path", { d, "marker-end": `url(#arrow-${fact.category.class})` }), svg("path", { d, class: "near" }));
}

function node(entity, name, angle, { x, y }, letters) {
  const flip = Math.cos(angle) < -1e-9, turn = angle * 180 / Math.PI + (flip ? 180 : 0);
  const short = [...name].length > letters ? [...name].slice(0, letters - 1).join("") + "…" : name;
  const place = `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${turn.toFixed(1)})`;
  return svg("g", { class: "node", "data-e": entity, transform: place, "--h": hue(entity) },
    svg("title", {}, name), svg("circle", { r: 4.5 }),
    svg("text", { x: flip ? -9 : 9, y: 3.8, "text-anchor": flip ? "end" : "start" }, short));
}
