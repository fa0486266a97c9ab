// Symmetric positive definite band matrices: the damped Hessian of a curve's energy.

/** Diagonals of each row that are kept: its own and the seven to its right. */
export const BAND = 8;

/**
 * Factorise and solve in place; false where the matrix is not positive definite.
 * @param rows (n, BAND): entry i, j is in row i at j - i; overwritten by the factor
 * @param right (n): overwritten by the solution
 */
export function solveBand(rows, right) {
  const n = right.length;
  for (let i = 0; i < n; i++) {
    const pivot = rows[BAND * i];
    if (!(pivot > 0)) return false;
    for (let k = 1; k < BAND && i + k < n; k++) {
      const share = rows[BAND * i + k] / pivot;
      if (!share) continue;
      right[i + k] -= share * right[i];
      for (let m = k; m < BAND; m++) rows[BAND * (i + k) + m - k] -= share * rows[BAND * i + m];
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = right[i];
    for (let k = 1; k < BAND && i + k < n; k++) sum -= rows[BAND * i + k] * right[i + k];
    right[i] = sum / rows[BAND * i];
  }
  return true;
}
