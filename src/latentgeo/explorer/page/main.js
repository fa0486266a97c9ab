// The page: opens the model that the address or the file names first, and keeps all in step with the state.
//
// window.explorer.solve(z0, z1, metric, { lambda, thorough }) answers as the page itself is answered: for tests, and for
// readers.

import { listen, markTheme, showControls, theme, writeAddress } from "./controls.js";
import { state, whenChanged } from "./state.js";
import { layOut, openModel, update } from "./view.js";
import { ask } from "./worker_link.js";

whenChanged(async (changed) => {
  showControls();
  if (changed.has("model")) await openModel();
  if (changed.has("velocityIn")) layOut();
  update(changed);
  writeAddress();
});

const dark = window.matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => theme(dark.matches));

const ready = (async () => {
  showControls();
  markTheme(dark.matches);
  await openModel();
  listen();
  update(new Set(Object.keys(state)));
})();

window.explorer = {
  ready,
  state,
  solve: async (z0, z1, metric, { lambda, thorough } = {}) => {
    await ready;
    return ask("paths", { metric, lambda, ends: [z0, z1], thorough });
  },
};
