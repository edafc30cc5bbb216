/** The picker itself: what is seen of it, and what happens when somebody uses it. */

import { ApiError } from "../api-service.js";
import { matcher, readVoices, unlisted } from "./catalogue.js";
import { el, put, say } from "./dom.js";
import { Grid } from "./grid.js";
import { Header } from "./header.js";
import { Labels } from "./labels.js";
import { isSignedOut, Lists } from "./lists.js";
import { Panel } from "./panel.js";
import { Player } from "./player.js";
import { Retry } from "./retry.js";
import { Rows, VOICE_COLUMN } from "./rows.js";
import { meaning, stateOf } from "./states.js";

// When a use should show, in milliseconds: it is counted within seconds, and caches keep `popular`
// for ten.
const USE_SHOWS = [3_000, 12_000];
const SHOW_USES = ["recent", "popular"];

export class Picker {
  tab = "all";
  selected = null;
  /** What is told of each use: `context` and `agentId`. */
  usage = {};
  labels = new Labels();
  /** @type {{voices?: Map<string, object>, error?: Error, loading: boolean, controller?: AbortController}} */
  #catalogue = { loading: true };
  #given;
  #offer; // what was offered last, to ask for it again

  /**
   * @param root where it is shown
   * @param tell told what happens, as the element's events: `(type, detail)`; a chosen tab is "tab"
   */
  constructor(root, tell) {
    this.root = root;
    this.tell = tell;
    const changed = () => this.render();
    this.lists = new Lists({
      changed,
      failed: (...what) => this.#failed(...what),
      confirmed: (id, favorite) => tell("favorite-changed", { voice_id: id, favorite }),
    });
    this.player = new Player({
      changed,
      failed: (id) => this.#say("notPlayed", { name: this.#voice(id).name }),
    });
    this.retry = new Retry(() => this.reload());
    const rows = new Rows(this);
    this.grid = new Grid({
      make: () => rows.make(),
      fill: (row, item) => rows.fill(row, item),
      home: VOICE_COLUMN,
    });
    this.header = new Header({
      open: (tab) => tell("tab", tab),
      search: () => this.#rewind(),
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

  /** Leave nothing at work that the page no longer shows. */
  disconnect() {
    this.grid.disconnect();
    this.retry.disconnect();
    this.player.stop();
    this.panel.hush();
    this.#forgetUses();
  }

  /** Ask this service: what was known of another one, or of another user, is forgotten. */
  serve(service) {
    this.#forgetUses();
    this.lists.connect(service);
    this.lists.load("favorites"); // for the stars, whatever the tab
    if (this.tab !== "favorites") this.#load();
  }

  /**
   * Show these voices: a list, or the address of one. The last offer counts.
   *
   * @param base what addresses are relative to, the catalogue's own; those of previews are to it
   */
  async offer(given, base) {
    this.#catalogue.controller?.abort();
    const controller = new AbortController();
    // A list is here at once, and the same address fails or not: what is shown stays until then.
    const stays = typeof given !== "string" || given === this.#given;
    this.#given = given;
    this.#offer = () => this.offer(given, base);
    this.#catalogue = { ...(stays ? this.#catalogue : { loading: true }), controller };
    this.render();
    /** @type {{voices?: Map<string, object>, error?: Error, loading: boolean}} */
    const read = { loading: false };
    try {
      read.voices = await voicesOf(given, base, controller.signal);
    } catch (error) {
      read.error = error;
    }
    if (this.#catalogue.controller !== controller) return;
    this.#catalogue = read;
    this.header.offer([...this.#voices.values()], this.labels);
    this.render();
    if (read.error) this.tell("error", { error: read.error, action: "catalogue" });
  }

  /** Speak these texts; `label` names the picker to screen readers. */
  translate(texts, label) {
    this.labels = new Labels(texts);
    const name = label || this.labels.text("picker");
    put(this.element, "aria-label", name);
    put(this.grid.element, "aria-label", name);
    this.header.translate(this.labels, name);
    this.header.offer([...this.#voices.values()], this.labels);
    this.render();
  }

  /** Go to a tab, and bring its list up to date. */
  open(tab) {
    this.tab = tab;
    this.#rewind();
    this.#load();
  }

  focus(options) {
    this.header.input.focus(options);
  }

  /** Mark a voice as the one that is taken. */
  select(id) {
    this.selected = id;
    this.render();
  }

  /** Ask again for what did not come, and for what is shown. */
  reload() {
    if (this.#catalogue.error) this.#offer();
    if (!this.lists.service) return;
    this.lists.load("favorites");
    if (this.tab !== "favorites") this.#load();
  }

  /** The user takes this voice. */
  choose({ id, voice }) {
    if (voice.unavailable || id === this.selected) return;
    this.select(id);
    this.lists.use(id, this.usage);
    this.#forgetUses();
    this.timers = USE_SHOWS.map((wait) => setTimeout(() => this.#showUses(), wait));
    // Last, since the page may take the picker away now.
    this.tell("voice-selected", { voice_id: id, voice: voice.raw });
  }

  /** Show what has changed; once, however much it was. */
  render() {
    this.due ??= Promise.resolve().then(() => {
      this.due = undefined;
      this.#render();
    });
  }

  #render() {
    const { header, labels, tab } = this;
    const focused = this.panel.focused(this.root);
    const view = this.lists.view(tab);
    const listed = this.#catalogue.voices ? this.#items(view) : [];
    const matches = matcher(header.query, header.wanted);
    const items = listed.filter(({ voice }) => matches(voice));
    const numbers = { listed: listed.length, shown: items.length };
    const state = stateOf({ tab, catalogue: this.#catalogue, view, ...numbers });
    const trouble = this.#trouble();
    const count = labels.text("voices", { n: items.length });
    header.mark(tab);
    say(header.count, state ? "" : count);
    put(this.panel.element, "aria-labelledby", `tab-${tab}`);
    this.panel.show({ state, trouble: trouble && meaning(trouble), count, labels });
    this.grid.set(items);
    if (focused && !this.panel.focused(this.root)) this.#refocus(state);
    if (trouble || this.#catalogue.error) this.retry.needed();
    else this.retry.over();
  }

  /** What had the focus is gone: it goes to what came in its place. */
  #refocus(state) {
    if (!state) this.grid.focus();
    else if (state.action) this.panel.button.focus();
    else this.header.focus(this.tab);
  }

  #rewind() {
    this.#render();
    this.grid.rewind();
  }

  #showUses() {
    if (SHOW_USES.includes(this.tab)) this.#load();
  }

  #forgetUses() {
    for (const timer of this.timers ?? []) clearTimeout(timer);
  }

  #load() {
    if (this.tab !== "all" && this.lists.service) this.lists.load(this.tab);
  }

  get #voices() {
    return this.#catalogue.voices ?? new Map();
  }

  /** What keeps the tab from being up to date; who is signed out, is so until the page says else. */
  #trouble() {
    const errors = [this.lists.view("favorites").error, this.lists.view(this.tab)?.error];
    return errors.find((error) => error && !isSignedOut(error));
  }

  /** The items of the tab's list, before search and filters. */
  #items(view) {
    if (this.tab === "all") return Array.from(this.#voices, ([id, voice]) => ({ id, voice }));
    const items = (view.items ?? []).map((item) => this.#item(item));
    if (this.tab === "favorites") return items.map(({ id, voice }) => ({ id, voice }));
    if (this.tab === "recent") return items;
    // Popular ids are anybody's text: what the page does not offer is not shown.
    const known = items.filter(({ id }) => this.#voices.has(id));
    return known.map((item, index) => ({ ...item, usage: { ...item.usage, place: index + 1 } }));
  }

  #item(record) {
    const id = record.voice_id;
    return { id, voice: this.#voice(id, record.voice_data), usage: record };
  }

  #voice(id, kept) {
    return this.#voices.get(id) ?? unlisted(id, kept ?? this.lists.kept(id));
  }

  #failed(error, action, id) {
    if (id) {
      const because = meaning(error);
      const reason = because.title === "failed" ? error.message : this.labels.text(because.title);
      this.#say("notChanged", { name: this.#voice(id).name, reason });
    }
    // That nobody is signed in is no failure of a list; it is of a star.
    if (!id && error.code === "UNAUTHORIZED") return;
    this.tell("error", { error, action, ...(id && { voice_id: id }) });
  }

  #say(key, values) {
    this.panel.tell(this.labels.text(key, values));
  }

  #act(action) {
    if (action === "retry") this.reload();
    else if (action === "clear") this.header.clear();
    else this.tell("tab", "all");
  }
}

async function voicesOf(given, base, signal) {
  if (!given || typeof given !== "string") return readVoices(given || [], base);
  const url = new URL(given, base);
  const reply = await fetch(url, { signal }).catch((cause) => {
    throw new ApiError("The catalogue cannot be reached", { code: "NETWORK_ERROR", cause });
  });
  if (!reply.ok) throw new Error(`the catalogue answers ${reply.status}`);
  return readVoices(await reply.json(), url);
}
