// Types of entities: a name for people, and a colour (an angle of oklch). Types of other models get
// angles between those of the six that docre's own model knows.
const KNOWN = new Map([
  ["PER", { name: "Person", hue: 258 }], ["LOC", { name: "Place", hue: 155 }],
  ["ORG", { name: "Organisation", hue: 305 }], ["TIME", { name: "Time", hue: 75 }],
  ["NUM", { name: "Number", hue: 40 }], ["MISC", { name: "Other", hue: 355 }],
]);
const OTHERS = [200, 120, 325, 20, 98, 230, 280, 178];

// The types of `entities`, most frequent first: `{type, name, hue, count}` by type.
export function typesOf(entities) {
  const counts = new Map();
  for (const { type } of entities) counts.set(type, (counts.get(type) || 0) + 1);
  const others = [...counts.keys()].filter((type) => !KNOWN.has(type)).sort();
  const known = (type) => KNOWN.get(type) || { name: type || "No type", hue: OTHERS[others.indexOf(type) % OTHERS.length] };
  return new Map([...counts].sort((a, b) => b[1] - a[1]).map(([type, count]) => [type, { type, ...known(type), count }]));
}
