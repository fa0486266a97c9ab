// The velocities along both paths as curves, drawn by uPlot.

/* global uPlot */

// a larger span of the middle half's values than this is shown by logarithm
const SPAN = 30;

/** A plot in an element: show(paths, which, time) draws it anew. */
export class VelocityPlot {
  constructor(element) {
    Object.assign(this, { element, plot: null, key: "" });
  }

  /** @returns whether the scale is logarithmic */
  show(paths, which, time, colours) {
    const line = paths.line[which],
      geodesic = paths.geodesic[which];
    const count = line.length;
    const x = Array.from({ length: count }, (_, k) => (k + 0.5) / count);
    const sorted = [...line, ...geodesic].sort((a, b) => a - b);
    const top = sorted.at(-1),
      middle = sorted[Math.floor(sorted.length / 2)];
    const log = middle > 0 && top > SPAN * middle;
    const floor = top * 1e-5;
    const data = [x, ...[line, geodesic].map((values) => Array.from(values, (v) => (log ? Math.max(v, floor) : v)))];
    this.time = time;
    const width = this.element.clientWidth;
    const key = `${log} ${colours.line} ${colours.paper}`;
    if (key !== this.key) {
      this.plot?.destroy();
      this.plot = new uPlot(this.options(width, log, colours), data, this.element);
      this.key = key;
    } else {
      if (width !== this.plot.width) this.plot.setSize({ width, height: this.plot.height });
      this.plot.setData(data);
    }
    return log;
  }

  /** Move the mark of the time that is walked. */
  mark(time) {
    this.time = time;
    this.plot?.redraw(false);
  }

  options(width, log, { line, geodesic, soft, rule, ink }) {
    const font = "11px system-ui, sans-serif";
    const axis = {
      stroke: soft,
      font,
      labelFont: font,
      grid: { stroke: rule, width: 1 },
      ticks: { stroke: rule, width: 1 },
    };
    const mark = (plot) => {
      const at = plot.valToPos(this.time, "x", true);
      const { ctx, bbox } = plot;
      ctx.save();
      ctx.strokeStyle = ink;
      ctx.lineWidth = window.devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(at, bbox.top);
      ctx.lineTo(at, bbox.top + bbox.height);
      ctx.stroke();
      ctx.restore();
    };
    return {
      width,
      height: 190,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { show: false }, y: false, x: false },
      scales: {
        x: { time: false, range: [0, 1] },
        y: log ? { distr: 3 } : { range: (_, low, high) => [0, high * 1.05 || 1] },
      },
      axes: [
        { ...axis, size: 30, values: (_, all) => all.map((value) => String(Number(value.toFixed(3)))) },
        { ...axis, size: 54 },
      ],
      series: [
        {},
        { stroke: line, width: 2, dash: [7, 4], points: { show: false } },
        { stroke: geodesic, width: 2.4, points: { show: false } },
      ],
      hooks: { draw: [mark] },
    };
  }
}
