// Colours: those of the theme, read from the style sheet, and the scales of maps and data.

/** The theme's colours by name. */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  const names = ["ink", "soft", "rule", "paper", "panel", "line", "geodesic", "contour", "halo"];
  const found = Object.fromEntries(names.map((name) => [name, of(name)]));
  return { ...found, low: rgb(of("map-low")), high: rgb(of("map-high")), classes: of("classes").split(/\s+/) };
}

function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/** A colour between two, as numbers. */
export function mixed(low, high, share) {
  return low.map((value, k) => Math.round(value + share * (high[k] - value)));
}

// Both are read by colour-blind people: the one grows lighter all the way (viridis), the other is a ring of warm and
// cold colours, dark on one side and light on the other.
const VALUES = ["#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#e3d32b"];
const PHASES = ["#f2d14b", "#e8893c", "#b5413f", "#5d2a68", "#2c3f8f", "#2f84b8", "#7cc3b6", "#f2d14b"];

function along(stops, share) {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const k = Math.min(Math.floor(at), stops.length - 2);
  return `rgb(${mixed(rgb(stops[k]), rgb(stops[k + 1]), at - k).join(" ")})`;
}

/** A CSS gradient of the same colours. */
export function gradient(labels) {
  return `linear-gradient(90deg, ${(labels.kind === "phase" ? PHASES : VALUES).join(", ")})`;
}

/** The colour of each label, and for classes beyond the tenth another shape. */
export function colourOf(labels, { classes, soft }) {
  if (!labels) return () => ({ colour: soft });
  if (labels.kind === "class") {
    return (code) => ({ colour: classes[code % classes.length], square: code >= classes.length });
  }
  if (labels.kind === "phase") return (value) => ({ colour: along(PHASES, value / labels.period) });
  const [low, high] = labels.range;
  return (value) => ({ colour: along(VALUES, (value - low) / (high - low || 1)) });
}

/** How values of a map become shares between 0 and 1: by their logarithm where they span more than a factor of 30. */
export function scaleOf(values) {
  const known = values.filter((value) => value > 0 && Number.isFinite(value)).sort();
  if (!known.length) return { low: 0, high: 1, log: false, share: () => 0 };
  const low = known[Math.floor(0.01 * (known.length - 1))],
    high = known[Math.floor(0.995 * (known.length - 1))];
  const log = high > 30 * low;
  const [a, b] = log ? [Math.log(low), Math.log(high)] : [low, high];
  const share = (value) =>
    Math.min(Math.max(((log ? Math.log(Math.max(value, 1e-300)) : value) - a) / (b - a || 1), 0), 1);
  return { low, high, log, share };
}
