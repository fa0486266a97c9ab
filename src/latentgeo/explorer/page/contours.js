// Lines of equal value of a field on a grid, by marching squares, and round values for them.

/** About so many round values between 0 and the largest. */
export function roundLevels(largest, about) {
  if (!(largest > 0)) return [];
  const rough = largest / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= 0.75 * rough);
  return Array.from({ length: Math.floor(largest / step) }, (_, k) => Number(((k + 1) * step).toPrecision(6)));
}

/**
 * Polylines where a field has a value.
 * @param field (size, size), x first
 * @returns lists of points [i, j, i, j, ...] in steps of the grid
 */
export function contours(field, size, level) {
  const points = new Map();
  const joined = new Map();
  const crossing = (i, j, k, l) => {
    const key = 2 * (i * size + j) + (l > j ? 1 : 0);
    if (!points.has(key)) {
      const from = field[i * size + j],
        to = field[k * size + l];
      const t = (level - from) / (to - from);
      points.set(key, [i + t * (k - i), j + t * (l - j)]);
    }
    return key;
  };
  const join = (p, q) => {
    for (const [from, to] of [
      [p, q],
      [q, p],
    ]) {
      if (!joined.has(from)) joined.set(from, []);
      joined.get(from).push(to);
    }
  };
  for (let i = 0; i + 1 < size; i++) {
    for (let j = 0; j + 1 < size; j++) {
      const a = field[i * size + j],
        b = field[(i + 1) * size + j];
      const c = field[(i + 1) * size + j + 1],
        d = field[i * size + j + 1];
      const sum = a + b + c + d;
      if (!Number.isFinite(sum)) continue;
      const up = [a > level, b > level, c > level, d > level];
      const cut = [];
      if (up[0] !== up[1]) cut.push(crossing(i, j, i + 1, j));
      if (up[1] !== up[2]) cut.push(crossing(i + 1, j, i + 1, j + 1));
      if (up[3] !== up[2]) cut.push(crossing(i, j + 1, i + 1, j + 1));
      if (up[0] !== up[3]) cut.push(crossing(i, j, i, j + 1));
      if (cut.length === 2) join(cut[0], cut[1]);
      if (cut.length === 4) {
        const turned = sum / 4 > level === up[0];
        join(cut[0], cut[turned ? 1 : 3]);
        join(cut[2], cut[turned ? 3 : 1]);
      }
    }
  }
  return chained(points, joined);
}

function chained(points, joined) {
  const left = new Set(points.keys());
  const lines = [];
  const follow = (key) => {
    const line = [];
    for (let at = key; at !== undefined; at = joined.get(at)?.find((next) => left.has(next))) {
      left.delete(at);
      line.push(...points.get(at));
    }
    return line;
  };
  for (const [key, next] of joined) if (next.length === 1 && left.has(key)) lines.push(follow(key));
  for (const key of joined.keys()) {
    if (!left.has(key)) continue;
    const line = follow(key);
    lines.push([...line, line[0], line[1]]);
  }
  return lines;
}
