// What a person takes away: the facts at this score and of these relations, as JSON from what is
// here already, as other forms from the server; and a link.
import { byId, el, number } from "./elements.js";
import { extract } from "./server.js";

const FORMS = [
  { name: "JSON", type: "application/json", ending: "json" },
  { name: "CSV", type: "text/csv", ending: "csv" },
  { name: "Turtle", type: "text/turtle", ending: "ttl" },
];

// `asked()` gives the text and model of the reading, `link()` a promise of an address and whether the
// text is in it.
export function showOutputs(view, { asked, link }) {
  const panel = byId("outputs").querySelector(".panel");
  const said = el("p", { class: "said", role: "status" });
  const say = (words) => { said.textContent = words; };
  const guard = (work) => async () => {
    try { await work(); } catch (error) { say(error.message); }
  };
  const button = (label, name, work) => el("button", { type: "button", "aria-label": label, onclick: guard(work) }, name);
  const rows = FORMS.map((form) => el("p", { class: "form" }, el("span", {}, form.name),
    button(`Copy as ${form.name}`, "Copy", async () => { await copy(contentOf(form, view, asked())); say(`Copied as ${form.name}.`); }),
    button(`Download as ${form.name}`, "Download", async () => { say(""); save(await contentOf(form, view, asked()), form); })));
  const share = button("Copy a link to this view", "Copy a link", async () => {
    const { address, whole } = await link();
    await copy(Promise.resolve(address));
    say(whole ? "Copied: the link holds text and settings." : "Copied, but the text is too long for a link: it holds the settings alone.");
  });
  const what = el("p", { class: "quiet" });
  panel.append(what, ...rows, share, said);
  byId("outputs").addEventListener("toggle", () => say(""));
  view.on("reading shown", () => {
    const count = view.reading.facts.filter((fact) => view.admits(fact)).length;
    what.textContent = `${number(count)} facts, by score and relation; what is searched for doesn't count.`;
  });
}

async function contentOf(form, view, { text, model }) {
  if (form.ending === "json") {
    const { text: read, ...answer } = view.reading.answer;
    const facts = answer.facts.filter((_, place) => view.admits(view.reading.facts[place]));
    return `${JSON.stringify({ ...answer, facts, text: read ?? view.reading.text }, null, 2)}\n`;
  }
  const options = {};
  if (view.minScore > 0) options.min_score = view.minScore;
  const relations = [...view.reading.relations.keys()];
  if (relations.some((id) => view.hidden.has(id))) options.relations = relations.filter((id) => !view.hidden.has(id));
  try {
    return await extract({ text, model, options }, { type: form.type });
  } catch (error) {
    throw error.status === 406 ? new Error(`This server doesn't write ${form.name}.`) : error;
  }
}

// The promise goes to the clipboard itself: some browsers refuse what comes later than the click.
async function copy(content) {
  if (!navigator.clipboard) throw new Error("This browser lets only pages over HTTPS copy. Download the file in place of that.");
  if (typeof ClipboardItem !== "function") return navigator.clipboard.writeText(await content);
  const blob = content.then((text) => new Blob([text], { type: "text/plain" }));
  return navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
}

function save(content, { type, ending }) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  el("a", { href: address, download: `facts.${ending}` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
