"""How the report looks: on a wide screen, on a phone, in the dark and on paper. Every colour is named at the top."""

__all__ = ["STYLE"]

STYLE = """
:root { color-scheme: light dark;
  --ink: light-dark(#1b1b1b, #e6e6e6); --soft: light-dark(#4a4a4a, #b9bcc2); --paper: light-dark(#ffffff, #16181c);
  --raised: light-dark(#f5f6f8, #1f2228); --line: light-dark(#d5d8dd, #3a3d44); --link: light-dark(#0b57a4, #7db8f5);
  --good: light-dark(#00603f, #4fd1a1); --half: light-dark(#6b4800, #f0c060); --bad: light-dark(#95300b, #ff9d76); }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; font: 16px/1.55 system-ui, "Liberation Sans", sans-serif; color: var(--ink);
  background: var(--paper); }
a { color: var(--link); } a:focus-visible, summary:focus-visible, input:focus-visible, button:focus-visible,
.wide:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--paper); z-index: 2; }
.page { display: grid; grid-template-columns: 17rem minmax(0, 1fr); max-width: 84rem; margin: 0 auto; }
main { padding: 1.5rem 2rem 4rem; } main > * { max-width: 60rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.4rem; line-height: 1.3; margin: 0; }
main > section > h2 { margin: 3rem 0 .5rem; padding-top: .8rem; border-top: 2px solid var(--line); }
h3 { font-size: 1.08rem; line-height: 1.35; margin: 2rem 0 .6rem; } h3 .label { color: var(--soft); font-weight: 400; }
code { font: .86em/1.4 ui-monospace, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.contents { position: sticky; top: 0; max-height: 100vh; overflow-y: auto; padding: 1.5rem 1rem 2rem 1.2rem;
  font-size: .88rem; line-height: 1.35; border-right: 1px solid var(--line); }
.contents > summary { display: none; font-weight: 600; cursor: pointer; }
.contents ul { list-style: none; margin: .3rem 0; padding: 0; } .contents ul ul { padding-left: .9rem; }
.contents li { margin: .28rem 0; } .contents > ul > li { margin-top: .7rem; font-weight: 600; }
.contents ul ul li { font-weight: 400; }
.contents a { text-decoration: none; } .contents a:hover { text-decoration: underline; }
.filter label { display: block; font-weight: 600; } .filter input { width: 100%; font: inherit; padding: .35rem .5rem;
  color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: 4px; }
.filter output { display: block; min-height: 1.35em; color: var(--soft); }
.note { margin: 1rem 0; padding: .7rem 1rem; background: var(--raised); border-left: 5px solid var(--half); }
.run { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem 1.2rem; margin: 0;
  font-size: .95rem; }
.run dt { color: var(--soft); } .run dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 0; } img { display: block; max-width: 100%; width: 44rem; height: auto; background: #fff;
  padding: .5rem; border-radius: 4px; }
figcaption, .caption { max-width: 44rem; margin: .5rem 0; color: var(--soft); font-size: .92rem; }
details.numbers, .made { max-width: 44rem; font-size: .88rem; } details.numbers > summary { cursor: pointer; }
.made { color: var(--soft); margin: .5rem 0; }
.wide { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; font-size: .84rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
th, td { padding: .28rem .7rem .28rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { border-bottom-width: 2px; white-space: nowrap; }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
th button::after { content: "↕"; color: var(--soft); padding-left: .3em; font-weight: 400; }
th[aria-sort=ascending] button::after { content: "↑"; } th[aria-sort=descending] button::after { content: "↓"; }
td.ours, td.shortest, td.figure, td.verdict { white-space: nowrap; }
.reproduced { color: var(--good); font-weight: 600; } .partly { color: var(--half); font-weight: 600; }
.not-reproduced { color: var(--bad); font-weight: 600; } .not-run { color: var(--soft); }
.folded > summary { cursor: pointer; } .folded > summary h2 { display: inline; }
.folded { margin-top: 3rem; padding-top: .8rem; border-top: 2px solid var(--line); }
@media screen and (max-width: 60rem) {
  .page { display: block; } main { padding: 1rem; }
  .contents { max-height: 75vh; padding: .6rem 1rem; background: var(--paper); border-right: 0;
    border-bottom: 1px solid var(--line); z-index: 1; }
  .contents > summary { display: list-item; } html { scroll-padding-top: 3.2rem; }
  .run { grid-template-columns: minmax(0, 1fr); gap: 0; } .run dd { margin-bottom: .4rem; }
}
@media screen and (max-width: 40rem) {
  .claims thead { position: absolute; left: -99rem; } .claims table, .claims tbody, .claims td { display: block; }
  .claims tr { display: grid; grid-template-columns: 1fr 1fr; padding: .6rem 0; border-bottom: 1px solid var(--line); }
  .claims tr[hidden] { display: none; }
  .claims td { border: 0; padding: .1rem 0; } .claims td.claim { grid-column: 1 / 3; }
  .claims td:is(.paper, .ours, .shortest)::before { content: attr(class) ": "; color: var(--soft); }
}
@media print {
  :root { color-scheme: light; }
  @page { size: A4; margin: 14mm 13mm; }
  body { font-size: 9pt; line-height: 1.35; } .page { display: block; max-width: none; }
  nav, .skip, .made, details.numbers, .broad { display: none; }
  main { padding: 0; } main > * { max-width: none; } a { color: inherit; text-decoration: none; }
  h1 { font-size: 16pt; } h2 { font-size: 13pt; } h3 { font-size: 10.5pt; margin: 4mm 0 2mm; }
  main > section > h2 { margin: 5mm 0 1mm; padding-top: 2mm; }
  h1, h2, h3, .caption, thead, tr, .item:not(.listed), .note { break-inside: avoid; }
  h1, h2, h3, .lead-in { break-after: avoid; } .listed .caption { break-after: avoid; }
  img { width: auto; max-height: 105mm; padding: 0; }
  figcaption, .caption { font-size: 8pt; max-width: none; }
  table { font-size: 7.2pt; } th, td { padding: .5mm 2mm .5mm 0; }
  th { white-space: normal; } .wide { overflow: visible; } th button::after { content: none !important; }
  .listed:has(tbody tr:nth-child(-n + 20):last-child) { break-inside: avoid; }
  .folded { margin-top: 0; break-before: page; } .on-paper { display: block !important; }
}
.on-paper { display: none; }
"""
