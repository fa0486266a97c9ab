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
  const a = (turn * Math.PI) / 180, b = (tilt * Math.PI) / 180;
  const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
  return (...point) => {
    const x = point[first], y = point[second], z = point[third];
    const right = ca * x - sa * y, deep = sa * x + ca * y;
    return [right, cb * z + sb * deep, sb * z - cb * deep];
  };
}

/**
 * How a box is fitted into a picture from every side: its middle, and pixels per unit.
 * @param extent [low, high] corners
 */
export function fitted([low, high], width, height, filled = 0.86) {
  const middle = low.map((value, k) => (value + high[k]) / 2);
  const across = Math.hypot(...low.map((value, k) => high[k] - value)) || 1;
  const flat = low.length === 2 ? Math.max((high[0] - low[0]) / width, (high[1] - low[1]) / height) : 0;
  return { middle, scale: (filled * (flat ? 1 / flat : Math.min(width, height) / across)) };
}
