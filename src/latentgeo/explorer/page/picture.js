// The latent space as it is drawn, as one SVG or PNG file.

import { tag } from "./tag.js";
import { number } from "./words.js";

const XMLNS = "http://www.w3.org/2000/svg";
const BELOW = 46;

/**
 * One SVG of the map (a picture within it), what stands above it, the end points and a line of words.
 * @param map canvas of the map and the data
 */
export function svgOf({ frame, map, overlay, ends, paths, metric, title, colours }) {
  const { width, height, area } = frame;
  const full = height + BELOW;
  const content = [
    tag("rect", { width, height: full, fill: colours.paper }),
    tag("image", { href: map.toDataURL("image/png"), width, height }),
    overlay,
    ...ends.map((end, k) => endMark(frame.place(end), "AB"[k], colours)),
    words(area.x, height + 12, escaped(`${title}, ${metric} metric`), colours.ink, { "font-weight": 600 }),
    key(area.x, height + 32, `straight line ${number(paths.line.length)}`, "7 4", colours.line, colours.ink),
    key(area.x + 190, height + 32, `geodesic ${number(paths.geodesic.length)}`, "", colours.geodesic, colours.ink),
  ];
  const size = { width, height: full, viewBox: `0 0 ${width} ${full}`, "font-family": "system-ui, sans-serif" };
  return tag("svg", { xmlns: XMLNS, ...size }, content.join("\n"));
}

function endMark([cx, cy], letter, { paper, ink }) {
  const circle = tag("circle", { cx, cy, r: 11, fill: paper, stroke: ink, "stroke-width": 2 });
  return circle + words(cx, cy + 4.5, letter, ink, { "text-anchor": "middle", "font-weight": 700 });
}

const words = (x, y, text, fill, more = {}) => tag("text", { x, y, "font-size": 12.5, fill, ...more }, text);

function key(x, y, text, dash, stroke, ink) {
  const line = { x1: x, x2: x + 24, y1: y - 4, y2: y - 4, stroke, "stroke-width": 2.6, "stroke-dasharray": dash };
  return tag("line", line) + words(x + 31, y, text, ink);
}

const escaped = (text) =>
  text.replace(/[&<>"]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[letter]);

/** Hand a file over to the reader. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** The PNG of an SVG, twice as dense as it is shown. */
export async function pngOf(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * image.width;
  canvas.height = 2 * image.height;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
