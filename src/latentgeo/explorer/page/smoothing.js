// The paper's smoothing of a 2 x 2 metric, eigenvalues s to s^3 / (s^2 + lambda), in closed form and with derivatives.
//
// With A = G / scale, whose trace is about one, and l = lambda / scale^2:
// Ghat = scale (det^2 A + l A^3) / (det^2 + l tr(A^2) + l^2).

/** Smooth three entries [a, b, c] in place. */
export function smooth(g, lambda) {
  if (!lambda) return;
  const scale = Math.max(g[0] + g[2], Math.sqrt(lambda));
  const a = g[0] / scale,
    b = g[1] / scale,
    c = g[2] / scale,
    l = lambda / (scale * scale);
  const s0 = a * a + b * b,
    s1 = a * b + b * c,
    s2 = b * b + c * c;
  const det = a * c - b * b,
    det2 = det * det;
  const below = scale / (det2 + l * (s0 + s2) + l * l);
  g[0] = below * (det2 * a + l * (s0 * a + s1 * b));
  g[1] = below * (det2 * b + l * (s0 * b + s1 * c));
  g[2] = below * (det2 * c + l * (s1 * b + s2 * c));
}

/** out = p q for jets of six numbers: a value, two slopes, three second derivatives. */
export function times(p, q, out) {
  const p0 = p[0],
    p1 = p[1],
    p2 = p[2],
    p3 = p[3],
    p4 = p[4],
    p5 = p[5];
  const q0 = q[0],
    q1 = q[1],
    q2 = q[2],
    q3 = q[3],
    q4 = q[4],
    q5 = q[5];
  out[0] = p0 * q0;
  out[1] = p1 * q0 + p0 * q1;
  out[2] = p2 * q0 + p0 * q2;
  out[3] = p3 * q0 + 2 * p1 * q1 + p0 * q3;
  out[4] = p4 * q0 + p1 * q2 + p2 * q1 + p0 * q4;
  out[5] = p5 * q0 + 2 * p2 * q2 + p0 * q5;
  return out;
}

/** out = 1 / p. */
export function inverse(p, out) {
  const r = 1 / p[0],
    r2 = r * r,
    r3 = 2 * r2 * r;
  const p1 = p[1],
    p2 = p[2],
    p3 = p[3],
    p4 = p[4],
    p5 = p[5];
  out[0] = r;
  out[1] = -p1 * r2;
  out[2] = -p2 * r2;
  out[3] = r3 * p1 * p1 - r2 * p3;
  out[4] = r3 * p1 * p2 - r2 * p4;
  out[5] = r3 * p2 * p2 - r2 * p5;
  return out;
}

const jets = (count) => Array.from({ length: count }, () => new Float64Array(6));
const [A, B, C, BB, S0, S1, S2, T, DET2, BELOW, ABOVE] = jets(11);
// each entry of A, and the two products of which its entry of A^3 is the sum
const CUBE = [
  [A, S0, A, S1, B],
  [B, S0, B, S1, C],
  [C, S1, B, S2, C],
];

function add(out, p, factor = 1) {
  for (let i = 0; i < 6; i++) out[i] += factor * p[i];
}

function sumOfProducts(p, q, r, s, out) {
  times(p, q, out);
  add(out, times(r, s, T));
}

/** Smooth the jets of the three entries, 18 numbers, in place. */
export function smoothJet(g, lambda) {
  if (!lambda) return;
  const scale = Math.max(g[0] + g[12], Math.sqrt(lambda));
  const l = lambda / (scale * scale);
  for (let i = 0; i < 6; i++) {
    A[i] = g[i] / scale;
    B[i] = g[6 + i] / scale;
    C[i] = g[12 + i] / scale;
  }
  times(B, B, BB);
  times(A, A, S0);
  add(S0, BB);
  sumOfProducts(A, B, B, C, S1);
  times(C, C, S2);
  add(S2, BB);
  times(A, C, DET2);
  add(DET2, BB, -1);
  times(DET2, DET2, DET2);
  for (let i = 0; i < 6; i++) BELOW[i] = DET2[i] + l * (S0[i] + S2[i]);
  BELOW[0] += l * l;
  inverse(BELOW, BELOW);
  for (let e = 0; e < 3; e++) {
    const [entry, p, q, r, s] = CUBE[e];
    sumOfProducts(p, q, r, s, ABOVE);
    for (let i = 0; i < 6; i++) ABOVE[i] *= l;
    add(ABOVE, times(DET2, entry, T));
    times(ABOVE, BELOW, ABOVE);
    for (let i = 0; i < 6; i++) g[6 * e + i] = scale * ABOVE[i];
  }
}
