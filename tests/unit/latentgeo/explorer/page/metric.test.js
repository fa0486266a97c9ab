import assert from "node:assert/strict";
import { test } from "node:test";

import { fromHalf, numbers } from "../../../../../src/latentgeo/explorer/page/arrays.js";
import { Bumps } from "../../../../../src/latentgeo/explorer/page/factor.js";
import { Metric, metricsOf } from "../../../../../src/latentgeo/explorer/page/metric.js";
import { smooth } from "../../../../../src/latentgeo/explorer/page/smoothing.js";
import { Splines } from "../../../../../src/latentgeo/explorer/page/spline.js";
import { base64, jetError, planePart } from "./surfaces.js";

test("16 bits are the floats that they stand for", () => {
  assert.deepEqual([0x3c00, 0xc000, 0x3555, 0x0001, 0x7bff].map(fromHalf), [1, -2, 0.333251953125, 2 ** -24, 65504]);
  const halves = Buffer.from(Uint16Array.from([0x3c00, 0xb800]).buffer).toString("base64");
  assert.deepEqual([...numbers({ f16: halves, scale: 4 })], [4, -2]);
});

test("splines give a square and its derivatives", () => {
  const count = 9;
  // coefficients of x^2 + x y
  const coefficients = Float64Array.from({ length: count * count }, (_, n) => {
    const i = Math.floor(n / count) - 1, j = (n % count) - 1;
    return i * i - 1 / 3 + i * j;
  });
  const splines = new Splines(coefficients, [count, count, 1]);
  const out = new Float64Array(6);
  splines.jet(2.3, 4.6, out);
  const known = [2.3 ** 2 + 2.3 * 4.6, 2 * 2.3 + 4.6, 2.3, 2, 1, 0];
  known.forEach((value, k) => assert.ok(Math.abs(out[k] - value) < 1e-9));
});

test("smoothing turns eigenvalues s into s^3 / (s^2 + lambda)", () => {
  const [p, q, lambda] = [3, 0.2, 0.5];
  const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
  const made = (a, b) => [c * c * a + s * s * b, c * s * (a - b), s * s * a + c * c * b];
  const smoothed = (value) => value ** 3 / (value ** 2 + lambda);
  const found = made(p, q);
  smooth(found, lambda);
  made(smoothed(p), smoothed(q)).forEach((value, k) => assert.ok(Math.abs(found[k] - value) < 1e-12));
});

test("a plane smoothed is the same everywhere, whatever the lattice's steps", () => {
  const { build } = metricsOf(planePart([2, 0.5, 1], [{ name: "smoothed", lambda: 3, factor: null }]));
  const known = [4, 1, 1.25];
  smooth(known, 3);
  const out = new Float64Array(3);
  build("smoothed").value(4.2, 5.1, out);
  out.forEach((value, k) => assert.ok(Math.abs(value / 0.25 - known[k]) < 1e-5));
});

test("jets of a smoothed and scaled metric are its derivatives, inside and beyond the wall", () => {
  const part = planePart([2, 0.5, 1]);
  // a metric that changes from place to place
  const [nx, ny] = part.cholesky.shape;
  const bent = Array.from({ length: nx * ny }, (_, n) => [2 + Math.sin(n / 9), 0.5 * Math.cos(n), 1 + 0.3 * Math.sin(n / 4)]);
  part.cholesky.f32 = base64(Float32Array.from(bent.flat()));
  const { lattice } = metricsOf(part);
  const bumps = new Bumps({
    centres: { f32: base64(Float32Array.from([1, 1, 2, 0.5])) }, weights: { f32: base64(Float32Array.from([0.7, 0.5])) },
    bandwidth: 0.6, kappa: 20,
  });
  const metric = new Metric(lattice, 2, bumps);
  for (const place of [[4.3, 5.2], [6.7, 4.4], [2.7, 5.3], [11.4, 7.3]]) {
    assert.ok(jetError((u, v, out) => metric.jet(u, v, out), 3, place) < 1e-5, String(place));
  }
});

test("the wall makes dear what is outside and nothing else", () => {
  const { build } = metricsOf(planePart([1, 0, 1]));
  const metric = build("raw");
  const [inside, walled] = [new Float64Array(3), new Float64Array(3)];
  metric.value(5, 5, inside);
  metric.walled(5, 5, walled);
  assert.deepEqual(walled, inside);
  metric.walled(2, 5, walled);
  assert.ok(Math.abs(walled[0] / inside[0] - (1 + 2000 / 64)) < 1e-9);
});
