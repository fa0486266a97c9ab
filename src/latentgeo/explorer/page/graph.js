// Shortest paths on a grid over the box: where a geodesic begins that no straight line would lead to.

import { GAUSS, SHARE } from "./basis.js";

/** Offsets with no common factor up to three rows and columns away, one of each opposite pair. */
export const OFFSETS = [];
for (let a = 0; a <= 3; a++) {
  for (let b = -3; b <= 3; b++) {
    if (gcd(a, Math.abs(b)) === 1 && (a > 0 || b > 0)) OFFSETS.push([a, b]);
  }
}

/** Nodes along each side of a grid. */
export const NODES = 129;
// nodes along each side that a point of its own joins
const JOINED = 4;
const G = new Float64Array(3);

function gcd(a, b) {
  return b ? gcd(b, a % b) : a;
}

const speed = (a, b, c, x, y) => Math.sqrt(Math.max(0, a * x * x + 2 * b * x * y + c * y * y));

/** Length of the straight step between two places, by Gauss's rule in some parts. */
export function step(metric, [u0, v0], [u1, v1], parts = 1) {
  const du = (u1 - u0) / parts,
    dv = (v1 - v0) / parts;
  let total = 0;
  for (let k = 0; k < parts; k++) {
    for (let q = 0; q < 3; q++) {
      const t = k + GAUSS[q];
      metric.value(u0 + t * du, v0 + t * dv, G);
      total += SHARE[q] * speed(G[0], G[1], G[2], du, dv);
    }
  }
  return total;
}

/** A grid of size^2 nodes over the box, with the lengths of its edges by Simpson's rule. */
export class Graph {
  constructor(metric, size = NODES) {
    const { low, wide } = metric.lattice;
    this.metric = metric;
    this.size = size;
    this.low = low;
    this.gap = wide.map((width) => width / (size - 1));
    this.entries = this.measured();
    this.lengths = OFFSETS.map(([a, b]) => this.edges(a, b));
  }

  /** The metric at the nodes and halfway between them: every edge has its middle there. */
  measured() {
    const fine = 2 * this.size - 1;
    const found = new Float64Array(3 * fine * fine);
    for (let i = 0, at = 0; i < fine; i++) {
      for (let j = 0; j < fine; j++, at += 3) {
        this.metric.value(this.low[0] + (i * this.gap[0]) / 2, this.low[1] + (j * this.gap[1]) / 2, G);
        found.set(G, at);
      }
    }
    return found;
  }

  edges(a, b) {
    const { size, entries } = this;
    const fine = 2 * size - 1;
    const x = a * this.gap[0],
      y = b * this.gap[1];
    const found = new Float32Array(size * size).fill(Infinity);
    const at = (i, j) => {
      const k = 3 * (i * fine + j);
      return speed(entries[k], entries[k + 1], entries[k + 2], x, y);
    };
    for (let i = 0; i + a < size; i++) {
      for (let j = Math.max(0, -b); j < Math.min(size, size - b); j++) {
        found[i * size + j] = (at(2 * i, 2 * j) + 4 * at(2 * i + a, 2 * j + b) + at(2 * (i + a), 2 * (j + b))) / 6;
      }
    }
    return found;
  }

  place(node) {
    const i = Math.floor(node / this.size);
    return [this.low[0] + i * this.gap[0], this.low[1] + (node - i * this.size) * this.gap[1]];
  }

  /** The nodes around a place, and how far they are. */
  joined(place) {
    const [i, j] = [0, 1].map((axis) => {
      const first = Math.floor((place[axis] - this.low[axis]) / this.gap[axis]) - JOINED / 2 + 1;
      return Math.min(Math.max(first, 0), this.size - JOINED);
    });
    const found = [];
    for (let a = 0; a < JOINED; a++) {
      for (let b = 0; b < JOINED; b++) {
        const node = (i + a) * this.size + j + b;
        found.push([node, step(this.metric, place, this.place(node))]);
      }
    }
    return found;
  }

  /** Dijkstra's algorithm from a place to all nodes. */
  tree(root) {
    const { size, lengths } = this;
    const distance = new Float64Array(size * size).fill(Infinity);
    const previous = new Int32Array(size * size).fill(-1);
    const heap = new Heap(size * size);
    for (const [node, length] of this.joined(root)) {
      distance[node] = length;
      heap.push(node, length);
    }
    while (heap.count) {
      const near = heap.top;
      const node = heap.pop();
      if (near > distance[node]) continue;
      const i = Math.floor(node / size),
        j = node - i * size;
      for (let k = 0; k < OFFSETS.length; k++) {
        const [a, b] = OFFSETS[k];
        if (i + a < size && j + b >= 0 && j + b < size) reach(node + a * size + b, near + lengths[k][node], node);
        if (i - a >= 0 && j - b >= 0 && j - b < size) {
          const other = node - a * size - b;
          reach(other, near + lengths[k][other], node);
        }
      }
    }

    function reach(node, length, from) {
      if (length < distance[node]) {
        distance[node] = length;
        previous[node] = from;
        heap.push(node, length);
      }
    }

    return { root, distance, previous };
  }

  /** The shortest path from a tree's root to a place, as a chain. */
  path(tree, place) {
    let best = Infinity,
      node = -1;
    for (const [near, length] of this.joined(place)) {
      if (tree.distance[near] + length < best) {
        best = tree.distance[near] + length;
        node = near;
      }
    }
    const found = [place];
    for (; node >= 0; node = tree.previous[node]) found.push(this.place(node));
    found.push(tree.root);
    return Float64Array.from(found.reverse().flat());
  }
}

/** A binary heap of nodes by distance; a node may be in it several times. */
class Heap {
  constructor(room) {
    this.keys = new Float64Array(4 * room);
    this.nodes = new Int32Array(4 * room);
    this.count = 0;
  }

  get top() {
    return this.keys[0];
  }

  push(node, key) {
    if (this.count === this.keys.length) this.grow();
    const { keys, nodes } = this;
    let at = this.count++;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (keys[above] <= key) break;
      keys[at] = keys[above];
      nodes[at] = nodes[above];
      at = above;
    }
    keys[at] = key;
    nodes[at] = node;
  }

  pop() {
    const { keys, nodes } = this;
    const found = nodes[0];
    const count = --this.count;
    const key = keys[count],
      node = nodes[count];
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= count) break;
      if (below + 1 < count && keys[below + 1] < keys[below]) below++;
      if (keys[below] >= key) break;
      keys[at] = keys[below];
      nodes[at] = nodes[below];
      at = below;
    }
    keys[at] = key;
    nodes[at] = node;
    return found;
  }

  grow() {
    const keys = new Float64Array(2 * this.keys.length),
      nodes = new Int32Array(2 * this.keys.length);
    keys.set(this.keys);
    nodes.set(this.nodes);
    Object.assign(this, { keys, nodes });
  }
}
