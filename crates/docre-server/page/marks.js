// Puts intervals of a text into one another, as elements must be: one that crosses the end of another
// is cut there into pieces.

// `intervals` are `{start, end, ...}`; of two with the same places the first is outside. Gives a tree of
// `{start, end, interval, first, last, inside}`; `first` and `last` tell whether a piece begins and ends
// its interval.
export function nested(intervals, length) {
  const root = { start: 0, end: length, inside: [] };
  const open = [root];
  const waiting = intervals.filter(({ start, end }) => start < end)
    .map((interval, order) => ({ start: interval.start, end: interval.end, interval, first: true, order }))
    .sort(outerFirst);
  for (let at = 0; at < waiting.length; at += 1) {
    const piece = waiting[at];
    while (open.at(-1).end <= piece.start) open.pop();
    const { end } = open.at(-1);
    const last = piece.end <= end;
    if (!last) insert(waiting, at + 1, { ...piece, start: end, first: false });
    const placed = { start: piece.start, end: Math.min(piece.end, end), interval: piece.interval, first: piece.first, last, inside: [] };
    open.at(-1).inside.push(placed);
    open.push(placed);
  }
  return root.inside;
}

const outerFirst = (a, b) => a.start - b.start || b.end - a.end || a.order - b.order;

function insert(sorted, from, piece) {
  let at = from;
  while (at < sorted.length && outerFirst(sorted[at], piece) < 0) at += 1;
  sorted.splice(at, 0, piece);
}

// How many levels of marks a piece has inside, for lines under it that don't cover each other.
export function depth(piece) {
  return piece.inside.reduce((most, inner) => Math.max(most, 1 + depth(inner)), 0);
}
