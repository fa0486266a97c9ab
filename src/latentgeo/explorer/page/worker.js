// The worker: a solver for each model that is opened, and answers to questions about the one that was opened last.

import { Solver } from "./solver.js";

const solvers = new Map();
let solver = null;

/** Open a model: its payload, which is sent only once. */
function open({ name, payload }) {
  if (!solvers.has(name)) solvers.set(name, new Solver(payload));
  solver = solvers.get(name);
  return null;
}

self.onmessage = ({ data: { id, ask, about } }) => {
  try {
    self.postMessage({ id, answer: ask === "open" ? open(about) : solver[ask](about) });
  } catch (error) {
    self.postMessage({ id, error: `${ask}: ${error.message}` });
  }
};
