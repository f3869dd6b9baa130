// Shows, in one document, where an entity or a fact stands: while it is pointed at, and
// until the next click where it was clicked.
function highlight(root) {
  const all = (selector) => [...root.querySelectorAll(selector)];
  const words = (text) => text ? text.split(" ") : [];
  let pinned = null;

  // What an element stands for: a fact with its two entities, or one entity.
  function target(element) {
    const fact = element.closest && element.closest("[data-f]");
    const row = fact && root.querySelector(`tr[data-f="${fact.dataset.f}"]`);
    if (row) return { row, entities: [row.dataset.h, row.dataset.t] };
    const entity = element.closest && element.closest("[data-e]");
    return entity && { entities: [entity.dataset.e] };
  }

  function show(what) {
    const entities = new Set(what ? what.entities : []);
    const row = what && what.row;
    const facts = all("tr[data-f]").filter((fact) => row ? fact === row
      : entities.has(fact.dataset.h) || entities.has(fact.dataset.t));
    const lit = new Set(what ? facts.map((fact) => fact.dataset.f) : []);
    root.classList.toggle("focus", Boolean(what));
    root.classList.toggle("pinned", Boolean(what && what === pinned));
    for (const place of all(".m, .node")) place.classList.toggle("on", entities.has(place.dataset.e));
    for (const fact of all("[data-f]")) fact.classList.toggle("on", lit.has(fact.dataset.f));
    showEvidence(words(row && row.dataset.s), words(row && row.dataset.g));
  }

  // Sentences that the model names, those that the label names, and who names which.
  function showEvidence(found, labelled) {
    for (const sentence of all("li[data-s]")) {
      const by = [];
      if (found.includes(sentence.dataset.s)) by.push("model");
      if (labelled.includes(sentence.dataset.s)) by.push("label");
      sentence.classList.toggle("evidence", by.length > 0);
      sentence.dataset.by = by.join(" and ");
    }
  }

  // Brings a mention into view where none of the fact's can be seen.
  function reveal(what) {
    const wanted = all(".m").filter((mention) => what.entities.includes(mention.dataset.e));
    const seen = (mention) => {
      const box = mention.getBoundingClientRect();
      return box.top >= 0 && box.bottom <= innerHeight;
    };
    if (what.row && wanted.length && !wanted.some(seen)) wanted[0].scrollIntoView({ block: "center" });
  }

  const same = (a, b) => a && b && a.row === b.row && a.entities.join() === b.entities.join();

  function pin(what) {
    pinned = same(pinned, what) ? null : what || null;
    show(pinned);
    if (pinned) reveal(pinned);
  }

  root.addEventListener("pointerover", (event) => {
    if (event.pointerType === "mouse") show(pinned || target(event.target));
  });
  root.addEventListener("pointerleave", () => show(pinned));
  root.addEventListener("click", (event) => {
    if (getSelection().isCollapsed) pin(target(event.target));
  });
  root.addEventListener("keydown", (event) => {
    const what = target(event.target);
    if (event.key === "Escape") pin(null);
    if (what && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); pin(what); }
  });
  // For when the document under `root` is replaced by another one.
  return { forget: () => { pinned = null; root.classList.remove("focus", "pinned"); } };
}
