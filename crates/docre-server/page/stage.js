// A picture that is moved by hand: drag its ground to pan, a node to move it; pinch, or turn the wheel
// with Ctrl, to zoom. The wheel alone scrolls the page, as everywhere else.
const LEAST = .15, MOST = 4, LARGEST_FIT = 1.25, MARGIN = 26, SLIP = 4; // SLIP: pixels that are still a tap

export class Stage {
  #pointers = new Map(); // id to the place where it is now
  #held = null;
  #slipped = false;
  #followed = true; // the whole is kept in view until a person moves it
  #view = { x: 0, y: 0, scale: 1 };

  // `grab(target)` gives the node under a pointer, `move()` is told that it was dragged, `tap(target)`
  // that something was clicked.
  constructor(picture, inner, hands) {
    Object.assign(this, { picture, inner, hands });
    picture.addEventListener("pointerdown", (event) => this.#down(event));
    picture.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) picture.addEventListener(end, (event) => this.#up(event));
    picture.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  size(width, height) {
    Object.assign(this, { width, height });
    this.picture.setAttribute("viewBox", `${-width / 2} ${-height / 2} ${width} ${height}`);
  }

  free() {
    this.#followed = true;
  }

  follow(nodes) {
    if (this.#followed) this.fit(nodes);
  }

  fit(nodes) {
    this.#followed = true;
    if (!nodes.length) return;
    const edges = (low, high) => [Math.min(...nodes.map(low)), Math.max(...nodes.map(high))];
    const [left, right] = edges(({ x, width }) => x - width / 2, ({ x, width }) => x + width / 2);
    const [top, bottom] = edges(({ y }) => y - 14, ({ y }) => y + 26);
    const scale = Math.min((this.width - MARGIN) / (right - left), (this.height - MARGIN) / (bottom - top), LARGEST_FIT);
    this.#show({ scale, x: -scale * (left + right) / 2, y: -scale * (top + bottom) / 2 });
  }

  // About a point of the picture, its middle where none is given.
  zoom(factor, about = { x: 0, y: 0 }) {
    this.#followed = false;
    const { x, y, scale } = this.#view;
    const next = Math.min(Math.max(scale * factor, LEAST), MOST), by = next / scale;
    this.#show({ scale: next, x: about.x - (about.x - x) * by, y: about.y - (about.y - y) * by });
  }

  #show(view) {
    this.#view = view;
    this.inner.setAttribute("transform", `translate(${view.x.toFixed(1)} ${view.y.toFixed(1)}) scale(${view.scale.toFixed(3)})`);
    // Names keep a readable size however small the whole is.
    this.picture.style.setProperty("--zoom", Math.min(Math.max(1 / view.scale, .8), 1.8));
  }

  #place(event) {
    const box = this.picture.getBoundingClientRect();
    return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
  }

  #down(event) {
    if (event.button > 0) return;
    this.#pointers.set(event.pointerId, this.#place(event));
    this.picture.setPointerCapture(event.pointerId);
    if (this.#pointers.size === 1) {
      this.#slipped = false;
      this.from = { ...this.#place(event), target: event.target };
      this.#held = this.hands.grab(event.target) || null;
    }
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const now = this.#place(event);
    if (!this.#slipped && Math.hypot(now.x - this.from.x, now.y - this.from.y) < SLIP) return;
    this.#slipped = true;
    this.#followed = false;
    if (this.#pointers.size === 2) this.#pinch(event.pointerId, before, now);
    else if (this.#held) this.#drag(now);
    else this.#show({ ...this.#view, x: this.#view.x + now.x - before.x, y: this.#view.y + now.y - before.y });
    this.#pointers.set(event.pointerId, now);
  }

  #drag(now) {
    const { x, y, scale } = this.#view;
    Object.assign(this.#held, { held: true, x: (now.x - x) / scale, y: (now.y - y) / scale });
    this.hands.move();
  }

  #pinch(id, before, now) {
    const other = [...this.#pointers].find(([pointer]) => pointer !== id)[1];
    const apart = (one) => Math.hypot(one.x - other.x, one.y - other.y) || 1;
    this.zoom(apart(now) / apart(before), other);
  }

  #up(event) {
    if (!this.#pointers.delete(event.pointerId) || this.#pointers.size) return;
    if (!this.#slipped && event.type === "pointerup") this.hands.tap(this.from.target);
    this.#held = null;
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? .05 : .005)), this.#place(event));
  }
}
