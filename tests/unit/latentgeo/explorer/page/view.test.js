import assert from "node:assert/strict";
import { test } from "node:test";

import { fromAddress, toAddress } from "../../../../../src/latentgeo/explorer/page/address.js";
import { ACTIVATIONS, decoderOf } from "../../../../../src/latentgeo/explorer/page/decoder.js";
import { at, frameOf, ticks } from "../../../../../src/latentgeo/explorer/page/map.js";
import { projection } from "../../../../../src/latentgeo/explorer/page/space.js";
import { number, outcomeWords } from "../../../../../src/latentgeo/explorer/page/words.js";
import { base64 } from "./surfaces.js";

const f32 = (...values) => ({ f32: base64(Float32Array.from(values)) });

test("an address gives back the view that it was made of", () => {
  const view = {
    model: "Human motion", metric: "smoothed", strength: 2.5, ends: [[0.123456, -1.5], [3e-7, 2]], time: 0.25,
    lines: true, data: false, turn: -35, tilt: 12,
  };
  assert.deepEqual(fromAddress(toAddress(view)), view);
});

test("of an address that says nonsense nothing is taken", () => {
  assert.deepEqual(fromAddress("#a=1,2&b=x,y&t=&strength=NaN&view=1"), {});
});

test("a perceptron is its layers one after the other", () => {
  const decode = decoderOf({
    kind: "perceptron",
    layers: [
      { weight: f32(1, 2, 0, -1, 0.5, 0), bias: f32(0, 1, 0) },
      { activation: "tanh", with: 1 },
      { weight: f32(1, 1, 1), bias: f32(0.5) },
    ],
  });
  const known = Math.tanh(1) + Math.tanh(0.75) + Math.tanh(0.25) + 0.5;
  assert.ok(Math.abs(decode([0.5, 0.25])[0] - known) < 1e-6);
});

test("activations are what their names say", () => {
  const of = (name, parameter, x) => ACTIVATIONS[name](parameter)(x);
  assert.equal(of("relu", 1, -2), 0);
  assert.equal(of("leaky_relu", 0.1, -2), -0.2);
  assert.ok(Math.abs(of("softplus", 2, 0.3) - Math.log(1 + Math.exp(0.6)) / 2) < 1e-12);
  assert.equal(of("softplus", 1, 400), 400);
  assert.ok(Math.abs(of("elu", 1.5, -1) - 1.5 * (Math.exp(-1) - 1)) < 1e-12);
  assert.ok(Math.abs(of("sigmoid", 1, 0.3) * (1 + Math.exp(-0.3)) - 1) < 1e-12);
  assert.ok(Math.abs(of("silu", 1, 0.3) - 0.3 / (1 + Math.exp(-0.3))) < 1e-12);
  assert.ok(Math.abs(of("mish", 1, 0.3) - 0.3 * Math.tanh(Math.log(1 + Math.exp(0.3)))) < 1e-12);
});

test("a point on the map is where it came from", () => {
  const frame = frameOf([[-1, 3], [0, 2]], 400);
  const back = frame.latent(frame.place([0.5, 1.5]));
  assert.ok(Math.abs(back[0] - 0.5) + Math.abs(back[1] - 1.5) < 1e-12);
  const [[left], [right]] = [frame.place([-1, 0]), frame.place([3, 0])];
  assert.ok(left >= 0 && right <= 400);
});

test("ticks are round numbers of the range", () => {
  assert.deepEqual(ticks(-1.3, 2.2), [-1, 0, 1, 2]);
  assert.deepEqual(ticks(0, 0.05), [0, 0.01, 0.02, 0.03, 0.04, 0.05]);
});

test("half the time along a path is half way between its middle points", () => {
  assert.deepEqual(at(Float64Array.from([0, 0, 1, 0, 1, 4]), 0.75), [1, 2]);
  assert.deepEqual(at(Float64Array.from([0, 0, 1, 0, 1, 4]), 1), [1, 4]);
});

test("turned by nothing, what points up points up", () => {
  const [right, up] = projection(3, "y", { turn: 0, tilt: 0 })(0, 2, 0);
  assert.deepEqual([right, up], [0, 2]);
  const above = projection(3, "z", { turn: 70, tilt: 90 })(0, 0, 1);
  assert.ok(Math.abs(above[1]) < 1e-12 && Math.abs(above[2] - 1) < 1e-12);
});

test("numbers have three digits", () => {
  assert.deepEqual([0.0123, 1.5, 66.34, 178.04, 2319.4, 1.234e-6, 0, NaN].map(number),
    ["0.0123", "1.50", "66.3", "178.0", "2319", "1.23 × 10⁻⁶", "0", "–"]);
});

test("what did not converge is said, and how much is missing", () => {
  const { warns, words } = outcomeWords({ outcome: "stopped", left: 0.0123, steps: 80 }, 41.2);
  assert.ok(warns);
  assert.match(words, /^Not converged: by estimate 1\.2 % are left to gain \(41 ms, 80 Newton steps\)\.$/);
  assert.equal(outcomeWords({ outcome: "converged", left: 0, steps: 1 }, 3).words, "Converged (3 ms, 1 Newton step).");
  const { words: shorter } = outcomeWords({ outcome: "converged", left: 0, steps: 1 }, 3, 0.04);
  assert.match(shorter, /At rest, a longer search made it 4 % shorter\.$/);
});
