// Asks the server that the page came from. Addresses are relative: a proxy may put the page anywhere.
const TRIES = 6, LONGEST_WAIT_S = 60;
const KEY = "docre-key";

// What went wrong, in words for people; `kind` is the server's, or "unreachable" or "unreadable".
export class ServerError extends Error {
  constructor(kind, message, { status = 0, id = "", wait = 0 } = {}) {
    super(message);
    Object.assign(this, { kind, status, id, wait });
  }
}

// A key is kept for as long as the tab is open.
export const keepKey = (key) => { try { sessionStorage.setItem(KEY, key); } catch { /* asked for again */ } };

const keptKey = () => { try { return sessionStorage.getItem(KEY); } catch { return null; } };
export const hasKey = () => Boolean(keptKey());

function headers(more) {
  const key = keptKey();
  return key ? { ...more, Authorization: `Bearer ${key}` } : more;
}

export async function models() {
  return JSON.parse(await ask("v1/models", { headers: headers({ Accept: "application/json" }) })).models;
}

// The facts of a text, as a body of `type`. Where the server is busy it asks again when the server says so, and
// tells `waiting(seconds)` before.
export async function extract({ text, model, options = {} }, { type = "application/json", signal, waiting = () => {} } = {}) {
  const body = JSON.stringify({ text: text.toWellFormed?.() ?? text, ...(model ? { model } : {}), options });
  const request = { method: "POST", body, signal, headers: headers({ "Content-Type": "application/json", Accept: type }) };
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await ask("v1/extract", request);
    } catch (error) {
      if (!(error instanceof ServerError) || ![429, 503].includes(error.status) || left === 0) throw error;
      await pause(error.wait, signal, waiting);
    }
  }
}

// The text of the answer.
async function ask(address, request) {
  let response, body;
  try {
    response = await fetch(address, request);
    body = await response.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServerError("unreachable", "The server doesn't answer. It may have been stopped, or the network is down.");
  }
  if (!response.ok) throw errorOf(response, body);
  return body;
}

function errorOf({ status, headers: answered }, body) {
  const asked = Number(answered.get("Retry-After"));
  const wait = Math.min(asked > 0 ? asked : 2, LONGEST_WAIT_S);
  let error = {};
  try { error = JSON.parse(body).error || {}; } catch { /* a proxy's answer: the status must do */ }
  const message = error.message ? sentence(error.message) : `The server answers with status ${status} and says no more.`;
  return new ServerError(error.kind || "unreadable", message, { status, id: error.request_id || "", wait });
}

// The server's messages are parts of a sentence, as those of a program are.
const sentence = (words) => `${words[0].toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? "" : "."}`;

async function pause(seconds, signal, waiting) {
  for (let left = Math.ceil(seconds); left > 0; left -= 1) {
    waiting(left);
    await new Promise((done, stop) => {
      const timer = setTimeout(done, 1000);
      signal?.addEventListener("abort", () => { clearTimeout(timer); stop(signal.reason); }, { once: true });
    });
  }
}
