// A network of entities: nodes push each other away, edges hold them together.
const WIDTH = 900, HEIGHT = 680, ROUNDS = 260;

function network({ nodes, edges }) {
  const place = new Map(nodes.map((node, number) => [node.key, number]));
  const lines = edges.map((edge) => [place.get(edge.head.key), place.get(edge.tail.key)]);
  const at = layout(nodes.length, lines);
  const picture = document.getElementById("picture");
  const drawn = { lines: lines.map(() => svg("line")), nodes: nodes.map(circle) };
  const box = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": `${nodes.length} nodes and ${edges.length} facts` }, ...drawn.lines, ...drawn.nodes);
  picture.append(box);

  function move() {
    lines.forEach(([from, to], line) => fill(drawn.lines[line], { x1: at[from].x.toFixed(1), y1: at[from].y.toFixed(1), x2: at[to].x.toFixed(1), y2: at[to].y.toFixed(1) }, []));
    drawn.nodes.forEach((mark, node) => mark.setAttribute("transform", `translate(${at[node].x.toFixed(1)} ${at[node].y.toFixed(1)})`));
  }

  function circle(node, number) {
    const name = [...node.name], short = name.length > 24 ? name.slice(0, 23).join("") + "…" : node.name;
    const size = 4 + 2 * Math.log2(1 + lines.filter((line) => line.includes(number)).length);
    const mark = svg("g", { tabindex: 0, role: "button", "aria-label": node.name, "--h": hue(kinds(nodes).indexOf(node.type)) },
      svg("title", {}, `${node.name} (${node.type})`), svg("circle", { r: size.toFixed(1) }), svg("text", { x: (size + 3).toFixed(1), y: 4 }, short));
    mark.addEventListener("click", () => choose(number));
    mark.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(number); });
    mark.addEventListener("pointerdown", (event) => drag(event, mark, number));
    return mark;
  }

  function drag(event, mark, number) {
    mark.setPointerCapture(event.pointerId);
    const follow = (moved) => {
      const frame = box.getBoundingClientRect();
      at[number] = { x: (moved.clientX - frame.left) * WIDTH / frame.width, y: (moved.clientY - frame.top) * HEIGHT / frame.height };
      move();
    };
    mark.addEventListener("pointermove", follow);
    const end = () => mark.removeEventListener("pointermove", follow);
    mark.addEventListener("pointerup", end, { once: true });
    mark.addEventListener("pointercancel", end, { once: true });
  }

  function choose(number) {
    drawn.nodes.forEach((mark, node) => mark.classList.toggle("chosen", node === number));
    drawn.lines.forEach((line, edge) => line.classList.toggle("near", lines[edge].includes(number)));
    document.getElementById("about").replaceChildren(...about(nodes[number], edges, (key) => choose(place.get(key))));
  }

  const find = document.getElementById("find");
  find.addEventListener("input", () => {
    const asked = find.value.trim().toLowerCase();
    const is = nodes.map((node) => names(node).some((name) => name.toLowerCase().includes(asked)));
    drawn.nodes.forEach((mark, node) => mark.classList.toggle("faint", !is[node]));
    const count = is.filter(Boolean).length;
    document.getElementById("found").textContent = asked ? `${count} of ${nodes.length}` : "";
    if (asked && count === 1) choose(is.indexOf(true));
  });
  move();
}

const kinds = (nodes) => [...new Set(nodes.map((node) => node.type))].sort();
const names = (node) => [...new Set([node.name, ...node.mentions.map((mention) => mention.text)])];

// Places of nodes, the same for the same graph: it begins on a spiral, not at random.
function layout(count, lines) {
  const at = [...Array(count).keys()].map((node) => {
    const r = 18 * Math.sqrt(node + 1), angle = node * 2.39996;
    return { x: WIDTH / 2 + r * Math.cos(angle), y: HEIGHT / 2 + r * Math.sin(angle) };
  });
  const apart = Math.sqrt(WIDTH * HEIGHT / Math.max(count, 1)) * .8;
  for (let round = 0; round < ROUNDS; round++) {
    const force = at.map(() => ({ x: 0, y: 0 }));
    const pull = (a, b, strength) => {
      const x = at[b].x - at[a].x, y = at[b].y - at[a].y, length = Math.hypot(x, y) || .1;
      const size = strength(length) / length;
      force[a].x += x * size; force[a].y += y * size;
      force[b].x -= x * size; force[b].y -= y * size;
    };
    for (let a = 0; a < count; a++) for (let b = a + 1; b < count; b++) pull(a, b, (length) => -apart * apart / length);
    lines.forEach(([a, b]) => pull(a, b, (length) => length * length / apart));
    const heat = 40 * (1 - round / ROUNDS);
    at.forEach((node, number) => {
      const size = Math.hypot(force[number].x, force[number].y) || 1, step = Math.min(size, heat);
      node.x = Math.min(WIDTH - 90, Math.max(20, node.x + force[number].x / size * step));
      node.y = Math.min(HEIGHT - 20, Math.max(20, node.y + force[number].y / size * step));
    });
  }
  return at;
}

// What is known of a node.
function about(node, edges, choose) {
  const others = names(node).slice(1);
  const link = (end) => {
    if (end.key === node.key) return el("bdi", {}, end.name);
    const button = el("button", { type: "button" }, end.name);
    button.addEventListener("click", () => choose(end.key));
    return button;
  };
  const score = (value) => value === null ? "" : ` ${value.toFixed(3)}`;
  const support = (one) => el("li", {}, one.document, el("small", {}, score(one.score)), ...one.evidence.map((sentence) => el("div", {}, el("small", {}, sentence.text || `sentence ${sentence.sentence}`))));
  const facts = edges.filter((edge) => [edge.head.key, edge.tail.key].includes(node.key)).map((edge) =>
    el("li", {}, link(edge.head), " ", el("b", {}, edge.relation.name), " ", link(edge.tail), el("small", {}, score(edge.score)), el("ul", {}, ...edge.supports.map(support))));
  const documents = grouped(node.mentions);
  const places = documents.map(([title, mentions]) => el("li", {}, title, " ", el("small", {}, mentions.map(({ text, sentence, span }) => `${text} (${span ? span.join("–") : `sentence ${sentence}`})`).join(", "))));
  return [
    el("h2", { dir: "auto" }, node.name),
    el("p", { class: "hint" }, [node.key, node.type, node.id].filter(Boolean).join(" · "), ...(others.length ? [el("br"), `also: ${others.join(", ")}`] : [])),
    el("h3", {}, `Facts (${facts.length})`), el("ul", {}, ...facts),
    el("h3", {}, `Documents (${places.length})`), el("ul", {}, ...places),
  ];
}

function grouped(mentions) {
  const groups = new Map();
  mentions.forEach((mention) => groups.set(mention.document, [...(groups.get(mention.document) || []), mention]));
  return [...groups];
}
