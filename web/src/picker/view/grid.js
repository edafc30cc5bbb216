/**
 * A list as an ARIA grid (https://www.w3.org/WAI/ARIA/apg/patterns/grid/). To keep long lists fast,
 * only the rows near the visible area are in the document.
 */

import { el, setAttribute } from "./dom.js";

const SPARE_ROWS = 4; // beyond each edge, so that scrolling shows no gap
const DEFAULT_ROW_HEIGHT = 64; // pixels; used until a row has been measured

/**
 * @typedef {object} GridRow
 * @property {HTMLElement} element
 * @property {HTMLElement[]} cells  the focusable elements
 */

/**
 * @template {{id: string}} Item
 * @template {GridRow} Row
 */
export class Grid {
  /** @type {Item[]} */
  items = [];
  /** @type {Map<string, number>} from item ids to indexes */
  #indexes = new Map();
  /** @type {Map<string, Row>} from item ids to the rows in the document */
  #rows = new Map();
  /**
   * @type {{id: string | undefined, column: number}} the cell that has the focus, or gets it next
   */
  #active;
  #rowHeight = DEFAULT_ROW_HEIGHT;
  /** @type {number | undefined} */
  #frame;

  /**
   * @param {object} options
   * @param {() => Row} options.createRow
   * @param {(row: Row, item: Item) => void} options.fillRow
   * @param {number} options.firstColumn  the column that gets the focus first
   */
  constructor({ createRow, fillRow, firstColumn }) {
    this.createRow = createRow;
    this.fillRow = fillRow;
    this.#active = { id: undefined, column: firstColumn };
    this.body = el("div", { role: "rowgroup", class: "rows" });
    const on = {
      keydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event),
      focusin: (/** @type {FocusEvent} */ event) => this.#onFocus(event),
      scroll: () => this.#renderSoon(),
    };
    this.element = el("div", { role: "grid", part: "list", class: "grid", on }, this.body);
    this.observer = new ResizeObserver(() => this.#renderSoon());
  }

  connect() {
    this.observer.observe(this.element);
  }

  disconnect() {
    this.observer.disconnect();
  }

  /**
   * Show these items. If the list no longer contains the focused item, focus the item at the same
   * position.
   *
   * @param {Item[]} items
   */
  setItems(items) {
    const index = this.#activeIndex();
    const hadFocus = this.element.matches(":focus-within");
    this.items = items;
    this.#indexes = new Map(items.map(({ id }, position) => [id, position]));
    if (!this.#indexes.has(this.#active.id ?? ""))
      this.#active.id = items[Math.min(index, items.length - 1)]?.id;
    setAttribute(this.element, "aria-rowcount", items.length);
    this.#render(true);
    if (hadFocus && !this.element.matches(":focus-within"))
      this.#activeCell()?.focus({ preventScroll: true });
  }

  /** Scroll to the top, and make the first item active. */
  scrollToTop() {
    this.element.scrollTop = 0;
    this.#active.id = this.items[0]?.id;
    this.#render();
  }

  /** Focus the active cell, and scroll to it. */
  focus() {
    this.#render();
    this.#activeCell()?.focus({ preventScroll: true });
    this.#activeRow()?.element.scrollIntoView({ block: "nearest" });
    this.#render();
  }

  #activeRow() {
    return this.#rows.get(this.#active.id ?? "");
  }

  #activeCell() {
    return this.#activeRow()?.cells[this.#active.column];
  }

  #activeIndex() {
    return this.#indexes.get(this.#active.id ?? "") ?? 0;
  }

  #renderSoon() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#render();
    });
  }

  #render(refill = false) {
    const visible = this.#visibleIndexes();
    for (const [id, row] of this.#rows) if (!visible.has(id)) this.#removeRow(id, row);
    const inOrder = [...visible].sort(([, a], [, b]) => a - b);
    for (const [position, [id, index]] of inOrder.entries())
      this.#showRow(id, index, position, refill);
    this.body.style.height = `${this.items.length * this.#rowHeight}px`;
    this.#measureRow();
  }

  /** Return the indexes of the rows to render, by item id. */
  #visibleIndexes() {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / this.#rowHeight) - SPARE_ROWS);
    const end = Math.min(
      this.items.length,
      Math.ceil((scrollTop + clientHeight) / this.#rowHeight) + SPARE_ROWS,
    );
    /** @type {Map<string, number>} */
    const visible = new Map();
    for (let index = first; index < end; index += 1) visible.set(this.items[index].id, index);
    // The active row always stays in the document. Otherwise, scrolling could remove the focused
    // cell.
    if (this.#active.id !== undefined && this.items.length)
      visible.set(this.#active.id, this.#activeIndex());
    return visible;
  }

  /** @param {string} id @param {Row} row */
  #removeRow(id, row) {
    row.element.remove();
    this.#rows.delete(id);
  }

  /** @param {string} id @param {number} index @param {number} position @param {boolean} refill */
  #showRow(id, index, position, refill) {
    const existing = this.#rows.get(id);
    const row = existing ?? this.createRow();
    if (!existing) this.#rows.set(id, row);
    if (!existing || refill) this.fillRow(row, this.items[index]);
    setAttribute(row.element, "aria-rowindex", index + 1);
    row.element.style.transform = `translateY(${index * this.#rowHeight}px)`;
    const { id: activeId, column: activeColumn } = this.#active;
    for (const [column, cell] of row.cells.entries())
      setAttribute(cell, "tabindex", id === activeId && column === activeColumn ? 0 : -1);
    // Screen readers read rows in document order, so the document order must match the screen.
    const sibling = this.body.children[position];
    if (sibling !== row.element) this.body.insertBefore(row.element, sibling ?? null);
  }

  #measureRow() {
    const [row] = this.#rows.values();
    const height = row?.element.offsetHeight;
    if (!height || height === this.#rowHeight) return;
    this.#rowHeight = height;
    this.#renderSoon();
  }

  /** @param {FocusEvent} event */
  #onFocus({ target }) {
    for (const [id, { cells }] of this.#rows) {
      const column = cells.indexOf(/** @type {HTMLElement} */ (target));
      if (column < 0) continue;
      this.#active = { id, column };
      this.#render();
    }
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { items } = this;
    if (!items.length || event.altKey || event.metaKey) return;
    const columns = this.#activeRow()?.cells.length ?? 1;
    const target = this.#targetOf(event, this.#activeIndex(), this.#active.column, columns);
    if (!target) return;
    event.preventDefault();
    this.#active.id = items[Math.min(Math.max(target.row, 0), items.length - 1)].id;
    this.#active.column = Math.min(Math.max(target.column, 0), columns - 1);
    this.focus();
  }

  /**
   * Return the position to which a key moves the focus. The position can be outside the grid.
   *
   * @param {KeyboardEvent} event
   * @param {number} row
   * @param {number} column
   * @param {number} columns
   */
  #targetOf({ key, ctrlKey }, row, column, columns) {
    const isRtl = getComputedStyle(this.element).direction === "rtl";
    const pageRows = Math.max(1, Math.floor(this.element.clientHeight / this.#rowHeight) - 1);
    switch (key) {
      case "ArrowDown":
        return { row: row + 1, column };
      case "ArrowUp":
        return { row: row - 1, column };
      case "PageDown":
        return { row: row + pageRows, column };
      case "PageUp":
        return { row: row - pageRows, column };
      case "ArrowLeft":
        return { row, column: isRtl ? column + 1 : column - 1 };
      case "ArrowRight":
        return { row, column: isRtl ? column - 1 : column + 1 };
      case "Home":
        return { row: ctrlKey ? 0 : row, column: 0 };
      case "End":
        return { row: ctrlKey ? this.items.length - 1 : row, column: columns - 1 };
      default:
        return undefined;
    }
  }
}
