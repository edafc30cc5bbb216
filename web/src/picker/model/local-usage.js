/**
 * Usage events that this picker has reported but that the service does not show yet.
 *
 * @import { ListItem } from "./lists.js"
 */

const SHOWN_WITHIN_MS = 60_000; // a usage event that is not shown within this time is dropped

/**
 * @typedef {object} LocalEvent
 * @property {number} at
 * @property {string} before  the voice's previous `last_used_at`
 * @property {boolean} isGuess  true if `before` is a guess, because `recent` was not loaded
 */

export class LocalUsage {
  /** @type {Map<string, LocalEvent>} by voice id, oldest first */
  #events = new Map();

  /**
   * @param {string} id
   * @param {ListItem[] | undefined} recent  the recent voices, if they are loaded
   */
  add(id, recent) {
    const at = Date.now();
    const previous = lastUsedAt(id, recent ?? []);
    const before = recent ? previous : new Date(at).toISOString();
    this.#events.delete(id);
    this.#events.set(id, { at, isGuess: !recent, before });
  }

  clear() {
    this.#events.clear();
  }

  /**
   * Drop the usage events that the service now shows, and those that are too old.
   *
   * @param {ListItem[]} recent
   */
  dropShown(recent) {
    for (const [id, { at, before }] of this.#events) {
      const isShown = lastUsedAt(id, recent) > before;
      if (isShown || Date.now() - at > SHOWN_WITHIN_MS) this.#events.delete(id);
    }
  }

  /**
   * Merge these usage events into the recent voices, most recent first.
   *
   * @param {ListItem[]} recent
   * @returns {ListItem[]}
   */
  mergedInto(recent) {
    const used = [...this.#events].reverse().map(([id, { at, isGuess }]) => {
      const known = recent.find((item) => item.voice_id === id);
      // If `before` is a guess, `usage_count` may already include the usage event. The times do not
      // show this, because clocks differ. The picker then adds nothing, so that no usage event is
      // counted twice.
      const count = known && isGuess ? known.usage_count : (known?.usage_count ?? 0) + 1;
      return { voice_id: id, usage_count: count, last_used_at: new Date(at).toISOString() };
    });
    return [...used, ...recent.filter((item) => !this.#events.has(item.voice_id))];
  }
}

/** @param {string} id @param {ListItem[]} recent */
function lastUsedAt(id, recent) {
  return recent.find((item) => item.voice_id === id)?.last_used_at ?? "";
}
