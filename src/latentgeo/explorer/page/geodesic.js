// The shortest curve between two places: a path of the graph, then Newton's method on a spline's energy.

import { BAND, solveBand } from "./banded.js";
import { basis, pointsOf } from "./basis.js";
import { atShares, line, reached, sharedTime } from "./curve.js";
import { derivatives, energyOf, lengthsOf, room } from "./energy.js";

// intervals of a spline; twice as many under a smoothed or scaled metric, whose valleys are narrower
const INTERVALS = 48;
/**
 * While a point moves, and once it rests: how many times the intervals, the Hessians of each round, and how far apart
 * paths have to be somewhere, in units of the box, to be refined both.
 */
export const QUICK = { finer: 1, most: 40, apart: 0.05 },
  THOROUGH = { finer: 2, most: 120, apart: 0.01 };
// relative length that is still to be gained when each round of Newton's method stops, before which the time is shared
// out anew; and below which a curve has converged
const AIMS = [1e-4, 1e-5],
  TOLERANCE = 1e-3;
// the least share of time, over the mean; by how much of its mean the stiffness is evened out
const LEAST = 1e-3,
  EVEN = 1e-2;
// of the box: nearer to its border than this share of the width a curve leans on it
const TOUCHES = 1e-6;

/**
 * The shortest of the curves that lie near some paths.
 * @param ends two places
 * @param paths chains between them, the likeliest first
 * @param effort QUICK or THOROUGH
 * @returns points along the curve, what is reached at each, its length, outcome ("converged", "bounded", "line",
 *   "stopped"), the relative length that is estimated to be left to gain, and Hessians taken
 */
export function geodesic(metric, ends, paths, effort = QUICK) {
  const functions = basis(INTERVALS * effort.finer * (metric.lambda || metric.factor ? 2 : 1));
  const straight = line(...ends, functions.intervals * functions.even + 1);
  const direct = measured(metric, straight);
  if (direct.length === 0) return { ...direct, outcome: "converged", left: 0, steps: 0 };
  const [first, ...others] = paths;
  const starts = [shorter(metric, first, straight)];
  for (const path of others) if (starts.every((one) => apart(metric, one, path) > effort.apart)) starts.push(path);
  const found = starts.map((path) => refined(metric, path, functions, effort.most));
  const steps = found.reduce((sum, one) => sum + one.steps, 0);
  const curve = { ...found.reduce((a, b) => (b.length < a.length ? b : a)), steps };
  const converged = curve.left < TOLERANCE;
  if (!(curve.length < direct.length)) {
    // a line may be a geodesic, and then is as short as a curve up to rounding
    const same = converged && curve.length < (1 + TOLERANCE) * direct.length;
    return { ...curve, ...direct, outcome: same ? "converged" : "line" };
  }
  const outcome = !converged ? "stopped" : leans(metric.lattice, curve.points) ? "bounded" : "converged";
  return { ...curve, outcome };
}

/** The shorter of two chains. */
function shorter(metric, one, other) {
  return reached(metric, one, 2).length.at(-1) < reached(metric, other).length.at(-1) ? one : other;
}

/** The most that two chains are apart after the same share of their way, in units of the box. */
function apart(metric, one, other) {
  const [wx, wy] = metric.lattice.wide;
  const shares = Float64Array.from({ length: 33 }, (_, k) => k / 32);
  const [a, b] = [one, other].map((chain) => atShares(chain, reached(metric, chain).way, shares));
  let most = 0;
  for (let i = 0; i < a.length; i += 2)
    most = Math.max(most, Math.hypot((a[i] - b[i]) / wx, (a[i + 1] - b[i + 1]) / wy));
  return most;
}

/** A curve near a chain, of least energy. */
function refined(metric, chain, functions, most) {
  let points = chain,
    way = reached(metric, chain, 2),
    left = Infinity,
    steps = 0;
  for (const aim of AIMS) {
    const found = newton(metric, atShares(points, sharedTime(way), functions.greville), functions, aim, most);
    points = pointsOf(found.control, functions);
    way = reached(metric, points);
    left = found.left;
    steps += found.steps;
  }
  return { points, reached: way.length, length: way.length.at(-1), left, steps };
}

/** A chain with the length that is reached at each of its points. */
export function measured(metric, points) {
  const { length } = reached(metric, points);
  return { points, reached: length, length: length.at(-1) };
}

/** What each interval weighs: the inverse of its share of the length, evened out; time stays shared as it is. */
function weights(metric, control, functions) {
  const own = lengthsOf(metric, control, functions);
  const count = own.length;
  const at = (k) => own[Math.min(Math.max(k, 0), count - 1)];
  const even = own.map((_, k) => (at(k - 1) + 2 * at(k) + at(k + 1)) / 4);
  const mean = even.reduce((a, b) => a + b) / count || 1;
  return even.map((length) => 1 / Math.max(length / mean, LEAST));
}

/** Damped Newton's method for the energy of a spline between its ends. */
function newton(metric, start, functions, aim, most) {
  const weight = weights(metric, start, functions);
  const at = room(functions.intervals);
  let control = start,
    damping = 0.1,
    left = Infinity,
    steps = 0;
  let energy = derivatives(metric, control, functions, weight, at);
  while (steps < most) {
    const tried = proposal(at, damping);
    steps++;
    if (tried) {
      left = tried.gain / (2 * energy);
      const next = control.slice();
      for (let i = 0; i < tried.move.length; i++) next[i + 2] += tried.move[i];
      const found = energyOf(metric, next, functions, weight);
      if (found < energy) {
        control = next;
        energy = derivatives(metric, control, functions, weight, at);
        damping = damping < 1e-6 ? 0 : damping / 8;
        if (left < aim) break;
        continue;
      }
      if (left < aim) break;
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
