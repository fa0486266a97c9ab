// Cubic B-splines on [0, 1] with even knots that begin and end at the first and the last control point.

const ROOT = Math.sqrt(15) / 10;
/** Gauss's nodes on [0, 1], and their weights. */
export const GAUSS = [0.5 - ROOT, 0.5, 0.5 + ROOT];
export const SHARE = [5 / 18, 8 / 18, 5 / 18];

const known = new Map();

/** The knots of so many intervals. */
function knots(intervals) {
  return Float64Array.from({ length: intervals + 7 }, (_, k) => Math.min(Math.max(k - 3, 0), intervals) / intervals);
}

/** The four functions of interval i at t, and their derivatives (Cox and de Boor): 8 numbers. */
function functions(at, i, t) {
  let row = [1];
  let before = row;
  for (let degree = 1; degree <= 3; degree++) {
    const next = new Array(degree + 1).fill(0);
    for (let k = 0; k < degree; k++) {
      const right = at[i + 4 + k],
        left = at[i + 4 + k - degree];
      const share = row[k] / (right - left);
      next[k] += share * (right - t);
      next[k + 1] += share * (t - left);
    }
    before = row;
    row = next;
  }
  const slope = [0, 0, 0, 0];
  for (let k = 0; k < 3; k++) {
    const share = (3 * before[k]) / (at[i + 4 + k] - at[i + 1 + k]);
    slope[k] -= share;
    slope[k + 1] += share;
  }
  return [...row, ...slope];
}

/**
 * The functions at Gauss's nodes of every interval, and at `even` points of it from its beginning on.
 * @returns gauss and even: rows of 8 numbers; greville: the time that each control point stands for
 */
export function basis(intervals, even = 4) {
  const key = `${intervals},${even}`;
  if (!known.has(key)) {
    const at = knots(intervals);
    const rows = (shares) => {
      const found = new Float64Array(8 * intervals * shares.length);
      for (let i = 0; i < intervals; i++) {
        shares.forEach((share, q) => found.set(functions(at, i, (i + share) / intervals), 8 * (i * shares.length + q)));
      }
      return found;
    };
    const greville = Float64Array.from({ length: intervals + 3 }, (_, k) => (at[k + 1] + at[k + 2] + at[k + 3]) / 3);
    const evenly = Array.from({ length: even }, (_, k) => k / even);
    known.set(key, { intervals, even, gauss: rows(GAUSS), evenly: rows(evenly), greville });
  }
  return known.get(key);
}

/** Points of a spline at even times, from its first to its last. */
export function pointsOf(control, { intervals, even, evenly }) {
  const found = new Float64Array(2 * (intervals * even + 1));
  for (let n = 0; n < intervals * even; n++) {
    const i = Math.floor(n / even);
    for (let k = 0; k < 4; k++) {
      const w = evenly[8 * n + k];
      found[2 * n] += w * control[2 * (i + k)];
      found[2 * n + 1] += w * control[2 * (i + k) + 1];
    }
  }
  found.set(control.subarray(control.length - 2), found.length - 2);
  return found;
}
