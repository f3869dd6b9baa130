// The entities by type, each with its mentions.
import { byId, el, number, plural } from "./elements.js";

const BATCH = 200; // of one type, before a person asks for more

export function showEntities(view) {
  const panel = byId("entities");
  let buttons = new Map();

  const draw = () => {
    buttons = new Map();
    const { types, entities } = view.reading;
    panel.replaceChildren(...[...types.values()].map((type) => group(type, entities.filter((entity) => entity.type === type.type))));
  };

  const group = (type, entities) => {
    const list = el("ul", {});
    const rest = el("button", { type: "button", class: "more", onclick: () => add(list, entities, rest) });
    add(list, entities, rest);
    return el("section", { "--h": type.hue, "aria-label": type.name },
      el("h3", {}, el("i"), type.name, " ", el("small", {}, number(type.count))), list, rest);
  };

  const add = (list, entities, rest) => {
    const start = list.children.length;
    for (const entity of entities.slice(start, start + BATCH)) {
      const button = entityButton(entity, view);
      buttons.set(entity, button);
      list.append(el("li", {}, button));
    }
    const left = entities.length - list.children.length;
    rest.hidden = left === 0;
    rest.textContent = `Show more of the ${number(left)} others`;
  };

  const light = () => {
    for (const [entity, button] of buttons) button.setAttribute("aria-pressed", view.chosen?.entity === entity);
  };

  view.on("reading", draw);
  view.on("choice", light);
}

function entityButton(entity, view) {
  const names = new Map();
  for (const { text } of entity.mentions) names.set(text, (names.get(text) || 0) + 1);
  const others = [...names.keys()].filter((name) => name !== entity.name);
  const counts = [plural(entity.mentions.length, "mention"), ...(entity.facts ? [plural(entity.facts, "fact")] : [])].join(" · ");
  return el("button", { type: "button", class: "entity", "aria-pressed": "false", onclick: () => view.choose({ entity }) },
    el("bdi", {}, entity.name),
    others.length ? el("span", { class: "also" }, "also ", el("bdi", {}, others.join(", "))) : null,
    el("small", {}, counts));
}
