// The latent space as a picture: the magnification factor and the data on a canvas, all else as SVG above it.

import { colourOf, mixed, scaleOf } from "./colours.js";
import { tag } from "./tag.js";

/** Room around the map for its ticks, in pixels. */
export const MARGIN = { left: 40, right: 8, top: 8, bottom: 30 };
// height over width of a map at most, and at least
const TALLEST = 1.35,
  FLATTEST = 0.55;

/** How latent points lie on a picture of some width: both ways, and the picture's size. */
export function frameOf([[x0, x1], [y0, y1]], width, most = Infinity) {
  const inner = width - MARGIN.left - MARGIN.right;
  const ratio = Math.min(Math.max((y1 - y0) / (x1 - x0), FLATTEST), TALLEST);
  const tall = Math.min(inner * ratio, most);
  const wide = Math.min(inner, tall / ratio);
  const left = MARGIN.left + (inner - wide) / 2;
  return {
    width,
    height: tall + MARGIN.top + MARGIN.bottom,
    area: { x: left, y: MARGIN.top, w: wide, h: tall },
    box: [
      [x0, x1],
      [y0, y1],
    ],
    place: ([x, y]) => [left + (wide * (x - x0)) / (x1 - x0), MARGIN.top + tall * (1 - (y - y0) / (y1 - y0))],
    latent: ([u, v]) => [x0 + ((u - left) / wide) * (x1 - x0), y0 + (1 - (v - MARGIN.top) / tall) * (y1 - y0)],
  };
}

/** The factor as a small picture, y upwards; and its scale. */
export function rasterOf({ values, size }, { low, high }) {
  const scale = scaleOf(values);
  const small = new OffscreenCanvas(size, size);
  const context = small.getContext("2d");
  const image = context.createImageData(size, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const colour = mixed(low, high, scale.share(values[i * size + j]));
      image.data.set([...colour, 255], 4 * ((size - 1 - j) * size + i));
    }
  }
  context.putImageData(image, 0, 0);
  return { small, scale };
}

/** Paint the map and, if wanted, the data. */
export function paintMap(context, frame, raster, data, colours) {
  const { x, y, w, h } = frame.area;
  context.clearRect(0, 0, frame.width, frame.height);
  if (raster) {
    context.imageSmoothingQuality = "high";
    context.drawImage(raster.small, x, y, w, h);
  }
  if (!data) return;
  const paint = colourOf(data.labels, colours);
  const count = data.points.length / 2;
  const radius = count > 1500 ? 1.7 : count > 300 ? 2.3 : 3;
  context.save();
  context.beginPath();
  context.rect(x, y, w, h);
  context.clip();
  for (let n = 0; n < count; n++) {
    const [right, below] = frame.place([data.points[2 * n], data.points[2 * n + 1]]);
    const { colour, square } = paint(data.values ? data.values[n] : 0);
    context.fillStyle = colour;
    context.beginPath();
    if (square) context.rect(right - radius, below - radius, 2 * radius, 2 * radius);
    else context.arc(right, below, radius, 0, 2 * Math.PI);
    context.globalAlpha = 0.85;
    context.fill();
  }
  context.restore();
}

/** What stands above the map, as SVG: ticks, equidistance lines, both paths and where one is on them. */
export function overlayOf(frame, { paths, lines, time, colours }) {
  const { x, y, w, h } = frame.area;
  const inside = tag("clipPath", { id: "inside" }, tag("rect", { x, y, width: w, height: h }));
  const drawn = [...(lines ?? []).map((line) => distanceLine(frame, line, colours))];
  if (paths) drawn.push(...way(frame, paths, "line", colours), ...way(frame, paths, "geodesic", colours));
  if (paths) drawn.push(place(frame, paths, "line", time, colours), place(frame, paths, "geodesic", time, colours));
  const clipped = tag("g", { "clip-path": "url(#inside)" }, drawn.join(""));
  return [inside, ...axes(frame, colours), clipped, ...levelWords(frame, lines, colours)].join("");
}

function distanceLine(frame, { level, lines }, { contour }) {
  const d = lines.map((points) => pathOf(frame, points)).join("");
  const look = { fill: "none", stroke: contour, "stroke-width": 0.9, "stroke-opacity": 0.75 };
  return tag("path", { d, ...look }, tag("title", {}, level));
}

/** A path, with a rim that parts it from what is below. */
function way(frame, paths, name, colours) {
  const d = pathOf(frame, paths[name].points);
  const dash = name === "line" ? "7 4" : "";
  const shape = { d, fill: "none", "stroke-linejoin": "round" };
  return [
    tag("path", { ...shape, stroke: colours.halo, "stroke-width": 5, "stroke-opacity": 0.8 }),
    tag("path", { ...shape, class: "way", stroke: colours[name], "stroke-width": 2.6, "stroke-dasharray": dash }),
  ];
}

function place(frame, paths, name, time, colours) {
  const [cx, cy] = frame.place(at(paths[name].points, time));
  return tag("circle", { cx, cy, r: 5.5, fill: colours[name], stroke: colours.halo, "stroke-width": 2 });
}

/** The point of a path after a share of its time. */
export function at(points, time) {
  const last = points.length / 2 - 1;
  const k = Math.min(Math.floor(time * last), last - 1);
  const share = time * last - k;
  return [0, 1].map((axis) => points[2 * k + axis] + share * (points[2 * k + 2 + axis] - points[2 * k + axis]));
}

function pathOf(frame, points) {
  let d = "";
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = frame.place([points[i], points[i + 1]]);
    d += `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
  }
  return d;
}

/** Each line's distance, where the line is highest within the map and not beside another's. */
function levelWords(frame, lines, { contour, halo }) {
  const taken = [];
  const found = [];
  for (const { level, lines: all } of lines ?? []) {
    const longest = all.reduce((a, b) => (b.length > a.length ? b : a), []);
    let best = null;
    for (let i = 0; i < longest.length; i += 2) {
      const [x, y] = frame.place([longest[i], longest[i + 1]]);
      const free = y > frame.area.y + 12 && taken.every(([u, v]) => Math.hypot((x - u) / 2, y - v) > 22);
      const inside = x > frame.area.x + 16 && x < frame.area.x + frame.area.w - 16;
      if (free && inside && (!best || y < best[1])) best = [x, y];
    }
    if (!best) continue;
    taken.push(best);
    const look = { "font-size": 10.5, fill: contour, stroke: halo, "stroke-width": 3, "paint-order": "stroke" };
    found.push(tag("text", { x: best[0], y: best[1] + 3.5, "text-anchor": "middle", ...look }, level));
  }
  return found;
}

function axes(frame, { soft, rule }) {
  const { x, y, w, h } = frame.area;
  const text = (u, v, anchor, words, more = {}) =>
    tag("text", { x: u, y: v, "text-anchor": anchor, "font-size": 11, fill: soft, ...more }, words);
  const mark = (x1, y1, x2, y2) => tag("line", { x1, y1, x2, y2, stroke: soft });
  const below = ticks(...frame.box[0]).map((value) => {
    const [u] = frame.place([value, frame.box[1][0]]);
    return mark(u, y + h, u, y + h + 4) + text(u, y + h + 15, "middle", written(value));
  });
  const left = ticks(...frame.box[1]).map((value) => {
    const [, v] = frame.place([frame.box[0][0], value]);
    return mark(x - 4, v, x, v) + text(x - 7, v + 4, "end", written(value));
  });
  const upright = { transform: `rotate(-90 ${x - 29} ${y})` };
  return [
    tag("rect", { x, y, width: w, height: h, fill: "none", stroke: rule }),
    ...below,
    ...left,
    text(x + w, y + h + 27, "end", "latent coordinate 1"),
    text(x - 29, y, "end", "latent coordinate 2", upright),
  ];
}

const written = (value) => String(value).replace("-", "−");

/** Four to eight round values of a range. */
export function ticks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) found.push(Number((k * step).toPrecision(6)));
  return found;
}
