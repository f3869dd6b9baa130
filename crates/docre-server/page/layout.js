// Places nodes so that those with an edge are near and no two are on one another: every two push each
// other away and every edge pulls (after Fruchterman and Reingold), in ever smaller steps. Nodes are
// `{x, y, width, degree, held}`, edges `{from, to}`; `held` nodes stay where they were put.
const NEAREST = 62, FARTHEST = 150; // pixels that an edge would like to have
const COOLING = .975, STILL = .4, FIRST = 40; // pixels of a step, the least and the most
const REACH = 9; // squared lengths over which two push each other: else all would end at the rim
const LINE = 36; // height of a node with its name under it
const FILLED = .3; // of the picture, at most, by names; for more of them it is laid out larger

export class Layout {
  // For a picture of `width` by `height` pixels.
  constructor(nodes, edges, width, height) {
    Object.assign(this, { nodes, edges, heat: FIRST });
    const names = nodes.reduce((sum, node) => sum + node.width * LINE, 0);
    const larger = Math.max(1, Math.sqrt(names / (FILLED * width * height)));
    this.frame = { x: width * larger / 2, y: height * larger / 2 };
    this.wide = Math.sqrt(width / height);
    this.length = Math.min(Math.max(1.6 * Math.sqrt(this.frame.x * this.frame.y / (nodes.length || 1)), NEAREST), FARTHEST);
    nodes.filter(({ x }) => x === undefined).forEach((node, place) => {
      // A spiral of sunflower seeds: even, and the same each time.
      const turn = place * 2.39996, far = .7 * this.length * Math.sqrt(place + .5);
      node.x = far * Math.cos(turn) * this.wide;
      node.y = far * Math.sin(turn) / this.wide;
    });
  }

  get moves() {
    return this.heat > STILL;
  }

  warm() {
    this.heat = Math.max(this.heat, FIRST / 4);
  }

  step() {
    const { nodes, length, wide } = this;
    const centre = .06 * Math.sqrt(30 / (nodes.length + 10));
    for (const node of nodes) { node.fx = -node.x * centre / wide; node.fy = -node.y * centre * wide; }
    for (let one = 0; one < nodes.length; one += 1) {
      for (let two = one + 1; two < nodes.length; two += 1) repel(nodes[one], nodes[two], length);
    }
    for (const edge of this.edges) pull(edge, length);
    this.#move();
    this.#part();
    this.heat *= COOLING;
  }

  #move() {
    for (const node of this.nodes) {
      if (node.held) continue;
      const force = Math.hypot(node.fx, node.fy), scale = force > this.heat ? this.heat / force : 1;
      const right = Math.max(this.frame.x - node.width / 2, 0), bottom = this.frame.y - LINE / 2;
      node.x = Math.min(Math.max(node.x + node.fx * scale, -right), right);
      node.y = Math.min(Math.max(node.y + node.fy * scale, -bottom), bottom);
    }
  }

  // Names that lie on one another move apart, the shorter way.
  #part() {
    const { nodes } = this;
    for (let one = 0; one < nodes.length; one += 1) {
      for (let two = one + 1; two < nodes.length; two += 1) part(nodes[one], nodes[two]);
    }
  }
}

function part(a, b) {
  const dx = b.x - a.x || .1, dy = b.y - a.y || .1;
  const over = (a.width + b.width) / 2 - Math.abs(dx), above = LINE - Math.abs(dy);
  if (over <= 0 || above <= 0) return;
  const sideways = over < above;
  const by = .25 * (sideways ? Math.sign(dx) * over : Math.sign(dy) * above);
  for (const [node, sign] of [[a, -1], [b, 1]]) if (!node.held) node[sideways ? "x" : "y"] += sign * by;
}

function repel(a, b, length) {
  const dx = b.x - a.x || .1, dy = b.y - a.y || .1;
  const square = dx * dx + dy * dy;
  if (square > REACH * length * length) return;
  const force = .35 * length * length / Math.max(square, 100);
  push(a, b, dx * force, dy * force);
}

// Weaker where both have many edges: a hub shall not draw everything onto itself.
function pull({ from, to }, length) {
  const dx = to.x - from.x, dy = to.y - from.y;
  const force = .3 * Math.hypot(dx, dy) / length / Math.sqrt(Math.min(from.degree, to.degree));
  push(to, from, dx * force, dy * force);
}

function push(a, b, fx, fy) {
  a.fx -= fx; a.fy -= fy;
  b.fx += fx; b.fy += fy;
}
