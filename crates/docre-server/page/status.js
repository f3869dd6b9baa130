// Says what goes on while the server reads, and what went wrong, kindly.
import { byId, el } from "./elements.js";
import { hasKey, keepKey } from "./server.js";

const KINDS = { 413: "The text is too long for this server.", 404: "The server doesn't know what the page asks for." };
let timer = null;

export const hideStatus = () => { clearInterval(timer); byId("status").hidden = true; };

// Shows progress, with the time since it began, until the next message; `cancel` ends it.
export function showProgress(words, cancel) {
  const began = performance.now();
  const tick = () => { byId("elapsed").textContent = `${((performance.now() - began) / 1000).toFixed(1)} s`; };
  show(words, { busy: true });
  byId("cancel").onclick = cancel;
  tick();
  timer = setInterval(tick, 100);
}

// While a busy server is waited for.
export function showWaiting(seconds) {
  byId("message").textContent = `The server is busy. It is asked again in ${seconds} s.`;
}

export function showError(error, again) {
  const words = [KINDS[error.status], error.message, error.id && `(Request ${error.id}.)`].filter(Boolean).join(" ");
  show(error.status === 401 ? wantsKey() : words, { wrong: true });
  byId("again").hidden = !again || error.status === 401;
  byId("again").onclick = again;
  byId("cancel").onclick = hideStatus;
  if (error.status === 401) byId("message").append(keyField(again));
}

function show(words, { busy = false, wrong = false }) {
  clearInterval(timer);
  const panel = byId("status");
  panel.classList.toggle("wrong", wrong);
  panel.hidden = false;
  byId("message").textContent = words;
  byId("bar").hidden = !busy;
  byId("elapsed").textContent = "";
  byId("again").hidden = true;
  byId("cancel").textContent = busy ? "Cancel" : "Close";
  panel.scrollIntoView({ block: "nearest" });
}

const wantsKey = () => hasKey() ? "This isn't the key that the server wants." : "This server wants a key.";

function keyField(again) {
  const field = el("input", { type: "password", autocomplete: "off" });
  const form = el("form", { class: "key" }, el("label", {}, "Key ", field), el("button", {}, "Use this key"));
  form.addEventListener("submit", (event) => { event.preventDefault(); keepKey(field.value); again(); });
  return form;
}
