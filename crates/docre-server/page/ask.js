// Where a text comes from: the keyboard, a file, or an example.
import { byId, el, number, plural } from "./elements.js";

const LARGEST_FILE = 8 * 1024 * 1024; // bytes; beyond it the page itself would be slow

// `find()` is called when a person wants the facts, `complain(words)` where a file can't be read.
export function openAsk({ find, complain }) {
  const text = byId("text"), paper = byId("paper");
  const count = () => {
    byId("count").textContent = text.value ? plural([...text.value].length, "character") : "";
    byId("find").disabled = !text.value.trim();
  };
  const put = (words) => { text.value = words; text.scrollTop = 0; count(); };
  const take = async (file) => {
    try { put(await read(file)); text.focus(); } catch (error) { complain(error.message); }
  };
  text.addEventListener("input", count);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && text.value.trim()) find();
  });
  byId("form").addEventListener("submit", (event) => { event.preventDefault(); find(); });
  byId("file").addEventListener("change", ({ target }) => {
    if (target.files[0]) take(target.files[0]);
    target.value = ""; // the same file may be taken again
  });
  openDrop(paper, take, put);
  offerExamples(put, find);
  count();
  return { put };
}

function openDrop(paper, take, put) {
  for (const [name, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
    paper.addEventListener(name, (event) => { event.preventDefault(); paper.classList.toggle("over", over); });
  }
  paper.addEventListener("drop", ({ dataTransfer }) => {
    if (dataTransfer.files.length) take(dataTransfer.files[0]);
    else if (dataTransfer.getData("text/plain")) put(dataTransfer.getData("text/plain"));
  });
  // A file that is dropped beside the field must not replace the page.
  for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());
}

async function read(file) {
  if (file.size > LARGEST_FILE) throw new Error(`${file.name} has ${number(Math.round(file.size / 1e6))} MB, more than the page reads. Give it to docre extract.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    const words = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!words.includes("\0")) return words;
  } catch { /* said below */ }
  throw new Error(`${file.name} isn't plain text in UTF-8. Save it as such, or copy its text into the field.`);
}

async function offerExamples(put, find) {
  const examples = await (await fetch("examples.json")).json();
  byId("examples").append(...examples.map(({ name, text }) =>
    el("button", { type: "button", onclick: () => { put(text); find(); } }, name)));
}
