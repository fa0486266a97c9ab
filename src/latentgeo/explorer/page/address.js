// The view as the part of an address behind #, and back: a link restores it.

const digits = (value) => Number(value.toPrecision(6));

/** Of a state, what a link keeps. */
export function toAddress({ model, metric, strength, ends, time, lines, data, turn, tilt }) {
  const words = new URLSearchParams();
  words.set("model", model);
  words.set("metric", metric);
  if (strength !== null) words.set("strength", digits(strength));
  ends.forEach((end, k) => words.set("ab"[k], end.map(digits).join(",")));
  words.set("t", digits(time));
  words.set("lines", lines ? 1 : 0);
  words.set("data", data ? 1 : 0);
  words.set("view", `${turn},${tilt}`);
  return `#${words}`;
}

/** What an address says, each where it says something that can be. */
export function fromAddress(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const numbers = (name, count) => {
    const found = (words.get(name) ?? "").split(",").map((word) => (word.trim() ? Number(word) : NaN));
    return found.length === count && found.every(Number.isFinite) ? found : undefined;
  };
  const [turn, tilt] = numbers("view", 2) ?? [];
  const a = numbers("a", 2),
    b = numbers("b", 2);
  const flag = (name) => (words.has(name) ? words.get(name) === "1" : undefined);
  const said = {
    model: words.get("model") ?? undefined,
    metric: words.get("metric") ?? undefined,
    strength: numbers("strength", 1)?.[0],
    ends: a && b ? [a, b] : undefined,
    time: numbers("t", 1)?.[0],
    lines: flag("lines"),
    data: flag("data"),
    turn,
    tilt,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}
