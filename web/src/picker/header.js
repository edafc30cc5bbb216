/** Search, tabs and filters. Tabs as in https://www.w3.org/WAI/ARIA/apg/patterns/tabs/. */

import { facets } from "./catalogue.js";
import { el, icon, put, say } from "./dom.js";

export const TABS = ["all", "favorites", "recent", "popular"];

export class Header {
  /** What is searched for: the text, and a value for each field. */
  query = "";
  wanted = {};

  /**
   * @param open called with a tab that was chosen
   * @param search called when `query` or `wanted` has changed
   * @param leave called when the keyboard goes on to the list
   */
  constructor({ open, search, leave }) {
    this.open = open;
    this.onSearch = search;
    this.input = el("input", {
      type: "search",
      part: "search",
      autocomplete: "off",
      spellcheck: "false",
      maxlength: "100",
      input: () => this.#search(this.input.value, this.wanted),
      keydown: (event) => {
        if (event.isComposing) return; // the key is for the words on offer
        if (event.key === "ArrowDown") {
          event.preventDefault();
          leave();
        } else if (event.key === "Escape" && this.input.value) {
          event.preventDefault(); // a dialog around it would close
          event.stopPropagation();
          this.clear();
        }
      },
    });
    this.tabs = new Map(TABS.map((tab) => [tab, this.#tab(tab)]));
    this.tablist = el(
      "div",
      { role: "tablist", class: "tabs", part: "tabs", keydown: (event) => this.#key(event) },
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

  /** Mark the tab that is open. */
  mark(tab) {
    for (const [name, button] of this.tabs) {
      put(button, "aria-selected", name === tab);
      put(button, "tabindex", name === tab ? 0 : -1);
    }
  }

  focus(tab) {
    this.tabs.get(tab).focus();
  }

  translate(labels, label) {
    put(this.tablist, "aria-label", label);
    put(this.input, "aria-label", labels.text("search"));
    put(this.input, "placeholder", labels.text("search"));
    for (const [tab, button] of this.tabs) say(button, labels.text(tab));
  }

  /** Offer filters by what these voices differ in. One that was chosen stays, if it can. */
  offer(voices, labels) {
    const filters = facets(voices, labels).filter(({ options }) => options.length > 1);
    const chosen = { ...this.wanted };
    const focused = this.filters.querySelector(":focus")?.name;
    this.filters.replaceChildren(...filters.map((filter) => this.#filter(filter, labels)));
    this.wanted = {};
    for (const select of this.filters.querySelectorAll("select")) {
      select.value = chosen[select.name] ?? "";
      this.#choose(select);
      if (select.name === focused) select.focus();
    }
  }

  /** Search for nothing. */
  clear() {
    this.input.value = "";
    for (const select of this.filters.querySelectorAll("select")) select.value = "";
    this.#search("", {});
  }

  #tab(tab) {
    const attributes = { role: "tab", type: "button", id: `tab-${tab}`, part: `tab tab-${tab}` };
    return el("button", {
      ...attributes,
      "aria-controls": "panel",
      click: () => this.open(tab),
    });
  }

  #filter({ field, options }, labels) {
    const name = labels.text(field);
    const any = el("option", { value: "" }, name);
    const values = options.map(({ value, label }) => el("option", { value }, label));
    const change = ({ target }) => {
      this.#choose(target);
      this.#search(this.query, this.wanted);
    };
    const select = el("select", { name: field, part: "filter", "aria-label": name, change }, any);
    select.append(...values);
    return el("label", {}, select);
  }

  #choose(select) {
    if (select.selectedIndex < 0) select.value = ""; // a value that is no longer offered
    this.wanted = { ...this.wanted, [select.name]: select.value };
    select.classList.toggle("chosen", !!select.value);
  }

  #search(query, wanted) {
    this.query = query;
    this.wanted = wanted;
    for (const select of this.filters.querySelectorAll("select"))
      select.classList.toggle("chosen", !!select.value);
    this.onSearch();
  }

  #key(event) {
    const at = TABS.indexOf(event.target.id?.slice("tab-".length));
    const forward = getComputedStyle(this.tablist).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const steps = { Home: -at, End: TABS.length - 1 - at, ArrowLeft: -1, ArrowRight: -1 };
    steps[forward] = 1;
    if (at < 0 || !(event.key in steps)) return;
    event.preventDefault();
    const tab = TABS[(at + steps[event.key] + TABS.length) % TABS.length];
    this.open(tab);
    this.focus(tab);
  }
}
