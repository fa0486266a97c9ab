// Decoders: the layers of a perceptron, or a lattice of what another decoder gives as sums of few functions.

import { numbers } from "./arrays.js";
import { Splines } from "./spline.js";

const softplus = (x) => (x > 30 ? x : Math.log1p(Math.exp(x)));

/** Activations by the name that Python gives them, with their one number. */
export const ACTIVATIONS = {
  tanh: () => Math.tanh,
  sigmoid: () => (x) => 1 / (1 + Math.exp(-x)),
  relu: () => (x) => Math.max(0, x),
  silu: () => (x) => x / (1 + Math.exp(-x)),
  mish: () => (x) => x * Math.tanh(softplus(x)),
  softplus: (beta) => (x) => softplus(beta * x) / beta,
  leaky_relu: (slope) => (x) => (x > 0 ? x : slope * x),
  elu: (alpha) => (x) => (x > 0 ? x : alpha * Math.expm1(x)),
};

/** A function from a latent point to what it is decoded to, a Float32Array; null where a model has no decoder. */
export function decoderOf(part) {
  if (!part) return null;
  return part.kind === "perceptron" ? perceptron(part.layers) : lattice(part);
}

function perceptron(parts) {
  const layers = parts.map((part) =>
    part.weight ? linear(numbers(part.weight), numbers(part.bias)) : pointwise(ACTIVATIONS[part.activation](part.with)),
  );
  return (z) => layers.reduce((values, layer) => layer(values), Float32Array.from(z));
}

function linear(weight, bias) {
  const inputs = weight.length / bias.length;
  return (values) => {
    const found = new Float32Array(bias);
    for (let row = 0, at = 0; row < found.length; row++) {
      let sum = 0;
      for (let k = 0; k < inputs; k++, at++) sum += weight[at] * values[k];
      found[row] += sum;
    }
    return found;
  };
}

const pointwise = (activation) => (values) => values.map(activation);

function lattice(part) {
  const splines = new Splines(numbers(part.scores), part.scores.shape);
  const basis = numbers(part.basis),
    mean = numbers(part.mean);
  const scores = new Float64Array(splines.k);
  return ([x, y]) => {
    splines.value((x - part.corner[0]) / part.step[0], (y - part.corner[1]) / part.step[1], scores);
    const found = new Float32Array(mean);
    scores.forEach((score, k) => {
      const from = k * found.length;
      for (let n = 0; n < found.length; n++) found[n] += score * basis[from + n];
    });
    return found;
  };
}
