// What a decoded value looks like: an image, a curve, a stick figure or an arm, painted on a canvas.

import { projection, roomOf } from "./space.js";

// of its box, what a stick figure or an arm fills
const FILLED = 0.9;

/**
 * A painter of a model's frames.
 * @param part the payload's frames
 * @returns height over width of a frame; paint(context, values, box, look), box being x, y, width and height in pixels
 *   and look the colours and the view; turns: whether it can be looked at from other sides
 */
export function painterOf(part) {
  return { image, curve, skeleton, arm: skeleton }[part.kind](part);
}

function image({ shape: [channels, height, width], range: [low, high] }) {
  const small = new OffscreenCanvas(width, height);
  const pixels = small.getContext("2d");
  const data = pixels.createImageData(width, height);
  return {
    ratio: height / width,
    turns: false,
    paint(context, values, { x, y, w, h }) {
      // one channel is ink on paper, as in the figures
      const [zero, one] = channels === 3 ? [low, high] : [high, low];
      for (let n = 0; n < width * height; n++) {
        for (let k = 0; k < 3; k++) {
          const value = values[(channels === 3 ? k * width * height : 0) + n];
          data.data[4 * n + k] = (255 * (value - zero)) / (one - zero || 1);
        }
        data.data[4 * n + 3] = 255;
      }
      pixels.putImageData(data, 0, 0);
      context.imageSmoothingEnabled = false;
      context.drawImage(small, x, y, w, h);
    },
  };
}

function curve({ range: [low, high] }) {
  return {
    ratio: 0.6,
    turns: false,
    paint(context, values, { x, y, w, h }, { colour }) {
      context.beginPath();
      values.forEach((value, k) => {
        const right = x + (w * (k + 0.5)) / values.length;
        context.lineTo(right, y + h * (0.94 - (0.88 * (value - low)) / (high - low || 1)));
      });
      context.strokeStyle = colour;
      context.lineWidth = Math.max(1.2, w / 180);
      context.stroke();
    },
  };
}

function skeleton({ kind, shape: [count, dimensions], edges, up, extent, ring }) {
  const around = ring ? covering(extent, ring) : extent;
  const { middle, wide, tall } = roomOf(around, up);
  return {
    ratio: Math.min(Math.max(tall / wide, 0.6), 2.1),
    turns: dimensions === 3,
    /** The places of all points in a box, in pixels. */
    places(values, box, view) {
      const project = projection(dimensions, up, view);
      const scale = FILLED * Math.min(box.w / wide, box.h / tall);
      const [mx, my] = project(...middle);
      const points = [];
      for (let n = 0; n < values.length; n += dimensions) {
        const [right, above] = project(...values.subarray(n, n + dimensions));
        points.push([box.x + box.w / 2 + scale * (right - mx), box.y + box.h / 2 - scale * (above - my)]);
      }
      return points;
    },
    paint(context, values, box, { colour, ink, view, soft, trace }) {
      context.lineCap = context.lineJoin = "round";
      if (ring && box.w > 120) this.way(context, Float32Array.from(ring.flat()), box, view, soft, [3, 3], true);
      if (trace) this.way(context, trace, box, view, colour, [], false);
      const points = this.places(values, box, view);
      context.strokeStyle = kind === "arm" ? ink : colour;
      context.lineWidth = Math.max(1.2, Math.min(box.w, box.h) / (kind === "arm" ? 45 : 60));
      context.setLineDash([]);
      context.beginPath();
      for (const [from, to] of edges) {
        context.moveTo(...points[from]);
        context.lineTo(...points[to]);
      }
      context.stroke();
      if (kind !== "arm") return;
      points.forEach(([right, below], n) => {
        context.beginPath();
        context.arc(right, below, (n === count - 1 ? 1.15 : 0.8) * context.lineWidth, 0, 2 * Math.PI);
        context.fillStyle = n === count - 1 ? colour : ink;
        context.fill();
      });
    },
    way(context, points, box, view, colour, dash, closed) {
      context.beginPath();
      for (const point of this.places(points, box, view)) context.lineTo(...point);
      if (closed) context.closePath();
      context.strokeStyle = colour;
      context.lineWidth = 1.5;
      context.setLineDash(dash);
      context.stroke();
      context.setLineDash([]);
    },
  };
}

/** A box around another and some points. */
function covering([low, high], points) {
  return [
    low.map((value, k) => Math.min(value, ...points.map((point) => point[k]))),
    high.map((value, k) => Math.max(value, ...points.map((point) => point[k]))),
  ];
}

/** Where an arm's tip goes: the last point of each of its frames, in one row. */
export function tipsOf(frames, dimensions) {
  const found = new Float32Array(frames.length * dimensions);
  frames.forEach((values, k) => found.set(values.subarray(values.length - dimensions), k * dimensions));
  return found;
}

/** Make a canvas as large as it is shown, and give its context in CSS pixels. */
export function sized(canvas, height) {
  const width = canvas.clientWidth;
  const dense = window.devicePixelRatio || 1;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * dense);
  canvas.height = Math.round(height * dense);
  const context = canvas.getContext("2d");
  context.setTransform(dense, 0, 0, dense, 0, 0);
  return { context, width };
}
