/**
 * Connect the lists and the catalogue with the visible elements of the picker.
 *
 * @import { ApiClient, Usage } from "../api-service.js"
 * @import {
 *   Labels as LabelOptions, PickerError, Tab, VoicePickerEventDetails
 * } from "voices-web/voice-picker/element"
 * @import { Action, State } from "./model/states.js"
 * @import { Item } from "./model/items.js"
 * @import { Row } from "./view/rows.js"
 */

import { matcher } from "./model/catalogue.js";
import { CatalogueSource } from "./model/catalogue-source.js";
import { itemsOf, voiceOf } from "./model/items.js";
import { Labels } from "./model/labels.js";
import { Lists } from "./model/lists.js";
import { errorState, staleReason, stateOf } from "./model/states.js";
import { Player } from "./player.js";
import { Retry } from "./retry.js";
import { el, setAttribute, setText } from "./view/dom.js";
import { Grid } from "./view/grid.js";
import { Header } from "./view/header.js";
import { Panel } from "./view/panel.js";
import { Rows, VOICE_COLUMN } from "./view/rows.js";

// After a usage event, the open list is reloaded twice. The service counts the usage event within
// seconds. The popular voices can be ten seconds older, because they are cached.
const RELOAD_AFTER_MS = [3_000, 12_000];

/**
 * @typedef {VoicePickerEventDetails & {tab: Tab}} EventDetails
 * @typedef {keyof EventDetails} EventType
 * @typedef {{[Type in EventType]: {type: Type, detail: EventDetails[Type]}}[EventType]} PickerEvent
 *   a DOM event of the element, or "tab" when the user opens a tab
 */

export class Picker {
  /** @type {Tab} */
  tab = "all";
  /** @type {string | null} */
  selected = null;
  /** @type {Usage} sent with each usage event */
  usage = {};
  labels = new Labels();
  #isRenderDue = false;
  /** @type {ReturnType<typeof setTimeout>[]} */
  #reloadTimers = [];

  /**
   * @param {ShadowRoot} root
   * @param {(event: PickerEvent) => void} emit
   */
  constructor(root, emit) {
    this.root = root;
    this.emit = emit;
    const changed = () => this.render();
    this.catalogue = new CatalogueSource({ changed, loaded: () => this.#onCatalogue() });
    this.lists = new Lists({
      changed,
      failed: (...failure) => this.#onFailure(...failure),
      confirmed: (id, favorite) =>
        emit({ type: "favorite-changed", detail: { voice_id: id, favorite } }),
    });
    this.player = new Player({
      changed,
      failed: (id) => this.#notify("notPlayed", { name: this.#nameOf(id) }),
    });
    this.retry = new Retry(() => this.reload());
    const rows = new Rows(this);
    /** @type {Grid<Item, Row>} */
    this.grid = new Grid({
      createRow: () => rows.create(),
      fillRow: (row, item) => rows.fill(row, item),
      firstColumn: VOICE_COLUMN,
    });
    this.header = new Header({
      open: (tab) => emit({ type: "tab", detail: tab }),
      search: () => this.#showTop(),
      leave: () => this.grid.focus(),
    });
    this.panel = new Panel(this.grid.element, (action) => this.#act(action));
    const { element, status, notice } = this.panel;
    const parts = [...this.header.elements, element, status, notice];
    this.element = el("section", { class: "picker", part: "picker" }, ...parts);
    root.append(this.element);
  }

  connect() {
    this.grid.connect();
    this.retry.connect();
  }

  /** Stop all timers, observers and sounds. */
  disconnect() {
    this.grid.disconnect();
    this.retry.disconnect();
    this.player.stop();
    this.panel.hideNotice();
    this.#cancelReloads();
  }

  /**
   * Use this service, and forget the data of the previous service or user.
   *
   * @param {ApiClient} service
   */
  setService(service) {
    this.#cancelReloads();
    this.lists.setService(service);
    this.lists.load("favorites"); // needed on every tab, because every tab shows stars
    if (this.tab !== "favorites") this.#loadTab();
  }

  /**
   * Use these texts. `name` is the accessible name of the picker.
   *
   * @param {LabelOptions | null | undefined} texts
   * @param {string | null} name
   */
  setLabels(texts, name) {
    this.labels = new Labels(texts);
    const accessibleName = name || this.labels.text("picker");
    setAttribute(this.element, "aria-label", accessibleName);
    setAttribute(this.grid.element, "aria-label", accessibleName);
    this.header.setLabels(this.labels, accessibleName);
    this.#setFilters();
    this.render();
  }

  /** Open a tab, and load its list. @param {Tab} tab */
  openTab(tab) {
    this.tab = tab;
    this.#showTop();
    this.#loadTab();
  }

  /** @param {FocusOptions} [options] */
  focus(options) {
    this.header.input.focus(options);
  }

  /** Mark a voice as selected. @param {string | null} id */
  select(id) {
    this.selected = id;
    this.render();
  }

  /** Reload the favorites and the open list, and also the catalogue if its last load failed. */
  reload() {
    if (this.catalogue.error) this.catalogue.reload();
    if (!this.lists.service) return;
    this.lists.load("favorites");
    if (this.tab !== "favorites") this.#loadTab();
  }

  /** Select the voice that the user chooses, and report a usage event. @param {Item} item */
  choose({ id, voice }) {
    if (voice.unavailable || id === this.selected) return;
    this.select(id);
    this.lists.trackUsage(id, this.usage);
    this.#cancelReloads();
    this.#reloadTimers = RELOAD_AFTER_MS.map((delayMs) =>
      setTimeout(() => this.#reloadUsage(), delayMs),
    );
    // This statement must be the last one, because the page's event handler may remove the picker.
    this.emit({ type: "voice-selected", detail: { voice_id: id, voice: voice.raw } });
  }

  /** Render in the next microtask, so that several changes cause one rendering. */
  render() {
    if (this.#isRenderDue) return;
    this.#isRenderDue = true;
    queueMicrotask(() => {
      this.#isRenderDue = false;
      this.#renderNow();
    });
  }

  #renderNow() {
    const { catalogue, header, labels, tab } = this;
    const focused = this.panel.focusedIn(this.root);
    const view = tab === "all" ? {} : this.lists.view(tab);
    const listed = catalogue.hasVoices ? itemsOf(tab, catalogue.voices, this.lists) : [];
    const matches = matcher(header.query, header.chosen);
    const items = listed.filter(({ voice }) => matches(voice));
    const state = stateOf({ tab, catalogue, view, total: listed.length, matching: items.length });
    const error = staleReason(this.lists.view("favorites"), view);
    const count = labels.text("voices", { n: items.length });
    header.markTab(tab);
    setText(header.count, state ? "" : count);
    setAttribute(this.panel.element, "aria-labelledby", `tab-${tab}`);
    this.panel.show({ state, problem: error ? errorState(error) : undefined, count, labels });
    this.grid.setItems(items);
    if (focused && !this.panel.focusedIn(this.root)) this.#moveFocus(state);
    if (error || catalogue.error) this.retry.schedule();
    else this.retry.reset();
  }

  /**
   * Focus the element that has replaced the focused element.
   *
   * @param {State | "loading" | undefined} state
   */
  #moveFocus(state) {
    if (!state) this.grid.focus();
    else if (state !== "loading" && state.action) this.panel.button.focus();
    else this.header.focusTab(this.tab);
  }

  #showTop() {
    this.#renderNow();
    this.grid.scrollToTop();
  }

  #reloadUsage() {
    if (this.tab === "recent" || this.tab === "popular") this.#loadTab();
  }

  #cancelReloads() {
    for (const timer of this.#reloadTimers) clearTimeout(timer);
  }

  #loadTab() {
    if (this.tab !== "all" && this.lists.service) this.lists.load(this.tab);
  }

  #setFilters() {
    this.header.setFilters([...this.catalogue.voices.values()], this.labels);
  }

  /** @param {string} id */
  #nameOf(id) {
    return voiceOf(id, this.catalogue.voices, this.lists).name;
  }

  #onCatalogue() {
    const { error } = this.catalogue;
    this.#setFilters();
    this.render();
    if (error) this.#emitError({ error: /** @type {Error} */ (error), action: "catalogue" });
  }

  /** @type {Lists["failed"]} */
  #onFailure(reason, action, id) {
    const error = /** @type {PickerError["error"]} */ (reason);
    const code = "code" in error ? error.code : undefined;
    if (id) {
      const { title } = errorState(error);
      const text = title === "failed" ? error.message : this.labels.text(title);
      this.#notify("notChanged", { name: this.#nameOf(id), reason: text });
    }
    // A signed-out user has no personal lists, so a failed load is not an error. A star that could
    // not be stored is an error.
    if (!id && code === "UNAUTHORIZED") return;
    this.#emitError({ error, action, ...(id && { voice_id: id }) });
  }

  /** @param {PickerError} detail */
  #emitError(detail) {
    this.emit({ type: "error", detail });
  }

  /** @param {string} key @param {Record<string, string>} values */
  #notify(key, values) {
    this.panel.notify(this.labels.text(key, values));
  }

  /** @param {Action} action */
  #act(action) {
    if (action === "retry") this.reload();
    else if (action === "clear") this.header.clear();
    else this.emit({ type: "tab", detail: "all" });
  }
}
