// Points in space seen from afar: turned about the axis that points up, tilted, and drawn without perspective.

/** The view that a model begins with. */
export const BEGIN = { turn: 35, tilt: 15 };

const AXES = { x: [1, 2, 0], y: [2, 0, 1], z: [0, 1, 2] };

/**
 * A function from a point (2 or 3 numbers) to [right, up, towards us], in the points' units.
 * @param up name of the axis that points up
 * @param view turn and tilt in degrees
 */
export function projection(dimensions, up, { turn, tilt }) {
  if (dimensions === 2) return (x, y) => [x, y, 0];
  const [first, second, third] = AXES[up];
  const a = (turn * Math.PI) / 180,
    b = (tilt * Math.PI) / 180;
  const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
  return (...point) => {
    const x = point[first],
      y = point[second],
      z = point[third];
    const right = ca * x - sa * y,
      deep = sa * x + ca * y;
    return [right, cb * z + sb * deep, sb * z - cb * deep];
  };
}

/**
 * The room that a box takes as it is turned: how wide it can be, how high it is, and its middle.
 * @param extent [low, high] corners
 */
export function roomOf([low, high], up) {
  const middle = low.map((value, k) => (value + high[k]) / 2);
  const sides = low.map((value, k) => high[k] - value);
  if (sides.length === 2) return { middle, wide: sides[0] || 1, tall: sides[1] || 1 };
  const [first, second, third] = AXES[up];
  return { middle, wide: Math.hypot(sides[first], sides[second]) || 1, tall: sides[third] || 1 };
}
