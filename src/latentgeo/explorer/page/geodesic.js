// The shortest curve between two places: a path of the graph, then Newton's method on a spline's energy.

import { BAND, solveBand } from "./banded.js";
import { basis, pointsOf } from "./basis.js";
import { atShares, line, reached, sharedTime } from "./curve.js";
import { derivatives, energyOf, lengthsOf, room } from "./energy.js";

// intervals of a spline; twice as many under a smoothed or scaled metric, whose valleys are narrower
const INTERVALS = 48;
// rounds of Newton's method, each with the time shared out anew; Hessians of each
const ROUNDS = 2, MOST = 40;
// relative length that is still to be gained when it stops, and below which a curve has converged
const AIM = 1e-6, TOLERANCE = 1e-3;
// the least share of time, over the mean; by how much of its mean the stiffness is evened out
const LEAST = 1e-3, EVEN = +(globalThis.process?.env.EVEN ?? 1e-2);
// of the box: nearer to its border than this share of the width a curve leans on it
const TOUCHES = 1e-6;

/**
 * @param graph of the metric
 * @param tree of the graph, from one end
 * @param place the other end
 * @returns points along the curve from the tree's root to the place, its length, outcome ("converged", "bounded",
 *   "line", "stopped"), the relative length that is estimated to be left to gain, and Hessians taken
 */
export function geodesic(graph, tree, place) {
  const { metric } = graph;
  const functions = basis(INTERVALS * (metric.lambda || metric.factor ? 2 : 1));
  const straight = line(tree.root, place, functions.intervals * functions.even + 1);
  const direct = measured(metric, straight);
  if (direct.length === 0) return { ...direct, outcome: "converged", left: 0, steps: 0 };
  const path = Float64Array.from(graph.path(tree, place).flat());
  const before = reached(metric, path, 2);
  let points = path, way = before;
  if (!(before.length.at(-1) < direct.length)) [points, way] = [straight, reached(metric, straight)];
  let found = { left: Infinity, steps: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const start = atShares(points, sharedTime(way), functions.greville);
    const next = newton(metric, start, functions);
    points = pointsOf(next.control, functions);
    way = reached(metric, points);
    found = { left: next.left, steps: found.steps + next.steps };
  }
  const curve = { points, reached: way.length, length: way.length.at(-1) };
  if (!(curve.length <= direct.length)) return { ...found, ...direct, outcome: "line" };
  const converged = found.left < TOLERANCE;
  const outcome = !converged ? "stopped" : leans(metric.lattice, points) ? "bounded" : "converged";
  return { ...found, ...curve, outcome };
}

/** A chain with the length that is reached at each of its points. */
export function measured(metric, points) {
  const { length } = reached(metric, points);
  return { points, reached: length, length: length.at(-1) };
}

/** What each interval weighs: the inverse of its share of the length, evened out, so that time stays shared as it is. */
function weights(metric, control, functions) {
  const own = lengthsOf(metric, control, functions);
  const count = own.length;
  const at = (k) => own[Math.min(Math.max(k, 0), count - 1)];
  const even = own.map((_, k) => (at(k - 1) + 2 * at(k) + at(k + 1)) / 4);
  const mean = even.reduce((a, b) => a + b) / count || 1;
  return even.map((length) => 1 / Math.max(length / mean, LEAST));
}

/** Damped Newton's method for the energy of a spline between its ends. */
function newton(metric, start, functions) {
  const weight = weights(metric, start, functions);
  const at = room(functions.intervals);
  let control = start, damping = 0.1, left = Infinity, steps = 0;
  let energy = derivatives(metric, control, functions, weight, at);
  while (steps < MOST) {
    const tried = proposal(at, damping);
    steps++;
    if (tried) {
      left = tried.gain / (2 * energy);
      const next = control.slice();
      for (let i = 0; i < tried.move.length; i++) next[i + 2] += tried.move[i];
      const found = energyOf(metric, next, functions, weight);
      if (globalThis.LOG) console.log(steps, energy, found, left.toExponential(2), damping.toExponential(1));
      if (found < energy) {
        control = next;
        energy = derivatives(metric, control, functions, weight, at);
        damping = damping < 1e-6 ? 0 : damping / 8;
        if (left < AIM) break;
        continue;
      }
      if (left < AIM) break;
    }
    damping = Math.max(5 * damping, 5e-3);
  }
  return { control, left, steps };
}

/**
 * A step, and what the model says that it gains; null where the damped Hessian is not positive definite.
 * It is damped by the stiffness and, so that nothing leaps where the metric is flat, by some of that's mean.
 */
function proposal(at, damping) {
  const n = at.gradient.length;
  let even = 0;
  for (let i = 0; i < n; i++) even += at.stiff[BAND * i] / n;
  const hessian = at.hessian.map((value, i) => value + damping * (at.stiff[i] + (i % BAND ? 0 : EVEN * even)));
  const move = at.gradient.map((value) => -value);
  if (!solveBand(hessian, move)) return null;
  let slope = 0;
  for (let i = 0; i < n; i++) slope -= move[i] * at.gradient[i];
  return { move, gain: slope / 2 };
}

function leans({ low, high, wide }, points) {
  for (let i = 2; i < points.length - 2; i++) {
    const axis = i % 2;
    const near = TOUCHES * wide[axis];
    if (points[i] <= low[axis] + near || points[i] >= high[axis] - near) return true;
  }
  return false;
}
