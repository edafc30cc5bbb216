/** The styles of the picker. A page can change the custom properties and the parts. */

import { LIST_CSS } from "./list-style.js";

const HEADER_CSS = `
:host {
  /* With minmax(0, …), the picker can shrink in dialogs and flex boxes. */
  display: grid;
  grid-template: minmax(0, 1fr) / minmax(0, 1fr);
  block-size: var(--voices-height, 34rem);
  min-block-size: 18rem;
}
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
/* On :host, these properties would form a cycle with a page's "--voices-text: var(--text)". */
.picker {
  --accent: var(--voices-accent, light-dark(#4f46e5, #a5a0ff));
  --on-accent: var(--voices-on-accent, light-dark(#fff, #16162b));
  --background: var(--voices-background, light-dark(#fff, #16171f));
  --text: var(--voices-text, light-dark(#191a23, #eceef5));
  --muted: var(--voices-muted, light-dark(#5d6274, #a3a8ba));
  --border: var(--voices-border, light-dark(#e3e5ec, #2d2f3b));
  --star: var(--voices-star, light-dark(#c2680a, #fbbf24));
  --radius: var(--voices-radius, 16px);
  --row: var(--voices-row-height, 4rem);
  --soft: color-mix(in srgb, var(--accent) 10%, transparent);
  --hover: color-mix(in srgb, var(--text) 5%, transparent);
  font: var(--voices-font, 400 0.9375rem/1.4 system-ui, sans-serif);
  color: var(--text);
  text-align: start;
  white-space: normal;
  container-type: inline-size;
  /* If the page sets no width, containment would otherwise make the width 0. */
  contain-intrinsic-inline-size: 30rem;
  position: relative;
  display: flex;
  flex-direction: column;
  block-size: 100%;
  overflow: hidden;
  background: var(--background);
  border: 1px solid var(--border);
  border-radius: var(--radius);
}
button, input, select { font: inherit; color: inherit; margin: 0; }
button { background: none; border: 0; padding: 0; cursor: pointer; }
svg {
  inline-size: 1.25rem;
  block-size: 1.25rem;
  flex: none;
  fill: none;
  stroke: currentColor;
  stroke-width: 1.8;
  stroke-linecap: round;
  stroke-linejoin: round;
}
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.hidden {
  position: absolute;
  inline-size: 1px;
  block-size: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

.search { position: relative; margin: 1rem 1rem 0; color: var(--muted); }
.search svg { position: absolute; inset-inline-start: 0.8rem; inset-block-start: 0.7rem; pointer-events: none; }
.search input {
  inline-size: 100%;
  block-size: 2.65rem;
  padding-inline: 2.6rem 0.8rem;
  color: var(--text);
  background: var(--hover);
  border: 1px solid transparent;
  border-radius: calc(var(--radius) * 0.7);
}
.search input::placeholder { color: var(--muted); opacity: 1; }
.search input::-webkit-search-cancel-button { filter: grayscale(1); cursor: pointer; }
.search input:focus { outline: 2px solid var(--accent); outline-offset: -1px; }

.tabs { display: flex; flex-wrap: wrap; gap: 0 0.25rem; margin: 0.6rem 1rem 0; border-block-end: 1px solid var(--border); }
.tabs button {
  position: relative;
  flex: 0 1 auto;
  padding: 0.55rem 0.75rem 0.65rem;
  color: var(--muted);
  font-weight: 550;
  white-space: nowrap;
  border-radius: 8px 8px 0 0;
}
.tabs button:hover { color: var(--text); }
.tabs button[aria-selected="true"] { color: var(--text); }
.tabs button[aria-selected="true"]::after {
  content: "";
  position: absolute;
  inset: auto 0.5rem -1px;
  block-size: 2px;
  background: var(--accent);
  border-radius: 2px;
}
.tabs :focus-visible { outline-offset: -3px; }

.filters { display: flex; align-items: center; gap: 0.75rem; margin: 0.75rem 1rem 0.25rem; }
.facets { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.filters label { position: relative; min-inline-size: 0; }
.filters select {
  max-inline-size: 11rem;
  block-size: 2rem;
  padding-inline: 0.7rem 1.7rem;
  font-size: 0.8125rem;
  text-overflow: ellipsis;
  field-sizing: content;
  appearance: none;
  background: var(--background);
  border: 1px solid var(--border);
  border-radius: 99px;
  cursor: pointer;
}
.filters select:hover { border-color: var(--muted); }
.filters select.chosen { color: var(--accent); border-color: var(--accent); background: var(--soft); }
.filters select option { color: var(--text); background: var(--background); }
.filters label::after {
  content: "";
  position: absolute;
  inset-inline-end: 0.8rem;
  inset-block-start: 0.72rem;
  inline-size: 0.38rem;
  block-size: 0.38rem;
  border: solid var(--muted);
  border-width: 0 1.5px 1.5px 0;
  rotate: 45deg;
  pointer-events: none;
}
.count { margin-inline-start: auto; color: var(--muted); font-size: 0.8125rem; white-space: nowrap; }
`;

const MEDIA_CSS = `
@container (max-width: 26rem) {
  .search, .tabs, .filters { margin-inline: 0.75rem; }
  .tabs { gap: 0; justify-content: space-between; }
  .tabs button { padding-inline: 0.3rem; font-size: 0.875rem; }
  .facets { gap: 0.35rem; }
  .facets, .filters label { flex: 1 1 auto; }
  .filters select { inline-size: 100%; max-inline-size: none; padding-inline: 0.55rem 1.2rem; font-size: 0.75rem; }
  .filters label::after { inset-inline-end: 0.6rem; }
  .count { display: none; }
  .row { inset-inline: 0.25rem; }
  .usage span { display: none; }
}
@media (prefers-reduced-motion: reduce) { *, ::after { animation: none !important; } }
@media (forced-colors: active) {
  .row[aria-selected="true"] { outline: 2px solid Highlight; outline-offset: -2px; }
  .star[aria-pressed="true"], .tabs [aria-selected="true"] { color: Highlight; }
}
`;

/** @type {WeakMap<Document, CSSStyleSheet>} */
const sheets = new WeakMap();

/**
 * Return the style sheet that all pickers of a document share. A style sheet belongs to one
 * document. The sheet is created by a script, so that a Content Security Policy need not allow
 * inline styles.
 *
 * @param {Document} document
 */
export function styleSheetFor(document) {
  let sheet = sheets.get(document);
  if (!sheet) {
    const { CSSStyleSheet } = /** @type {Window & typeof globalThis} */ (document.defaultView);
    sheet = new CSSStyleSheet();
    sheet.replaceSync(HEADER_CSS + LIST_CSS + MEDIA_CSS);
    sheets.set(document, sheet);
  }
  return sheet;
}
