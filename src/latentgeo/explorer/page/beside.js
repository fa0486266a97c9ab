// What is known of a model beside its picture: a table of the maker's, how exact the page is, and legends.

import { gradient } from "./colours.js";
import { number, percent } from "./words.js";

/** An element with a class, texts and other elements in it. */
export function element(name, className, ...content) {
  const found = document.createElement(name);
  if (className) found.className = className;
  found.append(...content);
  return found;
}

/** The maker's table; a word in brackets behind a verdict is another's. */
export function noteOf(note) {
  if (!note) return [];
  const head = element(
    "tr",
    "",
    ...note.head.map((words) => {
      const cell = element("th", "", words);
      cell.scope = "col";
      return cell;
    }),
  );
  const rows = note.rows.map((row) =>
    element(
      "tr",
      "",
      ...row.map((words, k) => {
        const verdict = note.head[k] === "verdict" ? words.split(" (")[0].replace(/ /g, "-") : "";
        const cell = element("td", verdict, words);
        cell.dataset.head = note.head[k];
        return cell;
      }),
    ),
  );
  const table = element("table", "claims", element("thead", "", head), element("tbody", "", ...rows));
  const wide = element("div", "wide", table);
  wide.tabIndex = 0;
  wide.setAttribute("role", "region");
  wide.setAttribute("aria-label", note.title);
  return [element("h2", "", note.title), wide];
}

/** How far what the page computes with is from the model. */
export function exactOf({ metric, decoder, data, about }) {
  const found = about ? [element("p", "", about)] : [];
  const [x, y] = metric.size;
  const words =
    `Lengths are measured under metrics that are interpolated between ${x} × ${y} nodes. Held against the model ` +
    "itself, in short steps at random places, they are wrong by less than this in 95 of 100:";
  found.push(element("p", "", words));
  const rows = metric.shown.map(({ name, lambda, error }) =>
    element(
      "tr",
      "",
      element("td", "", lambda ? `${name}, λ = ${number(lambda)}` : name),
      element("td", "", percent(error.data)),
      element("td", "", percent(error.anywhere)),
    ),
  );
  const head = ["metric", "at the data", "anywhere on the map"].map((words) => {
    const cell = element("th", "", words);
    cell.scope = "col";
    return cell;
  });
  found.push(element("table", "", element("thead", "", element("tr", "", ...head)), element("tbody", "", ...rows)));
  if (decoder) {
    const words = `${decodedBy(decoder)}: their error is ${percent(decoder.error)} of what varies among them.`;
    found.push(element("p", "", words));
  }
  const shown = data.points.shape[0];
  if (shown < data.of) found.push(element("p", "", `Of ${data.of} points of data ${shown} are shown, evenly spread.`));
  return found;
}

function decodedBy({ kind, size, scores }) {
  if (kind === "perceptron") return "Frames are decoded by the model's own weights, rounded to 16 bits";
  return `Frames are interpolated between ${size} × ${size} decoded ones, as sums of ${scores.shape[2]} principal frames`;
}

/** The map's scale, and what the data's colours mean. */
export function legendOf(labels, colours, paint, scale) {
  const found = [];
  if (scale) {
    const bar = element("i", "");
    bar.style.background = `linear-gradient(90deg, rgb(${colours.low.join(" ")}), rgb(${colours.high.join(" ")}))`;
    found.push(
      element(
        "span",
        "scale",
        `magnification factor ${number(scale.low)}`,
        bar,
        `${number(scale.high)}${scale.log ? " (log)" : ""}`,
      ),
    );
  }
  if (!labels) return found;
  if (labels.kind === "class") {
    const keys = labels.names.map((name, code) => {
      const { colour, square } = paint(code);
      const mark = element("i", square ? "square" : "");
      mark.style.background = colour;
      return element("span", "key", mark, name);
    });
    found.push(element("span", "keys", `${labels.name}:`, ...keys));
  } else {
    const bar = element("i", "");
    bar.style.background = gradient(labels);
    const [low, high] = labels.kind === "phase" ? [0, labels.period] : labels.range;
    found.push(element("span", "scale", `${labels.name} ${number(low)}`, bar, number(high)));
  }
  return found;
}
