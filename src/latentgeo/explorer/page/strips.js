// Decoded frames: those at one time on both paths, and strips of those at even times.

import { sized, tipsOf } from "./frames.js";

/** Frames of a strip, and of an arm's way. */
export const FRAMES = 9,
  WAY = 65;
const GAP = 6;
// of a walker, in pixels
const TALLEST = 300;

/** Times at which a strip decodes; an arm's tip leaves a way, which wants more of them. */
export function timesOf(kind) {
  const count = kind === "arm" ? WAY : FRAMES;
  return Array.from({ length: count }, (_, k) => k / (count - 1));
}

/** Paint one frame on a canvas of its own. */
export function paintWalker(canvas, painter, values, look) {
  const height = Math.min(canvas.clientWidth * painter.ratio, TALLEST);
  const { context, width } = sized(canvas, height);
  const wide = Math.min(width, height / painter.ratio);
  painter.paint(context, values, { x: (width - wide) / 2, y: 0, w: wide, h: height }, look);
}

/** Paint the frames of a strip side by side; of an arm, some of them, each with the way of its tip. */
export function paintStrip(canvas, painter, part, frames, look) {
  const shown = frames.filter((_, k) => k % Math.round((frames.length - 1) / (FRAMES - 1)) === 0);
  const width = canvas.clientWidth;
  const wide = (width - GAP * (shown.length + 1)) / shown.length;
  const height = wide * painter.ratio;
  const { context } = sized(canvas, height + 2 * GAP);
  const trace = wayOf(part, frames);
  shown.forEach((values, k) => {
    painter.paint(context, values, { x: GAP + k * (wide + GAP), y: GAP, w: wide, h: height }, { ...look, trace });
  });
}

/** The way of an arm's tip; null of other frames. */
export function wayOf(part, frames) {
  return part.kind === "arm" ? tipsOf(frames, part.shape[1]) : null;
}
