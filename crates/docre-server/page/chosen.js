// Says what is chosen, by the text: a fact in one line with the way to the next one, or an entity.
import { byId, el, plural } from "./elements.js";

export function showChosen(view) {
  const card = byId("chosen");
  view.on("choice reading shown", () => {
    const { chosen } = view;
    card.hidden = !chosen;
    card.replaceChildren(...(chosen ? [chosen.fact ? fact(chosen.fact) : entity(chosen.entity, view), buttons(view)] : []));
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && view.chosen && !event.defaultPrevented) view.choose(null);
  });
}

const name = ({ name: word, hue }) => el("span", { class: "name", "--h": hue }, el("i"), el("bdi", {}, word));

function fact({ head, relation, tail, score, evidence }) {
  const sentences = evidence.length ? `evidence in ${evidence.length === 1 ? "sentence" : "sentences"} ${evidence.join(", ")}` : "no sentence is named as evidence";
  return el("p", {}, name(head), el("b", {}, relation.name), name(tail), el("small", {}, `score ${score.toFixed(2)} · ${sentences}`));
}

function entity(which, { reading, shown }) {
  const count = shown.filter(({ head, tail }) => head === which || tail === which).length;
  return el("p", {}, name(which), el("small", {}, `${reading.types.get(which.type).name} · ${plural(which.mentions.length, "mention")} · ${plural(count, "fact")} shown`));
}

function buttons(view) {
  const step = (by) => () => {
    const facts = [...view.shown].sort((a, b) => b.score - a.score);
    const next = facts[(facts.indexOf(view.chosen.fact) + by + facts.length) % facts.length];
    if (next !== view.chosen.fact) view.choose({ fact: next });
  };
  const button = (label, sign, onclick) => el("button", { type: "button", class: "sign", "aria-label": label, title: label, onclick }, sign);
  const back = button("Back to the fact in the table", "≡", () => document.querySelector(".facts tr.on")?.scrollIntoView({ block: "center" }));
  back.classList.add("back");
  const steps = view.chosen.fact ? [back, button("Previous fact, by score", "↑", step(-1)), button("Next fact, by score", "↓", step(1))] : [];
  return el("p", { class: "steps" }, ...steps, button("Let go", "✕", () => view.choose(null)));
}
