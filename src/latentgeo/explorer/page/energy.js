// The energy of a spline curve, the integral of its squared speed times a weight of every interval; its derivatives.

import { BAND } from "./banded.js";
import { SHARE } from "./basis.js";

const JET = new Float64Array(18);
const G = new Float64Array(3);
const ORDER = SHARE.length;

/** Room for the derivatives by the inner control points. */
export function room(intervals) {
  const n = 2 * (intervals + 1);
  return { gradient: new Float64Array(n), hessian: new Float64Array(BAND * n), stiff: new Float64Array(BAND * n) };
}

/** Call visit(row of the basis, interval, weight, z, v) at every node of the quadrature. */
function along(control, { gauss, intervals }, weight, visit) {
  for (let n = 0; n < intervals * ORDER; n++) {
    const i = Math.floor(n / ORDER);
    let z0 = 0,
      z1 = 0,
      v0 = 0,
      v1 = 0;
    for (let k = 0; k < 4; k++) {
      const x = control[2 * (i + k)],
        y = control[2 * (i + k) + 1];
      const w = gauss[8 * n + k],
        d = gauss[8 * n + 4 + k];
      z0 += w * x;
      z1 += w * y;
      v0 += d * x;
      v1 += d * y;
    }
    visit(8 * n, i, (weight[i] * SHARE[n % ORDER]) / intervals, z0, z1, v0, v1);
  }
}

/** The energy alone. */
export function energyOf(metric, control, basis, weight) {
  let total = 0;
  along(control, basis, weight, (row, i, w, z0, z1, v0, v1) => {
    metric.walled(z0, z1, G);
    total += w * (G[0] * v0 * v0 + 2 * G[1] * v0 * v1 + G[2] * v1 * v1);
  });
  return total;
}

/** Length of every interval. */
export function lengthsOf(metric, control, basis) {
  const found = new Float64Array(basis.intervals);
  const one = new Float64Array(basis.intervals).fill(1);
  along(control, basis, one, (row, i, w, z0, z1, v0, v1) => {
    metric.value(z0, z1, G);
    found[i] += w * Math.sqrt(Math.max(0, G[0] * v0 * v0 + 2 * G[1] * v0 * v1 + G[2] * v1 * v1));
  });
  return found;
}

/**
 * The energy, and in `into` (see `room`) its gradient, its Hessian as a band, and that of a metric which does not
 * change from place to place.
 */
export function derivatives(metric, control, basis, weight, into) {
  const { gauss } = basis;
  const last = control.length / 2 - 1;
  for (const part of Object.values(into)) part.fill(0);
  let total = 0;
  along(control, basis, weight, (row, i, w, z0, z1, x, y) => {
    metric.jet(z0, z1, JET);
    const quadratic = (o) => w * (JET[o] * x * x + 2 * JET[6 + o] * x * y + JET[12 + o] * y * y);
    total += quadratic(0);
    const slope0 = quadratic(1),
      slope1 = quadratic(2);
    const bend00 = quadratic(3),
      bend01 = quadratic(4),
      bend11 = quadratic(5);
    const first = (o) => 2 * w * (JET[o] * x + JET[6 + o] * y),
      second = (o) => 2 * w * (JET[6 + o] * x + JET[12 + o] * y);
    const pull0 = first(0),
      pull1 = second(0);
    // by the place along the first axis, by the velocity along the second
    const m00 = first(1),
      m01 = second(1),
      m10 = first(2),
      m11 = second(2);
    const a = 2 * w * JET[0],
      b = 2 * w * JET[6],
      c = 2 * w * JET[12];
    for (let k = 0; k < 4; k++) {
      const p = i + k - 1;
      if (p < 0 || p > last - 2) continue;
      const B = gauss[row + k],
        D = gauss[row + 4 + k];
      into.gradient[2 * p] += B * slope0 + D * pull0;
      into.gradient[2 * p + 1] += B * slope1 + D * pull1;
      for (let l = k; l < 4; l++) {
        if (i + l - 1 > last - 2) continue;
        const E = gauss[row + l],
          F = gauss[row + 4 + l];
        const BE = B * E,
          BF = B * F,
          DE = D * E,
          DF = D * F;
        const at = BAND * 2 * p + 2 * (l - k);
        into.hessian[at] += BE * bend00 + (BF + DE) * m00 + DF * a;
        into.hessian[at + 1] += BE * bend01 + BF * m01 + DE * m10 + DF * b;
        into.hessian[at + BAND] += BE * bend11 + (BF + DE) * m11 + DF * c;
        into.stiff[at] += DF * a;
        into.stiff[at + 1] += DF * b;
        into.stiff[at + BAND] += DF * c;
        if (l > k) {
          into.hessian[at + BAND - 1] += BE * bend01 + BF * m10 + DE * m01 + DF * b;
          into.stiff[at + BAND - 1] += DF * b;
        }
      }
    }
  });
  return total;
}
