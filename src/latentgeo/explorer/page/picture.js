// The latent space as it is drawn, as one SVG or PNG file.

import { number } from "./words.js";

const XMLNS = "http://www.w3.org/2000/svg";
const BELOW = 46;

/**
 * One SVG of the map (a picture within it), what stands above it, the end points and a line of words.
 * @param map canvas of the map and the data
 */
export function svgOf({ frame, map, overlay, ends, paths, metric, title, colours }) {
  const { width, height } = frame;
  const full = height + BELOW;
  const marks = ends.map((end, k) => {
    const [x, y] = frame.place(end);
    return `<circle cx="${x}" cy="${y}" r="11" fill="${colours.paper}" stroke="${colours.ink}" stroke-width="2"/><text x="${x}" y="${y + 4.5}" text-anchor="middle" font-size="12" font-weight="700" fill="${colours.ink}">${"AB"[k]}</text>`;
  });
  const words = `${title}, ${metric} metric`;
  const lengths = [
    ["line", "7 4", `straight line ${number(paths.line.length)}`],
    ["geodesic", "", `geodesic ${number(paths.geodesic.length)}`],
  ].map(([name, dash, text], k) => {
    const x = frame.area.x + k * 190, y = height + 32;
    return `<line x1="${x}" x2="${x + 24}" y1="${y - 4}" y2="${y - 4}" stroke="${colours[name]}" stroke-width="2.6" stroke-dasharray="${dash}"/><text x="${x + 31}" y="${y}" font-size="12.5" fill="${colours.ink}">${text}</text>`;
  });
  return `<svg xmlns="${XMLNS}" width="${width}" height="${full}" viewBox="0 0 ${width} ${full}" font-family="system-ui, sans-serif">
<rect width="${width}" height="${full}" fill="${colours.paper}"/>
<image href="${map.toDataURL("image/png")}" width="${width}" height="${height}"/>
${overlay}${marks.join("")}
<text x="${frame.area.x}" y="${height + 12}" font-size="12.5" font-weight="600" fill="${colours.ink}">${escaped(words)}</text>
${lengths.join("")}
</svg>`;
}

const escaped = (text) => text.replace(/[&<>"]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[letter]);

/** Hand a file over to the reader. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** The PNG of an SVG, twice as dense as it is shown. */
export async function pngOf(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * image.width;
  canvas.height = 2 * image.height;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
