/**
 * A service whose responses a test controls, and lists that use this service.
 *
 * @import { ApiClient, Usage } from "../../src/api-service.js"
 * @import { ListName } from "../../src/picker/model/lists.js"
 */

import { setImmediate } from "node:timers/promises";
import { Lists } from "../../src/picker/model/lists.js";

/**
 * @typedef {object} PendingCall
 * @property {string} name
 * @property {string} [id]
 * @property {unknown} [voiceData]
 * @property {number | null} [limit]
 * @property {AbortSignal | null} [signal]
 * @property {(value?: unknown) => Promise<void>} resolve
 * @property {(reason: unknown) => Promise<void>} reject
 *
 * @typedef {{limit?: number | null, signal?: AbortSignal | null}} Options
 */

/** A service that responds to a call when the test resolves or rejects the call. */
export class FakeService {
  /** @type {PendingCall[]} */
  calls = [];
  /** @type {{id: string, data: Usage | undefined}[]} */
  usageEvents = [];
  favorites = (/** @type {Options} */ options) => this.#call("favorites", options);
  recent = (/** @type {Options} */ options) => this.#call("recent", options);
  popular = (/** @type {Options} */ options) => this.#call("popular", options);
  addFavorite = (/** @type {string} */ id, /** @type {unknown} */ voiceData) =>
    this.#call("add", { id, voiceData });
  removeFavorite = (/** @type {string} */ id) => this.#call("remove", { id });
  trackUsage = (/** @type {string} */ id, /** @type {Usage | undefined} */ data) => {
    this.usageEvents.push({ id, data });
  };

  /** @param {string} name @param {Partial<PendingCall>} details */
  #call(name, details) {
    return new Promise((resolve, reject) => {
      /** @param {(value: unknown) => void} settle */
      const settled = (settle) => async (/** @type {unknown} */ value) => {
        settle(value);
        await setImmediate(); // until all pending promise callbacks have run
      };
      this.calls.push({ name, ...details, resolve: settled(resolve), reject: settled(reject) });
      const { signal } = details;
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  }

  /** The last call. */
  get last() {
    return this.calls[this.calls.length - 1];
  }

  /** The calls so far, as text. */
  get log() {
    return this.calls.map(({ name, id }) => (id ? `${name} ${id}` : name));
  }

  /** This service with the type of the client that it replaces. */
  get client() {
    return /** @type {ApiClient} */ (/** @type {unknown} */ (this));
  }
}

/** @param {string} voice_id */
export function favorite(voice_id) {
  return { voice_id, voice_data: {} };
}

/** @param {string} voice_id @param {string} last_used_at @param {number} [usage_count] */
export function recent(voice_id, last_used_at, usage_count = 1) {
  return { voice_id, last_used_at, usage_count };
}

/** @param {string} code */
export function apiError(code) {
  return Object.assign(new Error(code), { code });
}

/** Create lists that use a fake service. `events` records the callbacks of the lists. */
export function listsWithService() {
  /** @type {Record<string, unknown>[]} */
  const events = [];
  const lists = new Lists({
    changed: () => {},
    failed: (error, action, id) => {
      const { code, name } = /** @type {{code?: string, name: string}} */ (error);
      events.push({ failed: code ?? name, action, id });
    },
    confirmed: (id, isFavorite) => events.push({ id, isFavorite }),
  });
  const service = new FakeService();
  lists.setService(service.client);
  /** @param {ListName} name */
  const items = (name) => lists.view(name).items ?? [];
  /** @param {ListName} name */
  const ids = (name) => lists.view(name).items?.map((item) => item.voice_id);
  /** @param {ListName} name */
  const errorCode = (name) =>
    /** @type {{code?: string} | undefined} */ (lists.view(name).error)?.code;
  return { lists, service, events, items, ids, errorCode };
}

/** Create lists whose favorites are loaded. @param {...string} ids */
export async function listsWithFavorites(...ids) {
  const loaded = listsWithService();
  loaded.lists.load("favorites");
  await loaded.service.last.resolve(ids.map(favorite));
  return loaded;
}
