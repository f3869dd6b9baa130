// The page of docre: a text goes to the server, and what it says comes back as text, table and graph.
import { addressOf, fromAddress } from "./address.js";
import { openAsk } from "./ask.js";
import { showChosen } from "./chosen.js";
import { byId, el, plural } from "./elements.js";
import { showEntities } from "./entities.js";
import { showFacts } from "./facts.js";
import { showFilters } from "./filters.js";
import { showGraph } from "./graph.js";
import { openMenus, openTabs } from "./menus.js";
import { showOutputs } from "./outputs.js";
import { readingOf } from "./reading.js";
import { extract, models } from "./server.js";
import { hideStatus, showError, showProgress, showWaiting } from "./status.js";
import { showText } from "./text.js";
import { View } from "./view.js";

const view = new View();
const ask = openAsk({ find, complain: (words) => showError(new Error(words)) });
const model = () => byId("model").value;
let asked = { text: "", model: "" };
let running = null; // what ends the request that is on its way
let kept = location.hash; // the address as this page wrote it

async function find() {
  const question = { text: byId("text").value, model: model() };
  if (!question.text.trim()) return;
  running?.abort();
  const run = running = new AbortController();
  const words = `Reading ${plural([...question.text].length, "character")} …`;
  showProgress(words, () => run.abort());
  try {
    const began = performance.now();
    const waiting = (seconds) => showWaiting(seconds);
    const answer = JSON.parse(await extract(question, { signal: run.signal, waiting }));
    show(readingOf(answer, question.text), question, (performance.now() - began) / 1000);
  } catch (error) {
    if (error.name !== "AbortError") showError(error, find);
    else if (run === running) hideStatus(); // else the next request's progress is there already
  }
}

function show(reading, question, seconds) {
  asked = question;
  hideStatus();
  openResult();
  byId("summary").textContent = `${plural(reading.facts.length, "fact")} between ${plural(reading.entities.length, "entity", "entities")}`;
  const by = question.model ? ` by ${question.model}` : "";
  byId("read").textContent = `${plural([...reading.text].length, "character")} in ${plural(reading.sentences.length, "sentence")}, read${by} in ${seconds.toFixed(1)} s`;
  const { warnings = [] } = reading.answer;
  byId("warnings").replaceChildren(...warnings.map((words) => el("li", {}, words)));
  byId("warnings").hidden = warnings.length === 0;
  view.read(reading);
  scrollTo(0, 0);
  byId("summary").focus({ preventScroll: true });
}

function openResult() {
  byId("result").hidden = false;
  byId("ask").hidden = true;
}

function openQuestion() {
  byId("result").hidden = true;
  byId("ask").hidden = false;
  byId("text").focus();
}

// The address follows what is seen; browsers want few changes of it, so it waits for a pause.
let later = null;

async function remember() {
  const { hash, whole } = await addressOf({ ...asked, minScore: view.minScore, hidden: view.hidden, query: view.query });
  kept = hash;
  history.replaceState(null, "", `${location.pathname}${location.search}${hash}`);
  return { address: location.href, whole };
}

async function recall() {
  const { text, model: name, ...settings } = await fromAddress(location.hash);
  view.filter(settings);
  if (name && [...byId("model").options].some(({ value }) => value === name)) byId("model").value = name;
  if (text === null) showError(new Error("The text in this address can't be read: the address may have been cut when it was sent."));
  ask.put(text || "");
  if (text) await find();
}

// Models that find no entities can't read a text that comes without them.
async function offerModels() {
  const known = (await models()).filter((one) => one.finds_entities !== false);
  if (!known.length) throw new Error("No model of this server finds entities in a text. Its API takes documents that come with theirs.");
  byId("model").replaceChildren(...known.map(({ name, default: chosen }) => el("option", { value: name, selected: Boolean(chosen) }, name)));
  byId("model-label").hidden = known.length < 2;
  byId("model").onchange = () => describeModel(known.find(({ name }) => name === model()));
  byId("model").onchange();
}

function describeModel({ name, relations, types, card }) {
  const about = byId("about-model");
  about.hidden = false;
  about.querySelector("summary").textContent = `Model ${name}: ${plural(relations.length, "relation")} between ${plural(types.length, "type")} of entities`;
  about.querySelector(".card").textContent = card || "It has no card.";
}

async function start() {
  hideStatus();
  try {
    await offerModels();
  } catch (error) {
    return showError(error, start);
  }
  return recall();
}

showText(view);
showFacts(view);
showGraph(view);
showEntities(view);
showFilters(view);
showChosen(view);
showOutputs(view, { asked: () => asked, link: remember });
openMenus();
openTabs();
view.on("reading shown", () => { clearTimeout(later); later = setTimeout(remember, 400); });
byId("edit").addEventListener("click", openQuestion);
byId("fresh").addEventListener("click", () => { ask.put(""); openQuestion(); });
addEventListener("hashchange", () => { if (location.hash !== kept) recall(); });
await start();
