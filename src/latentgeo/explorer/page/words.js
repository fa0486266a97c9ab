// Numbers and outcomes in words.

/** Three digits, with a power of ten where it is far from one. */
export function number(value) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) {
    const [digits, power] = value.toExponential(2).split("e");
    return `${digits} × 10${superscript(Number(power))}`;
  }
  if (size >= 100) return value.toFixed(size >= 1000 ? 0 : 1);
  return Number(value.toPrecision(3)).toString().length > 6 ? value.toPrecision(3) : fixed(value);
}

function fixed(value) {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 5));
}

function superscript(power) {
  return String(power).replace(/./g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit] ?? "⁻");
}

/** A share as a percentage of two digits. */
export function percent(share) {
  return `${Number((100 * share).toPrecision(2))} %`;
}

// of a length: what is worth a word
const WORTH = 1e-3;

/**
 * How a geodesic ended; `warns` where a reader has to know.
 * @param gained what a longer search made it shorter by, relatively
 */
export function outcomeWords(geodesic, milliseconds, gained = 0) {
  const { warns, words } = ended(geodesic, milliseconds);
  return {
    warns,
    words: gained > WORTH ? `${words} At rest, a longer search made it ${percent(gained)} shorter.` : words,
  };
}

function ended({ outcome, left, steps }, milliseconds) {
  const time = `(${Math.round(milliseconds)} ms, ${steps} Newton step${steps === 1 ? "" : "s"}).`;
  if (outcome === "stopped") {
    return { warns: true, words: `Not converged: by estimate ${percent(left)} are left to gain ${time}` };
  }
  if (outcome === "line") return { warns: true, words: `No curve was found that is shorter than the line ${time}` };
  if (outcome === "bounded") return { warns: false, words: `It leans on the border: shortest within the map ${time}` };
  return { warns: false, words: `Converged ${time}` };
}
