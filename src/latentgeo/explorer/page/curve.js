// Chains of places: shared out anew along their way, and measured.

import { step } from "./graph.js";

/**
 * What is reached at each of a chain's nodes: Riemannian length, and way in units of the box.
 * @param chain places in one row, [u0, v0, u1, v1, ...]
 */
export function reached(metric, chain, parts = 1) {
  const count = chain.length / 2;
  const [wx, wy] = metric.lattice.wide;
  const length = new Float64Array(count),
    way = new Float64Array(count);
  for (let k = 1; k < count; k++) {
    const u0 = chain[2 * k - 2],
      v0 = chain[2 * k - 1],
      u1 = chain[2 * k],
      v1 = chain[2 * k + 1];
    length[k] = length[k - 1] + step(metric, [u0, v0], [u1, v1], parts);
    way[k] = way[k - 1] + Math.hypot((u1 - u0) / wx, (v1 - v0) / wy);
  }
  return { length, way };
}

/** Times from 0 to 1 at the nodes: half by Riemannian length and half by way, so that no valley is leapt over. */
export function sharedTime({ length, way }) {
  const count = length.length;
  const full = length[count - 1] || 1,
    far = way[count - 1] || 1;
  return length.map((reach, k) => (reach / full + way[k] / far) / 2);
}

/** A chain's place at given values of an increasing quantity at its nodes; the values increase, from 0 to 1 of all. */
export function atShares(chain, quantity, shares) {
  const last = quantity.length - 1;
  const count = shares.length;
  const found = new Float64Array(2 * count);
  for (let n = 0, k = 1; n < count; n++) {
    const wanted = shares[n] * quantity[last];
    while (k < last && quantity[k] < wanted) k++;
    const gap = quantity[k] - quantity[k - 1];
    const share = gap > 0 ? Math.min(Math.max((wanted - quantity[k - 1]) / gap, 0), 1) : 0;
    for (let axis = 0; axis < 2; axis++) {
      const from = chain[2 * k - 2 + axis];
      found[2 * n + axis] = from + share * (chain[2 * k + axis] - from);
    }
  }
  for (let axis = 0; axis < 2; axis++) {
    found[axis] = chain[axis];
    found[2 * count - 2 + axis] = chain[2 * last + axis];
  }
  return found;
}

/** A straight line of so many nodes. */
export function line([u0, v0], [u1, v1], count) {
  const found = new Float64Array(2 * count);
  for (let k = 0; k < count; k++) {
    const t = k / (count - 1);
    found[2 * k] = u0 + t * (u1 - u0);
    found[2 * k + 1] = v0 + t * (v1 - v0);
  }
  return found;
}
