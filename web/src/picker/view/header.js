/**
 * The search field, the tabs (https://www.w3.org/WAI/ARIA/apg/patterns/tabs/) and the filters.
 *
 * @import { Tab } from "voices-web/voice-picker/element"
 * @import { CatalogueVoice, ChosenFilters, Facet, Filter } from "../model/catalogue.js"
 * @import { Labels } from "../model/labels.js"
 */

import { filtersFor } from "../model/catalogue.js";
import { el, icon, setAttribute, setText } from "./dom.js";

export const TABS = /** @type {const} */ (["all", "favorites", "recent", "popular"]);

export class Header {
  /** The text in the search field. */
  query = "";
  /** @type {ChosenFilters} */
  chosen = {};

  /**
   * @param {object} callbacks
   * @param {(tab: Tab) => void} callbacks.open  called when the user opens a tab
   * @param {() => void} callbacks.search  called when `query` or `chosen` has changed
   * @param {() => void} callbacks.leave  called when a key moves the focus to the list
   */
  constructor({ open, search, leave }) {
    this.open = open;
    this.onSearch = search;
    this.onLeave = leave;
    this.input = el("input", {
      type: "search",
      part: "search",
      autocomplete: "off",
      spellcheck: "false",
      maxlength: "100",
      on: {
        input: () => this.#search(this.input.value, this.chosen),
        keydown: (event) => this.#onSearchKey(event),
      },
    });
    this.tabs = new Map(TABS.map((tab) => [tab, this.#tab(tab)]));
    this.tablist = el(
      "div",
      {
        role: "tablist",
        class: "tabs",
        part: "tabs",
        on: { keydown: (event) => this.#onTabKey(event) },
      },
      ...this.tabs.values(),
    );
    this.filters = el("div", { class: "facets" });
    this.count = el("span", { class: "count", part: "count", dir: "auto", "aria-hidden": "true" });
    this.elements = [
      el("div", { class: "search" }, icon("search"), this.input),
      this.tablist,
      el("div", { class: "filters", part: "filters" }, this.filters, this.count),
    ];
  }

  /** Mark a tab as the open tab. @param {Tab} tab */
  markTab(tab) {
    for (const [name, button] of this.tabs) {
      setAttribute(button, "aria-selected", name === tab);
      setAttribute(button, "tabindex", name === tab ? 0 : -1);
    }
  }

  /** @param {Tab} tab */
  focusTab(tab) {
    this.tabs.get(tab)?.focus();
  }

  /** @param {Labels} labels @param {string} name  the accessible name of the picker */
  setLabels(labels, name) {
    setAttribute(this.tablist, "aria-label", name);
    setAttribute(this.input, "aria-label", labels.text("search"));
    setAttribute(this.input, "placeholder", labels.text("search"));
    for (const [tab, button] of this.tabs) setText(button, labels.text(tab));
  }

  /**
   * Offer a filter for each field in which these voices differ. A chosen value stays chosen if a
   * filter still offers the value.
   *
   * @param {CatalogueVoice[]} voices
   * @param {Labels} labels
   */
  setFilters(voices, labels) {
    const filters = filtersFor(voices, labels).filter(({ options }) => options.length > 1);
    const before = this.chosen;
    const focused = this.#selects().find((select) => select.matches(":focus"))?.name;
    this.filters.replaceChildren(...filters.map((filter) => this.#filter(filter, labels)));
    this.chosen = {};
    for (const select of this.#selects()) {
      select.value = before[fieldOf(select)] ?? "";
      this.#choose(select);
      if (select.name === focused) select.focus();
    }
  }

  /** Remove the search text and all filters. */
  clear() {
    this.input.value = "";
    for (const select of this.#selects()) select.value = "";
    this.#search("", {});
  }

  #selects() {
    return [...this.filters.querySelectorAll("select")];
  }

  /** @param {Tab} tab */
  #tab(tab) {
    return el("button", {
      role: "tab",
      type: "button",
      id: `tab-${tab}`,
      part: `tab tab-${tab}`,
      "aria-controls": "panel",
      on: { click: () => this.open(tab) },
    });
  }

  /** @param {Filter} filter @param {Labels} labels */
  #filter({ field, options }, labels) {
    const name = labels.text(field);
    const change = () => {
      this.#choose(select);
      this.#search(this.query, this.chosen);
    };
    const select = el(
      "select",
      { name: field, part: "filter", "aria-label": name, on: { change } },
      el("option", { value: "" }, name),
      ...options.map(({ value, label }) => el("option", { value }, label)),
    );
    return el("label", {}, select);
  }

  /** @param {HTMLSelectElement} select */
  #choose(select) {
    if (select.selectedIndex < 0) select.value = ""; // the value is no longer offered
    this.chosen = { ...this.chosen, [fieldOf(select)]: select.value };
    select.classList.toggle("chosen", !!select.value);
  }

  /** @param {string} query @param {ChosenFilters} chosen */
  #search(query, chosen) {
    this.query = query;
    this.chosen = chosen;
    for (const select of this.#selects()) select.classList.toggle("chosen", !!select.value);
    this.onSearch();
  }

  /** @param {KeyboardEvent} event */
  #onSearchKey(event) {
    if (event.isComposing) return; // the key belongs to the input method
    if (event.key === "ArrowDown") {
      event.preventDefault();
      this.onLeave();
    } else if (event.key === "Escape" && this.input.value) {
      event.preventDefault(); // otherwise a dialog around the picker would close
      event.stopPropagation();
      this.clear();
    }
  }

  /** @param {KeyboardEvent} event */
  #onTabKey(event) {
    const { id } = /** @type {HTMLElement} */ (event.target);
    const index = TABS.findIndex((tab) => id === `tab-${tab}`);
    const isRtl = getComputedStyle(this.tablist).direction === "rtl";
    /** @type {Record<string, number>} */
    const steps = {
      Home: -index,
      End: TABS.length - 1 - index,
      ArrowLeft: isRtl ? 1 : -1,
      ArrowRight: isRtl ? -1 : 1,
    };
    if (index < 0 || !(event.key in steps)) return;
    event.preventDefault();
    const tab = TABS[(index + steps[event.key] + TABS.length) % TABS.length];
    this.open(tab);
    this.focusTab(tab);
  }
}

/** @param {HTMLSelectElement} select */
function fieldOf(select) {
  return /** @type {Facet} */ (select.name);
}
