// What the theme leaves out: its search dialog has no name, and wide tables are scrolled with the mouse alone.
function complete() {
  document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  for (const wide of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) {
    wide.tabIndex = 0;
  }
}

complete();
new MutationObserver(complete).observe(document.body, { childList: true, subtree: true });
