// Lattices and metrics whose geometry is known.

import { Metric, metricsOf } from "../../../../../src/latentgeo/explorer/page/metric.js";

/** A payload's metric part of the plane with the metric L L^T in latent units, on [0, 4] x [0, 2], 0.5 apart. */
export function planePart([first, off, last], shown = [{ name: "raw", lambda: 0, factor: null }]) {
  const step = [0.5, 0.5], size = [9, 5], beyond = [3, 3];
  const counts = size.map((nodes, axis) => nodes + 2 * beyond[axis] + 2);
  const numbers = Array.from({ length: counts[0] * counts[1] }, () => [first * step[0], off * step[0], last * step[1]]).flat();
  return {
    corner: [-1.5, -1.5], step, size, beyond, shown,
    cholesky: { shape: [...counts, 3], f32: base64(Float32Array.from(numbers)) },
  };
}

export const base64 = (numbers) => Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString("base64");

/** The upper half plane of Poincare above y = 1: the plane on [0, 4] x [0, 2] times 1 / (y + 1)^2. */
export function halfPlane() {
  const { lattice } = metricsOf(planePart([1, 0, 1]));
  const jet = (x, y, out) => {
    const up = y + 1;
    out.set([up ** -2, 0, -2 * up ** -3, 0, 0, 6 * up ** -4]);
  };
  return new Metric(lattice, 0, { jet });
}

export function halfPlaneDistance([x0, y0], [x1, y1]) {
  return Math.acosh(1 + ((x1 - x0) ** 2 + (y1 - y0) ** 2) / (2 * (y0 + 1) * (y1 + 1)));
}

/** Largest error of a jet (of k functions, six numbers each) against differences of its values. */
export function jetError(jet, count, [u, v], step = 1e-4) {
  const at = (x, y) => {
    const out = new Float64Array(6 * count);
    jet(x, y, out);
    return out;
  };
  const here = at(u, v);
  const [right, left, above, below] = [at(u + step, v), at(u - step, v), at(u, v + step), at(u, v - step)];
  let worst = 0;
  for (let e = 0; e < 6 * count; e += 6) {
    const size = Math.max(...here.slice(e, e + 6).map(Math.abs), 1e-12);
    const known = [
      [1, (right[e] - left[e]) / (2 * step)],
      [2, (above[e] - below[e]) / (2 * step)],
      [3, (right[e + 1] - left[e + 1]) / (2 * step)],
      [4, (above[e + 1] - below[e + 1]) / (2 * step)],
      [5, (above[e + 2] - below[e + 2]) / (2 * step)],
    ];
    for (const [order, value] of known) worst = Math.max(worst, Math.abs(here[e + order] - value) / size);
  }
  return worst;
}
