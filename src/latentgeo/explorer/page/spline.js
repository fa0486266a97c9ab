// Sums of cubic B-splines over a lattice, with first and second derivatives; places are counted in its steps.

/** The four B-splines of a cell at f in [0, 1], with their first and second derivatives: 12 numbers. */
export function weights(f, out) {
  const g = 1 - f;
  const f2 = f * f;
  out[0] = (g * g * g) / 6;
  out[1] = (3 * f2 * f - 6 * f2 + 4) / 6;
  out[2] = (3 * (f + f2 - f2 * f) + 1) / 6;
  out[3] = (f2 * f) / 6;
  out[4] = (-g * g) / 2;
  out[5] = (f * (3 * f - 4)) / 2;
  out[6] = (1 + 2 * f - 3 * f2) / 2;
  out[7] = f2 / 2;
  out[8] = g;
  out[9] = 3 * f - 2;
  out[10] = 1 - 3 * f;
  out[11] = f;
}

const WX = new Float64Array(12);
const WY = new Float64Array(12);

export class Splines {
  /**
   * @param coefficients (nx, ny, k) in one row
   * @param shape [nx, ny, k]; there are nx - 3 cells along x
   */
  constructor(coefficients, [nx, ny, k]) {
    Object.assign(this, { coefficients, nx, ny, k, cells: [nx - 3, ny - 3] });
  }

  /** Where the cell of a place begins among the coefficients; WX and WY then are its weights. */
  at(u, v) {
    const i = Math.min(Math.max(Math.floor(u), 0), this.nx - 4);
    const j = Math.min(Math.max(Math.floor(v), 0), this.ny - 4);
    weights(u - i, WX);
    weights(v - j, WY);
    return (i * this.ny + j) * this.k;
  }

  /** The k values at a place. */
  value(u, v, out) {
    const { coefficients: c, ny, k } = this;
    const start = this.at(u, v);
    for (let e = 0; e < k; e++) out[e] = 0;
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 4; b++) {
        const w = WX[a] * WY[b];
        const from = start + (a * ny + b) * k;
        for (let e = 0; e < k; e++) out[e] += w * c[from + e];
      }
    }
  }

  /** Of each of the k values: itself, d/du, d/dv, d2/du2, d2/dudv, d2/dv2; 6 k numbers. */
  jet(u, v, out) {
    const { coefficients: c, ny, k } = this;
    const start = this.at(u, v);
    for (let e = 0; e < 6 * k; e++) out[e] = 0;
    for (let a = 0; a < 4; a++) {
      const x = WX[a],
        dx = WX[4 + a],
        ddx = WX[8 + a];
      for (let b = 0; b < 4; b++) {
        const y = WY[b],
          dy = WY[4 + b],
          ddy = WY[8 + b];
        const from = start + (a * ny + b) * k;
        for (let e = 0; e < k; e++) {
          const value = c[from + e];
          const o = 6 * e;
          out[o] += x * y * value;
          out[o + 1] += dx * y * value;
          out[o + 2] += x * dy * value;
          out[o + 3] += ddx * y * value;
          out[o + 4] += dx * dy * value;
          out[o + 5] += x * ddy * value;
        }
      }
    }
  }
}
