// Draws the state: asks the worker for what it needs, and shows what it answers.

import { element, exactOf, legendOf, noteOf } from "./beside.js";
import { colourOf, palette } from "./colours.js";
import { painterOf, sized } from "./frames.js";
import { at, frameOf, overlayOf, paintMap, rasterOf } from "./map.js";
import { VelocityPlot } from "./plot.js";
import { lambdaOf, modelOf, state } from "./state.js";
import { paintStrip, paintWalker, timesOf, wayOf } from "./strips.js";
import { number, outcomeWords } from "./words.js";
import { Channel, ask } from "./worker_link.js";

const $ = (id) => document.getElementById(id);
const plot = new VelocityPlot($("velocity"));

/** What was answered last, and what is drawn with. */
export const shown = { frame: null, raster: null, paths: null, lines: null, frames: null, walkers: null };
const sent = new Set();
// after so many milliseconds a point rests, and its curve is sought thoroughly
const REST = 400;
let resting = 0;
let colours = palette();
let painter = null;

const strength = () => (state.strength === null ? undefined : lambdaOf(modelOf(state.model), state.strength));
const about = () => ({ metric: state.metric, lambda: strength() });
const current = (asked) => asked.model === state.model;

/** Say on the page that something went wrong, and what. */
function failed(error) {
  $("outcome").className = "warn";
  $("outcome").textContent = `This could not be computed: ${error.message}`;
  console.error(error);
}

const maps = new Channel(
  "map",
  (answer, asked) => {
    if (!current(asked)) return;
    shown.values = answer;
    drawRaster();
  },
  failed,
);
const paths = new Channel(
  "paths",
  (answer, asked) => {
    if (!current(asked)) return;
    shown.paths = { ...answer, gained: 0 };
    drawPaths();
    askFrames();
    clearTimeout(resting);
    resting = setTimeout(() => thorough.send({ ...asked, thorough: true }), REST);
  },
  failed,
);
const thorough = new Channel(
  "paths",
  (answer, asked) => {
    const now = about();
    const same = asked.ends === state.ends && asked.metric === now.metric && asked.lambda === now.lambda;
    const { geodesic, milliseconds } = shown.paths ?? {};
    if (!same || !current(asked) || !(answer.geodesic.length <= geodesic?.length)) return;
    const gained = 1 - answer.geodesic.length / (geodesic.length || 1);
    shown.paths = { ...answer, geodesic: { ...answer.geodesic, steps: geodesic.steps }, milliseconds, gained };
    drawPaths();
    askFrames();
  },
  failed,
);
const fields = new Channel(
  "field",
  (answer, asked) => {
    if (!current(asked) || !state.lines) return;
    shown.lines = answer;
    drawOverlay();
  },
  failed,
);
const strips = new Channel(
  "frames",
  (answer, asked) => {
    if (!current(asked) || !answer) return;
    const half = answer.length / 2;
    shown.frames = { line: answer.slice(0, half), geodesic: answer.slice(half) };
    drawStrips();
  },
  failed,
);
const walkers = new Channel(
  "frames",
  (answer, asked) => {
    if (!current(asked) || !answer) return;
    shown.walkers = { line: answer[0], geodesic: answer[1] };
    drawWalkers();
  },
  failed,
);

/** Begin with a model: the worker opens it, and all that is about it alone is drawn. */
export async function openModel() {
  const model = modelOf(state.model);
  Object.assign(shown, { raster: null, values: null, paths: null, lines: null, frames: null, walkers: null });
  painter = model.frames && painterOf(model.frames);
  $("walk").hidden = $("strips").hidden = !painter;
  $("turn-row").hidden = !painter?.turns;
  $("note").replaceChildren(...noteOf(model.note));
  $("exact").replaceChildren(...exactOf(model));
  layOut();
  const { metric, decoder } = model;
  try {
    await ask("open", { name: state.model, payload: sent.has(state.model) ? null : { metric, decoder } });
    sent.add(state.model);
  } catch (error) {
    failed(error);
  }
}

/** Ask anew for what depends on these parts of the state, and draw what is known. */
export function update(changed) {
  const has = (...keys) => keys.some((key) => changed.has(key));
  const model = state.model;
  if (has("model", "metric", "strength")) maps.send({ model, ...about() });
  if (has("model", "metric", "strength", "ends")) {
    paths.send({ model, ...about(), ends: state.ends, from: state.moving === 0 ? 1 : 0 });
  }
  if (state.lines && has("model", "metric", "strength", "ends", "lines")) askField();
  if (has("lines") && !state.lines) shown.lines = null;
  if (has("data")) drawMap();
  if (has("time")) {
    plot.mark(state.time);
    askWalkers();
  }
  if (has("turn", "tilt")) {
    drawWalkers();
    drawStrips();
  }
  drawOverlay();
}

let later = 0;
/** Ask for the equidistance lines, less often than a point moves. */
function askField() {
  clearTimeout(later);
  later = setTimeout(
    () => fields.send({ model: state.model, ...about(), around: state.ends[0] }),
    shown.lines ? 60 : 0,
  );
}

function askFrames() {
  if (!painter) return;
  const times = timesOf(modelOf(state.model).frames.kind);
  const points = ["line", "geodesic"].flatMap((name) => times.map((time) => at(shown.paths[name].points, time)));
  strips.send({ model: state.model, points });
  askWalkers();
}

function askWalkers() {
  if (!painter || !shown.paths) return;
  walkers.send({
    model: state.model,
    points: ["line", "geodesic"].map((name) => at(shown.paths[name].points, state.time)),
  });
}

/** Measure anew how large all is, and draw it so. */
export function layOut() {
  colours = palette();
  const model = modelOf(state.model);
  const width = $("stage").clientWidth;
  if (!width) return;
  const tallest = Math.max(320, window.innerHeight - (width > 600 ? 190 : 240));
  shown.frame = frameOf(model.box, width, tallest);
  $("stage").style.height = `${shown.frame.height}px`;
  drawRaster();
  drawPaths();
  drawStrips();
  drawWalkers();
  drawOverlay();
}

function drawRaster() {
  shown.raster = shown.values ? rasterOf(shown.values, colours) : null;
  const { labels } = modelOf(state.model);
  $("legend").replaceChildren(...legendOf(labels, colours, colourOf(labels, colours), shown.raster?.scale));
  drawMap();
}

function drawMap() {
  if (!shown.frame) return;
  const { context } = sized($("map"), shown.frame.height);
  paintMap(context, shown.frame, shown.raster, state.data ? modelOf(state.model).drawn : null, colours);
}

function drawOverlay() {
  if (!shown.frame) return;
  $("overlay").innerHTML = overlayOf(shown.frame, { ...shown, time: state.time, colours });
  state.ends.forEach((end, k) => {
    const [x, y] = shown.frame.place(end);
    const button = $(`end-${k}`);
    button.style.left = `${x}px`;
    button.style.top = `${y}px`;
    button.setAttribute("aria-label", `Point ${"AB"[k]} at ${end.map(number).join(", ")}; arrow keys move it`);
  });
}

function drawPaths() {
  if (!shown.paths) return;
  const { line, geodesic, milliseconds, gained } = shown.paths;
  const longest = Math.max(line.length, geodesic.length) || 1;
  for (const [name, path] of [
    ["line", line],
    ["geodesic", geodesic],
  ]) {
    $(`length-${name}`).value = number(path.length);
    $(`bar-${name}`).style.width = `${(100 * path.length) / longest}%`;
  }
  const ratio = element("b", "", `${number(line.length / geodesic.length)} times`);
  $("ratio").replaceChildren(...(geodesic.length > 0 ? ["The line is ", ratio, " as long as the geodesic."] : []));
  const { warns, words } = outcomeWords(geodesic, milliseconds, gained);
  $("outcome").className = warns ? "warn" : "";
  $("outcome").textContent = words;
  const which = state.velocityIn === "raw" ? "rawVelocity" : "velocity";
  const log = plot.show(shown.paths, which, state.time, colours);
  $("velocity-words").textContent =
    `Length per unit of t, the share of a path that is walked${log ? "; logarithmic" : ""}. ` +
    "The mean of a curve is its path's length under this metric.";
  drawOverlay();
  speak();
}

let speaking = 0;
/** Tell those who do not see the picture, once it rests. */
function speak() {
  clearTimeout(speaking);
  speaking = setTimeout(() => {
    const { line, geodesic } = shown.paths ?? {};
    if (line)
      $("spoken").textContent =
        `Straight line ${number(line.length)}, geodesic ${number(geodesic.length)}, ${geodesic.outcome}`;
  }, 600);
}

const look = (name, more = {}) => {
  const { ink, soft } = colours;
  return { ...more, colour: colours[name], ink, soft, view: { turn: state.turn, tilt: state.tilt } };
};

function drawStrips() {
  if (!painter || !shown.frames) return;
  for (const name of ["line", "geodesic"]) {
    paintStrip($(`strip-${name}`), painter, modelOf(state.model).frames, shown.frames[name], look(name));
  }
  drawWalkers();
}

function drawWalkers() {
  if (!painter || !shown.walkers) return;
  const part = modelOf(state.model).frames;
  for (const name of ["line", "geodesic"]) {
    const trace = shown.frames && wayOf(part, shown.frames[name]);
    paintWalker($(`walker-${name}`), painter, shown.walkers[name], look(name, { trace }));
  }
}
