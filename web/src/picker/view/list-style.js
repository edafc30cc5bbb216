/** The styles of the area below the tabs. */

export const LIST_CSS = `
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
.state .icon { display: grid; place-items: center; inline-size: 3.5rem; block-size: 3.5rem; margin-block-end: 0.4rem; color: var(--accent); background: var(--soft); border-radius: 50%; }
.state .icon svg { inline-size: 1.6rem; block-size: 1.6rem; }
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
`;
