/**
 * The lists of one picker, which are the favorites, the recent voices and the popular voices.
 *
 * The user sees each change immediately, because this module merges local changes into the lists of
 * the service. Local changes are unconfirmed favorites, and usage events that the service does not
 * show yet. This module does not use the DOM.
 *
 * @import { ApiClient, Usage } from "../../api-service.js"
 * @import { PickerError } from "voices-web/voice-picker/element"
 */

import { LocalUsage } from "./local-usage.js";

const MAX_ITEMS = { favorites: undefined, recent: 50, popular: 100 };
const SIGNED_OUT = ["UNAUTHORIZED", "INVALID_TOKEN"];

/**
 * @typedef {"favorites" | "recent" | "popular"} ListName
 *
 * @typedef {object} ListItem  a record of the service
 * @property {string} voice_id
 * @property {Record<string, unknown>} [voice_data]
 * @property {number} [usage_count]
 * @property {string} [last_used_at]
 *
 * @typedef {object} ListView
 * @property {ListItem[]} [items]  undefined before the first response
 * @property {unknown} [error]  the error of the last load
 * @property {boolean} [isLoading]
 *
 * @typedef {ListView & {controller?: AbortController}} List
 *
 * @typedef {object} PendingChange  a changed favorite that the service has not confirmed yet
 * @property {boolean} wanted  the user's last choice
 * @property {Record<string, unknown>} [voiceData]
 *
 * @typedef {object} ConfirmedChange
 * @property {ListItem} [record]  undefined for a removed favorite
 * @property {number} number  a sequence number, to compare the change with the start of a load
 *
 * @typedef {object} Callbacks
 * @property {() => void} changed  called when `view` or `isFavorite` can return a new result
 * @property {(error: unknown, action: PickerError["action"], id?: string) => void} failed
 * @property {(id: string, isFavorite: boolean) => void} confirmed
 *   called when the service has stored or removed a favorite
 */

/** Return whether an error means that no user is signed in. @param {unknown} error */
export function isSignedOut(error) {
  return SIGNED_OUT.includes(/** @type {{code?: string} | undefined} */ (error)?.code ?? "");
}

export class Lists {
  /** @type {ApiClient | null} */
  service = null;
  /** @type {Record<ListName, List>} */
  #lists = emptyLists();
  /** @type {Map<string, PendingChange>} */
  #pending = new Map();
  /**
   * @type {Map<string, ConfirmedChange>} the changes that the last loaded favorites may not contain
   */
  #confirmed = new Map();
  #changeCount = 0;
  #localUsage = new LocalUsage();

  /** @param {Callbacks} callbacks */
  constructor({ changed, failed, confirmed }) {
    this.changed = changed;
    this.failed = failed;
    this.confirmed = confirmed;
  }

  /**
   * Use this service, and forget all data, because the user may have changed.
   *
   * @param {ApiClient} service
   */
  setService(service) {
    for (const list of Object.values(this.#lists)) {
      list.controller?.abort();
      list.controller = undefined; // so that the result of the load is ignored
    }
    this.service = service;
    this.#lists = emptyLists();
    this.#pending = new Map();
    this.#confirmed = new Map();
    this.#changeCount = 0;
    this.#localUsage.clear();
  }

  /** Return the content to show for a list. @param {ListName} name @returns {ListView} */
  view(name) {
    const { items, error, isLoading } = this.#lists[name];
    if (!items || name === "popular") return { items, error, isLoading };
    const merged =
      name === "favorites" ? this.#withPending(items) : this.#localUsage.mergedInto(items);
    return { items: merged, error, isLoading };
  }

  /** @param {string} id */
  isFavorite(id) {
    const pending = this.#pending.get(id);
    if (pending) return pending.wanted;
    const confirmed = this.#confirmed.get(id);
    if (confirmed) return !!confirmed.record;
    return !!this.#lists.favorites.items?.some((favorite) => favorite.voice_id === id);
  }

  /** Return the data stored with a favorite. @param {string} id */
  voiceData(id) {
    const { items } = this.#lists.favorites;
    return items?.find((favorite) => favorite.voice_id === id)?.voice_data;
  }

  /**
   * Load a list. A new load of a list cancels the previous load.
   *
   * @param {ListName} name
   */
  async load(name) {
    const list = this.#lists[name];
    list.controller?.abort();
    const controller = new AbortController();
    Object.assign(list, { controller, isLoading: true });
    const changesBefore = this.#changeCount;
    this.changed();
    try {
      const options = { limit: MAX_ITEMS[name], signal: controller.signal };
      const items = await this.#connected[name](options);
      if (list.controller !== controller) return;
      list.items = validItems(items);
      list.error = undefined;
      if (name === "favorites") this.#mergeConfirmed(changesBefore);
      if (name === "recent") this.#localUsage.dropShown(list.items);
    } catch (error) {
      if (list.controller !== controller) return;
      list.error = error;
      if (isSignedOut(error)) this.#forgetUser(error);
      this.failed(error, name);
    }
    list.isLoading = false;
    this.changed();
  }

  /**
   * Add or remove a favorite. The change is visible immediately. If the call fails, the picker
   * undoes the change.
   *
   * @param {string} id
   * @param {Record<string, unknown>} [voiceData]
   */
  toggleFavorite(id, voiceData) {
    const wanted = !this.isFavorite(id);
    const change = this.#pending.get(id);
    if (change)
      change.wanted = wanted; // a call is in progress, and the next call sends this choice
    else {
      this.#pending.set(id, { wanted, voiceData });
      this.#sendChange(id, this.#pending);
    }
    this.changed();
  }

  /**
   * Report a usage event, and show the voice as the most recent voice.
   *
   * @param {string} id
   * @param {Usage} [usage]
   */
  trackUsage(id, usage) {
    this.#connected.trackUsage(id, usage);
    this.#localUsage.add(id, this.#lists.recent.items);
    this.changed();
  }

  get #connected() {
    return /** @type {ApiClient} */ (this.service);
  }

  /**
   * Send the user's choices for a voice, one call at a time, until the service has stored the last
   * choice.
   *
   * @param {string} id
   * @param {Map<string, PendingChange>} pending  the changes of the user who made the choice
   */
  async #sendChange(id, pending) {
    const change = /** @type {PendingChange} */ (pending.get(id));
    let sent;
    while (sent !== change.wanted) {
      sent = change.wanted;
      try {
        const record = sent
          ? await this.#connected.addFavorite(id, change.voiceData)
          : await this.#connected.removeFavorite(id);
        if (pending !== this.#pending) return; // the user has changed
        this.#confirm(id, sent ? { ...record, voice_id: id } : undefined);
        this.confirmed(id, sent);
      } catch (error) {
        if (pending !== this.#pending) return;
        if (sent !== change.wanted) continue; // the user has made another choice
        pending.delete(id);
        this.changed();
        this.failed(error, sent ? "add-favorite" : "remove-favorite", id);
        return;
      }
    }
    pending.delete(id);
    this.changed();
  }

  /** @param {unknown} error */
  #forgetUser(error) {
    for (const name of /** @type {const} */ (["favorites", "recent"]))
      Object.assign(this.#lists[name], { items: undefined, error });
    this.#confirmed.clear();
    this.#localUsage.clear();
  }

  /** @param {string} id @param {ListItem | undefined} record */
  #confirm(id, record) {
    this.#changeCount += 1;
    this.#confirmed.set(id, { record, number: this.#changeCount });
    this.#putFavorite(id, record);
  }

  /** @param {string} id @param {ListItem | undefined} record */
  #putFavorite(id, record) {
    const { favorites } = this.#lists;
    if (!favorites.items) return;
    const others = favorites.items.filter((item) => item.voice_id !== id);
    favorites.items = record ? [record, ...others] : others;
  }

  /**
   * Apply the changes that were confirmed after the start of a load. Drop all older changes.
   *
   * @param {number} changesBefore
   */
  #mergeConfirmed(changesBefore) {
    for (const [id, { record, number }] of this.#confirmed) {
      if (number > changesBefore) this.#putFavorite(id, record);
      else this.#confirmed.delete(id);
    }
  }

  /** @param {ListItem[]} items @returns {ListItem[]} */
  #withPending(items) {
    const remaining = items.filter((item) => this.isFavorite(item.voice_id));
    const ids = new Set(items.map((item) => item.voice_id));
    const added = [...this.#pending].filter(([id, { wanted }]) => wanted && !ids.has(id));
    return [
      ...added.reverse().map(([id, change]) => ({ voice_id: id, voice_data: change.voiceData })),
      ...remaining,
    ];
  }
}

/** @returns {Record<ListName, List>} */
function emptyLists() {
  return { favorites: {}, recent: {}, popular: {} };
}

/**
 * Return the records that have a voice id, without duplicates.
 *
 * @param {(ListItem | null)[]} items
 */
function validItems(items) {
  const valid = items.filter((item) => typeof item?.voice_id === "string");
  return [
    ...new Map(/** @type {ListItem[]} */ (valid).map((item) => [item.voice_id, item])).values(),
  ];
}
