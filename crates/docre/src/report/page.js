"use strict";
const all = (selector) => [...document.querySelectorAll(selector)];
const mentions = all(".m"), facts = all("tbody tr"), sentences = all("li[data-s]");
let pinned = null;

// What an element stands for: a fact with its two entities, or one entity.
function target(element) {
  const fact = element.closest && element.closest("tbody tr");
  if (fact) return { fact, entities: [fact.dataset.h, fact.dataset.t] };
  const mention = element.closest && element.closest(".m");
  return mention && { mention, entities: [mention.dataset.e] };
}

function show(what) {
  const entities = new Set(what ? what.entities : []);
  const evidence = new Set(what && what.fact ? what.fact.dataset.s.split(" ") : []);
  const holds = (fact) => what.fact ? fact === what.fact
    : entities.has(fact.dataset.h) || entities.has(fact.dataset.t);
  document.body.classList.toggle("focus", Boolean(what));
  document.body.classList.toggle("pinned", Boolean(what && what === pinned));
  for (const mention of mentions) mention.classList.toggle("on", entities.has(mention.dataset.e));
  for (const fact of facts) fact.classList.toggle("on", Boolean(what) && holds(fact));
  for (const sentence of sentences) sentence.classList.toggle("evidence", evidence.has(sentence.dataset.s));
}

function same(a, b) {
  return a && b && a.fact === b.fact && a.entities.join() === b.entities.join();
}

// Brings a mention into view where none of the fact's can be seen.
function reveal(what) {
  const wanted = mentions.filter((mention) => what.entities.includes(mention.dataset.e));
  const seen = (mention) => {
    const box = mention.getBoundingClientRect();
    return box.top >= 0 && box.bottom <= innerHeight;
  };
  if (what.fact && wanted.length && !wanted.some(seen)) wanted[0].scrollIntoView({ block: "center" });
}

function pin(what) {
  pinned = same(pinned, what) ? null : what || null;
  show(pinned);
  if (pinned) reveal(pinned);
}

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "mouse") show(pinned || target(event.target));
});
document.documentElement.addEventListener("pointerleave", () => show(pinned));
document.addEventListener("click", (event) => {
  if (getSelection().isCollapsed) pin(target(event.target));
});
document.addEventListener("keydown", (event) => {
  const fact = target(event.target);
  if (event.key === "Escape") pin(null);
  if (fact && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); pin(fact); }
});
