// Keeps the text and the settings in the part of the address behind #, which browsers don't send to
// any server: `#t=TEXT&model=NAME&score=0.5&hide=P17&hide=P131&find=WORD`, the text compressed.
const LONGEST = 30000; // characters; some programs cut longer addresses

export const canCompress = typeof CompressionStream === "function";

async function through(bytes, stream) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

const toBase64 = (bytes) => {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
};
const fromBase64 = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

// The address's end for what is looked at; `whole` tells whether the text is in it.
export async function addressOf({ text, model, minScore, hidden, query }) {
  const view = new URLSearchParams();
  let whole = false;
  if (text && canCompress) {
    const packed = toBase64(await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw")));
    whole = packed.length <= LONGEST;
    if (whole) view.set("t", packed);
  }
  if (model) view.set("model", model);
  if (minScore > 0) view.set("score", minScore.toFixed(2));
  for (const relation of hidden) view.append("hide", relation);
  if (query) view.set("find", query);
  return { hash: view.size ? `#${view}` : "", whole };
}

// What an address says; null for a text that can't be read from it.
export async function fromAddress(hash) {
  const view = new URLSearchParams(hash.slice(1));
  const minScore = Math.min(Math.max(Number(view.get("score")) || 0, 0), 1);
  const hidden = new Set(view.getAll("hide"));
  return { text: await unpacked(view.get("t")), model: view.get("model"), minScore, hidden, query: view.get("find") || "" };
}

async function unpacked(packed) {
  if (!packed) return "";
  try {
    const bytes = await through(fromBase64(packed), new DecompressionStream("deflate-raw"));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
