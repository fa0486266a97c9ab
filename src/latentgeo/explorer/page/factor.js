// The conformal factor: bumps around the data, or splines of its logarithm; with first and second derivatives.

import { numbers } from "./arrays.js";
import { Splines } from "./spline.js";

// of a bandwidth: farther away a bump is nothing
const REACH = 5;
const NONE = [];

/** 1 + (kappa - 1) u(x), u = x^3 (2 - x), x = max(0, 1 - sum of bumps): `latentgeo.RBFPrecision`. */
export class Bumps {
  constructor(part) {
    const centres = numbers(part.centres);
    this.weights = numbers(part.weights);
    this.bandwidth = part.bandwidth;
    this.kappa = part.kappa;
    this.centres = centres;
    this.wide = REACH * part.bandwidth;
    this.sort();
  }

  /** The bumps that reach into each square cell around the centres. */
  sort() {
    const { centres, weights, wide } = this;
    const count = weights.length;
    const cells = [0, 1].map((axis) => Array.from(weights, (_, i) => Math.floor(centres[2 * i + axis] / wide)));
    this.first = cells.map((all) => Math.min(...all) - 1);
    this.count = cells.map((all, axis) => Math.max(...all) + 2 - this.first[axis]);
    this.near = Array.from({ length: this.count[0] * this.count[1] }, () => []);
    for (let i = 0; i < count; i++) {
      if (!weights[i]) continue;
      for (let a = cells[0][i] - 1; a <= cells[0][i] + 1; a++) {
        for (let b = cells[1][i] - 1; b <= cells[1][i] + 1; b++) this.near[this.cell(a, b)].push(i);
      }
    }
  }

  cell(a, b) {
    return (a - this.first[0]) * this.count[1] + b - this.first[1];
  }

  /** Numbers of the bumps that reach a point. */
  around(x, y) {
    const a = Math.floor(x / this.wide),
      b = Math.floor(y / this.wide);
    const inside =
      a >= this.first[0] &&
      a < this.first[0] + this.count[0] &&
      b >= this.first[1] &&
      b < this.first[1] + this.count[1];
    return inside ? this.near[this.cell(a, b)] : NONE;
  }

  /** The factor's jet at a latent point, six numbers. */
  jet(x, y, out) {
    const h2 = this.bandwidth * this.bandwidth;
    let s = 0,
      sx = 0,
      sy = 0,
      sxx = 0,
      sxy = 0,
      syy = 0;
    for (const i of this.around(x, y)) {
      const dx = (x - this.centres[2 * i]) / h2,
        dy = (y - this.centres[2 * i + 1]) / h2;
      const w = this.weights[i] * Math.exp((-h2 * (dx * dx + dy * dy)) / 2);
      s += w;
      sx -= w * dx;
      sy -= w * dy;
      sxx += w * (dx * dx - 1 / h2);
      sxy += w * dx * dy;
      syy += w * (dy * dy - 1 / h2);
    }
    const lack = Math.max(0, 1 - s);
    const more = this.kappa - 1;
    const first = more * lack * lack * (6 - 4 * lack);
    const second = more * 12 * lack * (1 - lack);
    out[0] = 1 + more * lack ** 3 * (2 - lack);
    out[1] = -first * sx;
    out[2] = -first * sy;
    out[3] = second * sx * sx - first * sxx;
    out[4] = second * sx * sy - first * sxy;
    out[5] = second * sy * sy - first * syy;
  }
}

/** exp of splines over a lattice of the latent space. */
export class SplineFactor {
  constructor(part) {
    this.splines = new Splines(numbers(part.logarithm), part.logarithm.shape);
    this.corner = part.corner;
    this.step = part.step;
  }

  jet(x, y, out) {
    const [sx, sy] = this.step;
    this.splines.jet((x - this.corner[0]) / sx, (y - this.corner[1]) / sy, out);
    const f = Math.exp(out[0]);
    const px = out[1] / sx,
      py = out[2] / sy;
    out[0] = f;
    out[1] = f * px;
    out[2] = f * py;
    out[3] = f * (px * px + out[3] / (sx * sx));
    out[4] = f * (px * py + out[4] / (sx * sy));
    out[5] = f * (py * py + out[5] / (sy * sy));
  }
}

export function factorOf(part) {
  if (!part) return null;
  return part.kind === "bumps" ? new Bumps(part) : new SplineFactor(part);
}
