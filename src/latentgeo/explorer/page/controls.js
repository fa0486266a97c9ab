// What a reader can do: buttons, sliders, dragging, keys; each changes the state and nothing else.

import { toAddress } from "./address.js";
import { element } from "./beside.js";
import { palette } from "./colours.js";
import { overlayOf } from "./map.js";
import { pngOf, save, svgOf } from "./picture.js";
import {
  WEAKEST,
  change,
  lambdaOf,
  modelOf,
  names,
  showAddress,
  showMetric,
  showModel,
  state,
  strengthOf,
  within,
} from "./state.js";
import { layOut, shown } from "./view.js";
import { number } from "./words.js";

const $ = (id) => document.getElementById(id);
// of the map's width: what an arrow key moves a point by, without and with Shift
const NEAR = 1 / 200,
  FAR = 1 / 20;
const SECONDS = 4;

/** Buttons of which one is chosen. */
function choice(id, words, chosen, choose) {
  const buttons = words.map(([value, label]) => {
    const button = element("button", "", label);
    button.type = "button";
    button.setAttribute("aria-pressed", String(value === chosen));
    button.addEventListener("click", () => choose(value));
    return button;
  });
  // a choice that is only marked anew keeps its buttons, and with them the focus
  const before = [...$(id).children];
  if (before.length === buttons.length && before.every((one, k) => one.textContent === words[k][1])) {
    before.forEach((one, k) => one.setAttribute("aria-pressed", String(words[k][0] === chosen)));
  } else {
    $(id).replaceChildren(...buttons);
  }
}

/** Show the state in all controls. */
export function showControls() {
  const model = modelOf(state.model);
  choice("models", names.length > 1 ? names.map((name) => [name, name]) : [], state.model, showModel);
  choice(
    "metrics",
    model.metric.shown.map(({ name }) => [name, name]),
    state.metric,
    showMetric,
  );
  choice(
    "velocity-in",
    [
      ["own", state.metric],
      ["raw", "raw"],
    ].slice(0, state.metric === "raw" ? 1 : 2),
    state.velocityIn ?? "own",
    (velocityIn) => change({ velocityIn }),
  );
  $("strength-row").hidden = strengthOf(model, state.metric) === null;
  if (state.strength !== null) {
    $("strength").value = state.strength;
    const none = state.strength <= WEAKEST;
    const words = none
      ? "none: the raw metric"
      : `λ = ${number(lambdaOf(model, state.strength))}, ${number(10 ** state.strength)} × the data's scale`;
    $("strength-words").value = words;
    $("strength").setAttribute("aria-valuetext", words);
  }
  $("show-data").checked = state.data;
  $("show-lines").checked = state.lines;
  $("time").value = state.time;
  $("time-words").value = `t = ${state.time.toFixed(2)}`;
  $("turn").value = state.turn;
  $("tilt").value = state.tilt;
}

/** Make all controls work. */
export function listen() {
  const slider = (id, key) => $(id).addEventListener("input", () => change({ [key]: Number($(id).value) }));
  for (const id of ["strength", "time", "turn", "tilt"]) slider(id, id);
  $("show-data").addEventListener("change", () => change({ data: $("show-data").checked }));
  $("show-lines").addEventListener("change", () => change({ lines: $("show-lines").checked }));
  for (const k of [0, 1]) listenToEnd($(`end-${k}`), k);
  $("stage").addEventListener("click", moveNearest);
  $("play").addEventListener("click", play);
  $("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme !== "dark"));
  $("copy-link").addEventListener("click", copyLink);
  $("save-svg").addEventListener("click", () =>
    save(new Blob([svg()], { type: "image/svg+xml" }), `${state.model}.svg`),
  );
  $("save-png").addEventListener("click", async () => save(await pngOf(svg()), `${state.model}.png`));
  for (const name of ["line", "geodesic"]) turnByHand($(`walker-${name}`));
  window.addEventListener("hashchange", () => location.hash !== written && showAddress());
  new ResizeObserver(layOut).observe($("stage"));
}

/** Move an end by a share of the box. */
function nudge(k, x, y) {
  const { box } = modelOf(state.model);
  const [wx, wy] = box.map(([low, high]) => high - low);
  moveTo(k, [state.ends[k][0] + x * wx, state.ends[k][1] + y * wy]);
}

function moveTo(k, end) {
  const ends = [...state.ends];
  ends[k] = within(modelOf(state.model), end);
  change({ ends, moving: k });
}

function listenToEnd(button, k) {
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId);
    event.preventDefault();
    button.focus({ preventScroll: true });
  });
  button.addEventListener("pointermove", (event) => {
    if (!button.hasPointerCapture(event.pointerId)) return;
    moveTo(k, placeOf(event));
  });
  button.addEventListener("click", (event) => event.stopPropagation());
  button.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? FAR : NEAR;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way) return;
    event.preventDefault();
    nudge(k, way[0] * step, way[1] * step);
  });
}

function placeOf(event) {
  const { left, top } = $("stage").getBoundingClientRect();
  return shown.frame.latent([event.clientX - left, event.clientY - top]);
}

/** A tap on the map moves the end that is nearer to it. */
function moveNearest(event) {
  const { left, top } = $("stage").getBoundingClientRect();
  const [x, y] = [event.clientX - left, event.clientY - top];
  const { area } = shown.frame;
  if (x < area.x || x > area.x + area.w || y < area.y || y > area.y + area.h) return;
  const far = state.ends.map((end) => Math.hypot(shown.frame.place(end)[0] - x, shown.frame.place(end)[1] - y));
  moveTo(far[0] <= far[1] ? 0 : 1, shown.frame.latent([x, y]));
}

let playing = 0;
/** Walk along both paths, from where they are or anew, until the end or the next press. */
function play() {
  const button = $("play");
  if (playing) {
    cancelAnimationFrame(playing);
    playing = 0;
    button.textContent = "▶";
    return;
  }
  let before = performance.now();
  if (state.time >= 1) change({ time: 0 });
  button.textContent = "❚❚";
  const step = (now) => {
    change({ time: Math.min(1, state.time + (now - before) / (1000 * SECONDS)) });
    before = now;
    playing = state.time < 1 ? requestAnimationFrame(step) : 0;
    if (!playing) button.textContent = "▶";
  };
  playing = requestAnimationFrame(step);
}

/** Turn what is seen in space by dragging it. */
function turnByHand(canvas) {
  canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId) || $("turn-row").hidden) return;
    const turn = ((state.turn + event.movementX * 0.6 + 540) % 360) - 180;
    change({
      turn: Math.round(turn),
      tilt: Math.round(Math.min(Math.max(state.tilt + event.movementY * 0.6, -90), 90)),
    });
  });
}

/** Say which theme there is, and which the button gives. */
export function markTheme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  $("theme").textContent = dark ? "Light" : "Dark";
}

export function theme(dark) {
  markTheme(dark);
  layOut();
}

async function copyLink() {
  written = toAddress(state);
  history.replaceState(null, "", written);
  const button = $("copy-link");
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = "Copied";
  } catch {
    // a browser may keep the clipboard to itself; the address bar has the link
    button.textContent = "In the address bar";
  }
  setTimeout(() => (button.textContent = "Copy link"), 1600);
}

let written = "";
let writing = 0;
/** Keep the address up with the view, once that rests. */
export function writeAddress() {
  clearTimeout(writing);
  writing = setTimeout(() => {
    written = toAddress(state);
    history.replaceState(null, "", written);
  }, 250);
}

function svg() {
  const colours = palette();
  return svgOf({
    frame: shown.frame,
    map: $("map"),
    overlay: overlayOf(shown.frame, { ...shown, time: state.time, colours }),
    ends: state.ends,
    paths: shown.paths,
    metric: state.metric,
    title: names.length > 1 ? state.model : document.title,
    colours,
  });
}
