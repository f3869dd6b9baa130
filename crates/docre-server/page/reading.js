// What the server answers for a text, as the page uses it: with places in the text as JavaScript
// counts them, and each fact with the names that are shown and searched.
import { typesOf } from "./types.js";

// Maps a count of Unicode scalar values, which the server's spans are, to a place in a JavaScript
// string, which counts an emoji as two.
export function placesIn(text) {
  if (!/[\ud800-\udfff]/.test(text)) return (scalar) => scalar;
  const places = [];
  for (let at = 0; at < text.length; at += text.codePointAt(at) > 0xffff ? 2 : 1) places.push(at);
  places.push(text.length);
  return (scalar) => places[Math.min(scalar, places.length - 1)];
}

// `answer` is one document's object, `sent` the text that was asked about.
export function readingOf(answer, sent) {
  const text = answer.text ?? sent;
  const place = placesIn(text);
  const span = ([start, end]) => [place(start), place(end)];
  const types = typesOf(answer.entities);
  const entities = answer.entities.map(({ name, type, mentions }, index) => ({
    index, name, type, hue: types.get(type).hue, facts: 0,
    mentions: mentions.map((mention) => ({ text: mention.text, span: span(mention.span) })),
  }));
  const facts = answer.facts.map((fact, index) => factOf(fact, index, entities));
  for (const { head, tail } of facts) {
    head.facts += 1;
    if (tail !== head) tail.facts += 1;
  }
  return { text, answer, types, entities, facts, sentences: answer.sentences.map(span), relations: relationsOf(facts) };
}

function factOf({ head, relation, tail, score, evidence = [] }, index, entities) {
  const [from, to] = [entities[head.index], entities[tail.index]];
  const words = `${from.name}\n${relation.name}\n${relation.id}\n${to.name}`.toLowerCase();
  return { index, head: from, relation, tail: to, score, evidence, words };
}

// The relations that facts have, by id, most frequent first.
function relationsOf(facts) {
  const known = new Map();
  for (const { relation } of facts) {
    if (!known.has(relation.id)) known.set(relation.id, { ...relation, count: 0 });
    known.get(relation.id).count += 1;
  }
  return new Map([...known].sort((a, b) => b[1].count - a[1].count));
}
