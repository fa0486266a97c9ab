// The metrics of a model, from splines of the raw one: smoothed in closed form, times a factor, behind a soft wall.
//
// Places are counted in steps of the lattice from its first node, and metrics are of these units: lengths are the same.

import { numbers } from "./arrays.js";
import { factorOf } from "./factor.js";
import { smooth, smoothJet, times } from "./smoothing.js";
import { Splines } from "./spline.js";

// as `latentgeo` has it: 1 + 2000 d^2, d being the distance to the box in units of its width
const STEEPNESS = 2000;

/** The lattice of a payload: the raw metric, and what is latent and what is its own place. */
export class Lattice {
  constructor(part) {
    const factors = numbers(part.cholesky);
    const values = new Float64Array(factors.length);
    for (let i = 0; i < factors.length; i += 3) {
      values[i] = factors[i] * factors[i];
      values[i + 1] = factors[i] * factors[i + 1];
      values[i + 2] = factors[i + 1] * factors[i + 1] + factors[i + 2] * factors[i + 2];
    }
    this.splines = new Splines(values, part.cholesky.shape);
    this.corner = part.corner;
    this.step = part.step;
    this.low = part.beyond;
    this.high = [0, 1].map((axis) => part.beyond[axis] + part.size[axis] - 1);
    this.wide = [0, 1].map((axis) => this.high[axis] - this.low[axis]);
  }

  toPlace([x, y]) {
    return [(x - this.corner[0]) / this.step[0], (y - this.corner[1]) / this.step[1]];
  }

  toLatent([u, v]) {
    return [this.corner[0] + u * this.step[0], this.corner[1] + v * this.step[1]];
  }

  /** The place within the box that is nearest. */
  inside([u, v]) {
    return [Math.min(Math.max(u, this.low[0]), this.high[0]), Math.min(Math.max(v, this.low[1]), this.high[1])];
  }
}

const FACTOR = new Float64Array(6);

/** factor times the smoothed metric of a lattice. */
export class Metric {
  /**
   * @param lattice of the raw metric
   * @param lambda strength of the smoothing, of latent units; 0 for none
   * @param factor see factor.js; null for 1
   */
  constructor(lattice, lambda = 0, factor = null) {
    Object.assign(this, { lattice, lambda, factor });
  }

  /** The three entries at a place, without the wall. */
  value(u, v, out) {
    const { lattice, factor } = this;
    const [sx, sy] = lattice.step;
    const { splines } = lattice;
    splines.value(Math.min(Math.max(u, 0), splines.cells[0]), Math.min(Math.max(v, 0), splines.cells[1]), out);
    if (this.lambda) {
      out[0] /= sx * sx;
      out[1] /= sx * sy;
      out[2] /= sy * sy;
      smooth(out, this.lambda);
      out[0] *= sx * sx;
      out[1] *= sx * sy;
      out[2] *= sy * sy;
    }
    if (factor) {
      factor.jet(lattice.corner[0] + u * sx, lattice.corner[1] + v * sy, FACTOR);
      for (let e = 0; e < 3; e++) out[e] *= FACTOR[0];
    }
  }

  /** The same with the wall. */
  walled(u, v, out) {
    this.value(u, v, out);
    if (this.wall(u, v, FACTOR)) for (let e = 0; e < 3; e++) out[e] *= FACTOR[0];
  }

  /** The jets of the three entries at a place, 18 numbers, with the wall. */
  jet(u, v, out) {
    const { lattice, factor } = this;
    const [sx, sy] = lattice.step;
    const { splines } = lattice;
    const a = Math.min(Math.max(u, 0), splines.cells[0]),
      b = Math.min(Math.max(v, 0), splines.cells[1]);
    splines.jet(a, b, out);
    if (a !== u) drop(out, 1, 3, 4);
    if (b !== v) drop(out, 2, 5, 4);
    if (this.lambda) {
      scaled(out, 1 / sx, 1 / sy);
      smoothJet(out, this.lambda);
      scaled(out, sx, sy);
    }
    if (factor) {
      factor.jet(lattice.corner[0] + u * sx, lattice.corner[1] + v * sy, FACTOR);
      FACTOR[1] *= sx;
      FACTOR[2] *= sy;
      FACTOR[3] *= sx * sx;
      FACTOR[4] *= sx * sy;
      FACTOR[5] *= sy * sy;
      by(out, FACTOR);
    }
    if (this.wall(u, v, FACTOR)) by(out, FACTOR);
  }

  /** The jet of the wall's factor; false inside the box, where it is 1. */
  wall(u, v, out) {
    const { low, high, wide } = this.lattice;
    const x = (u - Math.min(Math.max(u, low[0]), high[0])) / wide[0];
    const y = (v - Math.min(Math.max(v, low[1]), high[1])) / wide[1];
    if (x === 0 && y === 0) return false;
    out[0] = 1 + STEEPNESS * (x * x + y * y);
    out[1] = (2 * STEEPNESS * x) / wide[0];
    out[2] = (2 * STEEPNESS * y) / wide[1];
    out[3] = x && (2 * STEEPNESS) / wide[0] ** 2;
    out[4] = 0;
    out[5] = y && (2 * STEEPNESS) / wide[1] ** 2;
    return true;
  }
}

/** A model's metrics by name, and what a strength of the smoothing makes of one. */
export function metricsOf(part) {
  const lattice = new Lattice(part);
  const parts = new Map(part.shown.map((one) => [one.name, { lambda: one.lambda, factor: factorOf(one.factor) }]));
  const build = (name, lambda) => {
    const one = parts.get(name);
    return new Metric(lattice, lambda ?? one.lambda, one.factor);
  };
  return { lattice, build };
}

function drop(jet, ...orders) {
  for (let e = 0; e < 18; e += 6) for (const order of orders) jet[e + order] = 0;
}

function scaled(jet, x, y) {
  for (let i = 0; i < 6; i++) {
    jet[i] *= x * x;
    jet[6 + i] *= x * y;
    jet[12 + i] *= y * y;
  }
}

const ENTRY = new Float64Array(6);

function by(jet, factor) {
  for (let e = 0; e < 18; e += 6) {
    for (let i = 0; i < 6; i++) ENTRY[i] = jet[e + i];
    times(ENTRY, factor, ENTRY);
    for (let i = 0; i < 6; i++) jet[e + i] = ENTRY[i];
  }
}
