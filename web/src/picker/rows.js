/** A voice as a row of the grid: preview, voice, star. */

import { toKeep } from "./catalogue.js";
import { el, icon, put, say } from "./dom.js";

export const VOICE_COLUMN = 1;

/** Makes rows and fills them; `picker` is asked for what a row shows, and told what is done on it. */
export class Rows {
  constructor(picker) {
    this.picker = picker;
  }

  make() {
    /** @type {Record<string, any>} the elements, what takes the focus as `cells`, and the item shown */
    const row = {};
    const { picker } = this;
    const choose = () => picker.choose(row.item);
    row.initial = el("span", { class: "initial", "aria-hidden": "true" });
    row.preview = el(
      "button",
      { type: "button", class: "preview", part: "preview", click: () => this.#play(row.item) },
      mark("play"),
      mark("stop"),
      row.initial,
    );
    row.name = el("bdi");
    row.chosen = el("span", { class: "hidden" });
    // Each text has a direction of its own, and its line that of the page.
    row.about = el("span", { class: "about", part: "about", dir: "auto" });
    row.main = el("bdi");
    row.more = el("bdi");
    row.usage = el(
      "span",
      { class: "usage", part: "usage" },
      el("b", {}, row.main),
      el("span", {}, row.more),
    );
    row.voice = el(
      "div",
      {
        role: "gridcell",
        class: "name-cell",
        click: choose,
        keydown: (event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          choose();
        },
      },
      el(
        "span",
        { class: "what" },
        el("span", { class: "name", part: "name" }, row.name, icon("check"), row.chosen),
        row.about,
      ),
      row.usage,
    );
    row.star = el(
      "button",
      {
        type: "button",
        class: "star",
        part: "star",
        click: () => picker.lists.toggle(row.item.id, toKeep(row.item.voice)),
      },
      icon("star"),
    );
    row.cells = [row.preview, row.voice, row.star];
    row.element = el(
      "div",
      { role: "row", class: "row", part: "row" },
      el("div", { role: "gridcell", class: "cell" }, row.preview),
      row.voice,
      el("div", { role: "gridcell", class: "cell" }, row.star),
    );
    return row;
  }

  fill(row, item) {
    const { labels, lists, player, selected } = this.picker;
    const { voice } = item;
    const { name } = voice;
    const isSelected = item.id === selected;
    row.item = item;
    put(row.element, "aria-selected", isSelected);
    row.element.classList.toggle("unavailable", !!voice.unavailable);
    row.element.style.setProperty("--hue", hue(item.id));

    const state = player.stateOf(item.id);
    const canPlay = !!voice.preview_url;
    const label = canPlay ? (state === "stopped" ? "play" : "stop") : "noPreview";
    put(row.preview, "aria-label", labels.text(label, { name }));
    put(row.preview, "aria-disabled", canPlay ? null : "true");
    put(row.preview, "data-state", state);
    say(row.initial, String.fromCodePoint(name.codePointAt(0)).toUpperCase());

    say(row.name, name);
    say(row.chosen, isSelected ? labels.text("selected") : "");
    say(row.about, this.#about(voice));
    this.#usage(row, item);
    put(row.star, "aria-label", labels.text("favorite", { name }));
    put(row.star, "aria-pressed", lists.isFavorite(item.id));
  }

  #about(voice) {
    const { labels } = this.picker;
    if (voice.unavailable) return labels.text("unavailable");
    const values = ["language", "accent", "gender"].map((field) =>
      labels.value(field, voice[field]),
    );
    return [...values, voice.description].filter(Boolean).join(" · ");
  }

  #usage(row, { usage }) {
    const { labels } = this.picker;
    row.usage.hidden = !usage;
    if (!usage) return;
    say(row.main, usage.last_used_at ? labels.ago(usage.last_used_at) : `#${usage.place}`);
    say(row.more, labels.text("uses", { n: usage.usage_count }));
  }

  #play(item) {
    if (item.voice.preview_url) this.picker.player.toggle(item.id, item.voice.preview_url);
  }
}

function mark(name) {
  const svg = icon(name);
  svg.classList.add(name);
  return svg;
}

/** A colour that stays a voice's own, in degrees. */
function hue(id) {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) % 3600;
  return sum % 360;
}
