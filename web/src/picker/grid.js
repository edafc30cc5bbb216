/**
 * A list as an ARIA grid: only the rows that are seen are in the page, however long it is, and the
 * keys of the pattern (https://www.w3.org/WAI/ARIA/apg/patterns/grid/) go from cell to cell.
 */

import { el, put } from "./dom.js";

const SPARE = 4; // rows beyond each edge, so that scrolling shows no gap
const USUAL_HEIGHT = 64; // pixels, until a row has been measured

export class Grid {
  /**
   * @param make makes a row: `{element, cells}`, where a cell is what takes the focus
   * @param fill shows an item on a row: `(row, item)`
   * @param home the column that the focus comes to first
   */
  constructor({ make, fill, home }) {
    this.make = make;
    this.fill = fill;
    this.items = [];
    this.rows = new Map(); // item id -> row in the page
    this.active = { id: undefined, column: home };
    this.rowHeight = USUAL_HEIGHT;
    this.body = el("div", { role: "rowgroup", class: "rows" });
    this.element = el(
      "div",
      {
        role: "grid",
        part: "list",
        class: "grid",
        keydown: (event) => this.#key(event),
        focusin: (event) => this.#focused(event),
        scroll: () => this.#later(),
      },
      this.body,
    );
    this.observer = new ResizeObserver(() => this.#later());
  }

  connect() {
    this.observer.observe(this.element);
  }

  disconnect() {
    this.observer.disconnect();
  }

  /** Show these items, each with an `id` of its own. The focus stays on its item, or its place. */
  set(items) {
    const place = this.#place();
    const hadFocus = this.element.matches(":focus-within");
    this.items = items;
    this.places = new Map(items.map(({ id }, index) => [id, index]));
    if (!this.places.has(this.active.id))
      this.active.id = items[Math.min(place, items.length - 1)]?.id;
    put(this.element, "aria-rowcount", items.length);
    this.#render(true);
    if (hadFocus && !this.element.matches(":focus-within"))
      this.#cell()?.focus({ preventScroll: true });
  }

  /** Back to the top, and the focus comes to the first item next. */
  rewind() {
    this.element.scrollTop = 0;
    this.active.id = this.items[0]?.id;
    this.#render();
  }

  /** Put the focus on the active cell, and show it. */
  focus() {
    this.#render();
    this.#cell()?.focus({ preventScroll: true });
    this.rows.get(this.active.id)?.element.scrollIntoView({ block: "nearest" });
    this.#render();
  }

  #cell() {
    return this.rows.get(this.active.id)?.cells[this.active.column];
  }

  #place() {
    return this.places?.get(this.active.id) ?? 0;
  }

  #later() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.#render();
    });
  }

  #render(refill = false) {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / this.rowHeight) - SPARE);
    const last = Math.min(
      this.items.length,
      Math.ceil((scrollTop + clientHeight) / this.rowHeight) + SPARE,
    );
    const seen = new Map();
    for (let index = first; index < last; index += 1) seen.set(this.items[index].id, index);
    // The active row stays, or else the focus would be lost by scrolling.
    if (this.items.length) seen.set(this.active.id, this.#place());
    for (const [id, row] of this.rows) if (!seen.has(id)) this.#remove(id, row);
    const inOrder = [...seen].sort(([, a], [, b]) => a - b);
    for (const [at, [id, index]] of inOrder.entries()) this.#show(id, index, at, refill);
    this.body.style.height = `${this.items.length * this.rowHeight}px`;
    this.#measure();
  }

  #remove(id, row) {
    row.element.remove();
    this.rows.delete(id);
  }

  #show(id, index, at, refill) {
    const isNew = !this.rows.has(id);
    if (isNew) this.rows.set(id, this.make());
    const row = this.rows.get(id);
    if (isNew || refill) this.fill(row, this.items[index]);
    put(row.element, "aria-rowindex", index + 1);
    row.element.style.transform = `translateY(${index * this.rowHeight}px)`;
    for (const [column, cell] of row.cells.entries())
      put(cell, "tabindex", id === this.active.id && column === this.active.column ? 0 : -1);
    // In the order that is seen: so they are read.
    const there = this.body.children[at];
    if (there !== row.element) this.body.insertBefore(row.element, there ?? null);
  }

  #measure() {
    const [row] = this.rows.values();
    const height = row?.element.offsetHeight;
    if (!height || height === this.rowHeight) return;
    this.rowHeight = height;
    this.#later();
  }

  #focused({ target }) {
    for (const [id, { cells }] of this.rows) {
      const column = cells.indexOf(target);
      if (column < 0) continue;
      this.active = { id, column };
      this.#render();
    }
  }

  #key(event) {
    const { active, items } = this;
    if (!items.length || event.altKey || event.metaKey) return;
    const forward = getComputedStyle(this.element).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const columns = this.rows.get(active.id)?.cells.length ?? 1;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.rowHeight) - 1);
    let [row, column] = [this.#place(), active.column];
    if (event.key === "ArrowDown") row += 1;
    else if (event.key === "ArrowUp") row -= 1;
    else if (event.key === "PageDown") row += page;
    else if (event.key === "PageUp") row -= page;
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight")
      column += event.key === forward ? 1 : -1;
    else if (event.key === "Home") [row, column] = event.ctrlKey ? [0, 0] : [row, 0];
    else if (event.key === "End")
      [row, column] = [event.ctrlKey ? items.length - 1 : row, columns - 1];
    else return;
    event.preventDefault();
    active.id = items[Math.min(Math.max(row, 0), items.length - 1)].id;
    active.column = Math.min(Math.max(column, 0), columns - 1);
    this.focus();
  }
}
