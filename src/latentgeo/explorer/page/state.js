// What is shown: the models of this page, the state of the view, and who is told when it changes.

import { numbers } from "./arrays.js";
import { fromAddress } from "./address.js";
import { BEGIN } from "./space.js";

const scripts = [...document.querySelectorAll("script.payload")];
const opened = new Map();

/** Names of all models. */
export const names = scripts.map((script) => script.dataset.name);

/** A model's payload, read when it is first asked for, with its data as numbers. */
export function modelOf(name) {
  if (!opened.has(name)) {
    const payload = JSON.parse(scripts[names.indexOf(name)].text);
    const { labels } = payload;
    const points = numbers(payload.data.points);
    opened.set(name, { ...payload, drawn: { points, labels, values: labels && numbers(labels.values) } });
  }
  return opened.get(name);
}

/** A strength in words of the model's own scale: lambda. */
export const lambdaOf = (model, strength) => (strength <= WEAKEST ? 0 : model.scale * 10 ** strength);

/** Below, nothing is smoothed. */
export const WEAKEST = -3.05;

/** The metric's own strength; null where it is not smoothed. */
export function strengthOf(model, metric) {
  const { lambda } = model.metric.shown.find(({ name }) => name === metric);
  return lambda ? Math.log10(lambda / model.scale) : null;
}

/** The view that a model begins with. */
function beginning(name) {
  const model = modelOf(name);
  const metric = model.metric.begin;
  return { model: name, metric, strength: strengthOf(model, metric), ends: model.start, time: 0.5, ...BEGIN };
}

/** The view that an address asks for, as far as there is what it asks for. */
function asked() {
  const said = fromAddress(location.hash);
  const name = names.includes(said.model) ? said.model : names[0];
  const model = modelOf(name);
  const found = { ...beginning(name), lines: false, data: true, ...said, model: name };
  if (!model.metric.shown.some((one) => one.name === found.metric)) found.metric = beginning(name).metric;
  const own = strengthOf(model, found.metric);
  found.strength = own === null ? null : (said.strength ?? own);
  found.ends = found.ends.map((end) => within(model, end));
  found.time = Math.min(Math.max(found.time, 0), 1);
  return found;
}

/** A point within the model's box. */
export function within({ box }, end) {
  return end.map((value, axis) => Math.min(Math.max(value, box[axis][0]), box[axis][1]));
}

export const state = asked();
const told = [];

/** Call with the names of what has changed, whenever something has. */
export function whenChanged(then) {
  told.push(then);
}

/** Change the view. */
export function change(to) {
  const changed = Object.keys(to).filter((key) => to[key] !== state[key]);
  if (!changed.length) return;
  Object.assign(state, to);
  for (const then of told) then(new Set(changed));
}

/** Show another model as it begins, or its metric with its own strength. */
export const showModel = (name) => change(beginning(name));
export const showMetric = (metric) => change({ metric, strength: strengthOf(modelOf(state.model), metric) });
/** Show what the address asks for. */
export const showAddress = () => change(asked());
