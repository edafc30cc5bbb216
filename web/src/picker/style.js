/** How the picker looks. What a page may change are the custom properties and the parts. */

const CSS = `
:host {
  /* Where a page asks how wide it would be, as dialogs and flex boxes do, it can be as narrow as one likes. */
  display: grid;
  grid-template: minmax(0, 1fr) / minmax(0, 1fr);
  block-size: var(--voices-height, 34rem);
  min-block-size: 18rem;
}
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
/* Not on :host, where a page that says "--voices-text: var(--text)" would make a circle of it. */
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
  contain-intrinsic-inline-size: 30rem; /* or it would be as wide as nothing */
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

.panel { position: relative; flex: 1; min-block-size: 0; display: flex; flex-direction: column; }
.banner {
  display: flex;
  align-items: center;
  gap: 0.75rem;
  margin: 0.5rem 1rem 0.25rem;
  padding: 0.5rem 0.9rem;
  font-size: 0.8125rem;
  background: var(--soft);
  border-radius: calc(var(--radius) * 0.6);
}
.banner bdi { flex: 1; }
.link { color: var(--accent); font-weight: 600; white-space: nowrap; }
.link:hover { text-decoration: underline; }

.grid { flex: 1; min-block-size: 0; max-block-size: 100vh; overflow: hidden auto; overscroll-behavior: contain; padding-block: 0.25rem; scrollbar-width: thin; }
.rows { position: relative; }
.row {
  position: absolute;
  inset: 0 0.5rem auto;
  block-size: var(--row);
  display: flex;
  align-items: center;
  border-radius: calc(var(--radius) * 0.7);
}
.row:hover { background: var(--hover); }
.row[aria-selected="true"] { background: var(--soft); }
.cell { flex: none; }
.name-cell {
  flex: 1;
  min-inline-size: 0;
  block-size: 100%;
  display: flex;
  align-items: center;
  gap: 0.75rem;
  padding-inline: 0.25rem;
  cursor: pointer;
  border-radius: calc(var(--radius) * 0.6);
}
.name-cell:focus-visible { outline-offset: -2px; }
.what { flex: 1; min-inline-size: 0; }
.name { display: flex; align-items: center; gap: 0.35rem; font-weight: 600; }
.name bdi, .about { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.name svg { inline-size: 1rem; block-size: 1rem; stroke-width: 2.6; color: var(--accent); }
.row:not([aria-selected="true"]) .name svg { display: none; }
.about { display: block; text-align: match-parent; color: var(--muted); font-size: 0.8125rem; }
.usage { flex: none; text-align: end; color: var(--muted); font-size: 0.8125rem; font-variant-numeric: tabular-nums; }
.usage b { display: block; color: var(--text); font-weight: 600; }
.unavailable .name-cell { cursor: default; }
.unavailable .name bdi { color: var(--muted); font-weight: 500; }

.preview {
  --tint: oklch(0.62 0.15 var(--hue, 280));
  position: relative;
  display: grid;
  place-items: center;
  inline-size: 2.6rem;
  block-size: 2.6rem;
  margin: 0 0.4rem 0 0.5rem;
  color: light-dark(oklch(0.42 0.13 var(--hue, 280)), oklch(0.87 0.08 var(--hue, 280)));
  background: color-mix(in oklch, var(--tint) 18%, var(--background));
  border-radius: 50%;
}
[aria-selected="true"] .preview { background: color-mix(in oklch, var(--tint) 32%, var(--background)); }
.preview svg { fill: currentColor; stroke-width: 1; inline-size: 1.35rem; block-size: 1.35rem; }
.preview .stop, .preview[data-state="playing"] .play, .preview[data-state="loading"] .play { display: none; }
.preview[data-state="playing"] .stop, .preview[data-state="loading"] .stop { display: block; }
.preview:hover:not([aria-disabled]) { background: color-mix(in oklch, var(--tint) 32%, var(--background)); }
.preview[aria-disabled] { cursor: default; opacity: 0.75; }
.preview[aria-disabled] svg { display: none; }
.preview .initial { display: none; font-weight: 650; }
.preview[aria-disabled] .initial { display: block; }
.preview[data-state]:not([data-state="stopped"])::after {
  content: "";
  position: absolute;
  inset: -3px;
  border: 2px solid var(--tint);
  border-radius: 50%;
  animation: pulse 1.1s ease-in-out infinite;
}
@keyframes pulse { 50% { opacity: 0.25; } }

.star { display: grid; place-items: center; inline-size: 2.75rem; block-size: 2.75rem; margin-inline-end: 0.25rem; color: var(--muted); border-radius: 50%; }
.star:hover { color: var(--star); background: var(--hover); }
.star[aria-pressed="true"] { color: var(--star); }
.star[aria-pressed="true"] svg { fill: currentColor; animation: pop 0.25s; }
@keyframes pop { 50% { scale: 1.25; } }

.state {
  flex: 1;
  display: flex;
  flex-direction: column;
  align-items: center;
  justify-content: center;
  gap: 0.4rem;
  padding: 1.5rem;
  text-align: center;
  overflow: auto;
}
.state .sign { display: grid; place-items: center; inline-size: 3.5rem; block-size: 3.5rem; margin-block-end: 0.4rem; color: var(--accent); background: var(--soft); border-radius: 50%; }
.state .sign svg { inline-size: 1.6rem; block-size: 1.6rem; }
.state strong { font-size: 1.0625rem; font-weight: 650; }
.state p { margin: 0; max-inline-size: 24rem; color: var(--muted); overflow-wrap: anywhere; text-wrap: balance; }
.button {
  margin-block-start: 0.6rem;
  padding: 0.5rem 1.1rem;
  color: var(--on-accent);
  background: var(--accent);
  font-weight: 600;
  border-radius: 99px;
}
.button:hover { filter: brightness(1.08); }

.skeleton { padding: 0.25rem 0.5rem; overflow: hidden; flex: 1; }
.skeleton div { display: flex; align-items: center; gap: 0.9rem; block-size: var(--row); padding-inline: 0.5rem; }
.skeleton i { background: var(--hover); border-radius: 99px; block-size: 0.8rem; inline-size: 45%; animation: pulse 1.4s ease-in-out infinite; }
.skeleton i:first-child { inline-size: 2.6rem; block-size: 2.6rem; }

.notice {
  position: absolute;
  inset: auto 1rem 1rem;
  padding: 0.65rem 1rem;
  font-size: 0.875rem;
  color: var(--background);
  background: var(--text);
  border-radius: calc(var(--radius) * 0.7);
}

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

const sheets = new WeakMap();

/**
 * One style sheet for all pickers of a document, which takes none of another's; made by script, so
 * that no style has to be allowed by a policy.
 */
export function style(document) {
  if (!sheets.has(document)) {
    const sheet = new document.defaultView.CSSStyleSheet();
    sheet.replaceSync(CSS);
    sheets.set(document, sheet);
  }
  return sheets.get(document);
}
