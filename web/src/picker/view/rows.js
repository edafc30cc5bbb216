/**
 * The rows of the grid. Each row shows a voice, with a preview button and a star.
 *
 * @import { CatalogueVoice } from "../model/catalogue.js"
 * @import { Item } from "../model/items.js"
 * @import { Picker } from "../picker.js"
 * @import { IconName } from "./dom.js"
 */

import { voiceDataOf } from "../model/catalogue.js";
import { el, icon, setAttribute, setText } from "./dom.js";

export const VOICE_COLUMN = 1;

/** @typedef {ReturnType<Rows["create"]>} Row */

/** Create the rows of a picker, and fill the rows with voices. */
export class Rows {
  /** @param {Picker} picker */
  constructor(picker) {
    this.picker = picker;
  }

  create() {
    const initial = el("span", { class: "initial", "aria-hidden": "true" });
    const preview = el(
      "button",
      {
        type: "button",
        class: "preview",
        part: "preview",
        on: { click: () => this.#play(row.item) },
      },
      classedIcon("play"),
      classedIcon("stop"),
      initial,
    );
    const voice = this.#voiceCell(() => this.#choose(row.item));
    const star = el(
      "button",
      { type: "button", class: "star", part: "star", on: { click: () => this.#toggle(row.item) } },
      icon("star"),
    );
    const element = el(
      "div",
      { role: "row", class: "row", part: "row" },
      el("div", { role: "gridcell", class: "cell" }, preview),
      voice.cell,
      el("div", { role: "gridcell", class: "cell" }, star),
    );
    const row = {
      ...voice,
      ...{ element, cells: [preview, voice.cell, star], initial, preview, star },
      item: /** @type {Item | undefined} */ (undefined),
    };
    return row;
  }

  /** @param {Row} row @param {Item} item */
  fill(row, item) {
    const { labels, lists, player, selected } = this.picker;
    const { voice } = item;
    const { name } = voice;
    const isSelected = item.id === selected;
    row.item = item;
    setAttribute(row.element, "aria-selected", isSelected);
    row.element.classList.toggle("unavailable", !!voice.unavailable);
    row.element.style.setProperty("--hue", String(hueOf(item.id)));

    const state = player.stateOf(item.id);
    const canPlay = !!voice.preview_url;
    const label = canPlay ? (state === "stopped" ? "play" : "stop") : "noPreview";
    setAttribute(row.preview, "aria-label", labels.text(label, { name }));
    setAttribute(row.preview, "aria-disabled", canPlay ? null : "true");
    setAttribute(row.preview, "data-state", state);
    const [initial] = name;
    setText(row.initial, initial.toUpperCase());

    setText(row.name, name);
    setText(row.chosen, isSelected ? labels.text("selected") : "");
    setText(row.about, this.#about(voice));
    this.#fillUsage(row, item);
    setAttribute(row.star, "aria-label", labels.text("favorite", { name }));
    setAttribute(row.star, "aria-pressed", lists.isFavorite(item.id));
  }

  /** Create the cell with the name and the description. @param {() => void} choose */
  #voiceCell(choose) {
    const name = el("bdi");
    const chosen = el("span", { class: "hidden" });
    // Each text can have a different direction. The description is aligned with the page's
    // direction.
    const about = el("span", { class: "about", part: "about", dir: "auto" });
    const main = el("bdi");
    const more = el("bdi");
    const usage = el(
      "span",
      { class: "usage", part: "usage" },
      el("b", {}, main),
      el("span", {}, more),
    );
    const keydown = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose();
    };
    const cell = el(
      "div",
      { role: "gridcell", class: "name-cell", on: { click: choose, keydown } },
      el(
        "span",
        { class: "what" },
        el("span", { class: "name", part: "name" }, name, icon("check"), chosen),
        about,
      ),
      usage,
    );
    return { cell, name, chosen, about, main, more, usage };
  }

  /** @param {CatalogueVoice} voice */
  #about(voice) {
    const { labels } = this.picker;
    if (voice.unavailable) return labels.text("unavailable");
    const fields = /** @type {const} */ (["language", "accent", "gender"]);
    const values = fields.map((field) => labels.value(field, voice[field]));
    return [...values, voice.description].filter(Boolean).join(" · ");
  }

  /** @param {Row} row @param {Item} item */
  #fillUsage(row, { usage }) {
    const { labels } = this.picker;
    row.usage.hidden = !usage;
    if (!usage) return;
    const { last_used_at, position, usage_count } = usage;
    setText(row.main, last_used_at ? labels.ago(last_used_at) : `#${position}`);
    setText(row.more, labels.text("uses", { n: usage_count }));
  }

  /** @param {Item | undefined} item */
  #choose(item) {
    if (item) this.picker.choose(item);
  }

  /** @param {Item | undefined} item */
  #toggle(item) {
    if (item) this.picker.lists.toggleFavorite(item.id, voiceDataOf(item.voice));
  }

  /** @param {Item | undefined} item */
  #play(item) {
    if (item?.voice.preview_url) this.picker.player.toggle(item.id, item.voice.preview_url);
  }
}

/** @param {IconName} name */
function classedIcon(name) {
  const svg = icon(name);
  svg.classList.add(name);
  return svg;
}

/** Return the hue of a voice in degrees, which depends only on the id. @param {string} id */
function hueOf(id) {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 3600;
  return sum % 360;
}
