/**
 * A user's favorites, recents and the popular voices, as one picker sees them. Knows no page.
 *
 * What the user does shows at once: favorites that wait for the service's word and uses that it
 * does not show yet are laid over what it last said.
 */

const MOST = { favorites: undefined, recent: 50, popular: 100 };
const SIGNED_OUT = new Set(["UNAUTHORIZED", "INVALID_TOKEN"]);
const SHOWS_WITHIN = 60_000; // milliseconds, after which a use that the service does not show is given up

/** @param error what a call was refused with; whether that is for want of a user */
export const isSignedOut = (error) => SIGNED_OUT.has(error?.code);

/** What can be shown of an answer: voices with an id, each once. */
const records = (items) => {
  const known = items.filter((item) => typeof item?.voice_id === "string");
  return [...new Map(known.map((item) => [item.voice_id, item])).values()];
};

export class Lists {
  /**
   * @param changed called after each change of what `view` and `isFavorite` say
   * @param failed called with each error, the action that it ended, and the voice's id if there is one
   * @param confirmed called with a voice's id, and whether the service now has it as a favorite
   */
  constructor({ changed, failed, confirmed }) {
    this.changed = changed;
    this.failed = failed;
    this.confirmed = confirmed;
    this.connect(null);
  }

  /** Forget everything, and ask this service from now on: for another user, or none. */
  connect(service) {
    for (const list of Object.values(this.lists ?? {})) {
      list.controller?.abort();
      list.controller = undefined; // so that what still comes of it is nobody's
    }
    this.service = service;
    this.lists = { favorites: {}, recent: {}, popular: {} };
    this.pending = new Map(); // voice id -> what the user wants of it, and the service does not know yet
    this.settled = new Map(); // voice id -> what the service last made of it, if after the list it gave
    this.changes = 0;
    this.uses = new Map(); // voice id -> a use that the service does not show yet, the last one last
  }

  /** What to show: `items` (undefined before the first answer), `error` of the last load, `loading`. */
  view(name) {
    const list = this.lists[name] ?? {};
    const laid = { favorites: this.#withPending, recent: this.#withUses }[name];
    return { ...list, items: list.items && laid ? laid.call(this, list.items) : list.items };
  }

  isFavorite(id) {
    const change = this.pending.get(id);
    if (change) return change.wanted;
    if (this.settled.has(id)) return !!this.settled.get(id).record;
    return !!this.lists.favorites.items?.some((favorite) => favorite.voice_id === id);
  }

  /** What was kept of a voice with its favorite, if it is one. */
  kept(id) {
    return this.lists.favorites.items?.find((favorite) => favorite.voice_id === id)?.voice_data;
  }

  /** Ask the service for a list. Of several loads, the last one counts. */
  async load(name) {
    const list = this.lists[name];
    list.controller?.abort();
    const controller = new AbortController();
    Object.assign(list, { controller, loading: true });
    const { changes } = this;
    this.changed();
    try {
      const items = await this.service[name]({ limit: MOST[name], signal: controller.signal });
      if (list.controller !== controller) return;
      list.items = records(items);
      list.error = undefined;
      if (name === "favorites") this.#keepSettled(changes);
      if (name === "recent") this.#forgetShown(list.items);
    } catch (error) {
      if (list.controller !== controller) return;
      list.error = error;
      if (isSignedOut(error)) this.#forgetUser(error);
      this.failed(error, name);
    }
    list.loading = false;
    this.changed();
  }

  /** Star or unstar a voice: it shows at once, and goes back if the service refuses. */
  toggle(id, voiceData) {
    const wanted = !this.isFavorite(id);
    const change = this.pending.get(id);
    if (change)
      change.wanted = wanted; // a call is under way: it is told next
    else {
      this.pending.set(id, { wanted, voiceData });
      this.#settle(id, this.pending);
    }
    this.changed();
  }

  /** Report a use, and show the voice as the one used last. */
  use(id, data) {
    this.service.trackUsage(id, data);
    const { items } = this.lists.recent;
    const known = items?.find((item) => item.voice_id === id)?.last_used_at ?? "";
    const at = Date.now();
    this.uses.delete(id);
    this.uses.set(id, { at, isGuess: !items, before: items ? known : new Date(at).toISOString() });
    this.changed();
  }

  /** Tell the service what the user wants of a voice, one call at a time; the last choice wins. */
  async #settle(id, pending) {
    const change = pending.get(id);
    let told;
    while (told !== change.wanted) {
      told = change.wanted;
      try {
        const record = told
          ? await this.service.addFavorite(id, change.voiceData)
          : await this.service.removeFavorite(id);
        if (pending !== this.pending) return; // another user's by now
        this.changes += 1;
        this.settled.set(id, {
          record: told ? { ...record, voice_id: id } : undefined,
          change: this.changes,
        });
        this.#put(id);
        this.confirmed(id, told);
      } catch (error) {
        if (pending !== this.pending) return;
        if (told !== change.wanted) continue; // that is no longer wanted anyway
        pending.delete(id);
        this.changed();
        this.failed(error, told ? "add-favorite" : "remove-favorite", id);
        return;
      }
    }
    pending.delete(id);
    this.changed();
  }

  /** What is known was somebody's. */
  #forgetUser(error) {
    for (const name of ["favorites", "recent"])
      Object.assign(this.lists[name], { items: undefined, error });
    this.settled.clear();
    this.uses.clear();
  }

  #put(id) {
    const { favorites } = this.lists;
    if (!favorites.items) return;
    const { record } = this.settled.get(id);
    const others = favorites.items.filter((item) => item.voice_id !== id);
    favorites.items = record ? [record, ...others] : others;
  }

  /** A list that was asked for before a change may not know of it. */
  #keepSettled(known) {
    for (const [id, { change }] of this.settled) {
      if (change > known) this.#put(id);
      else this.settled.delete(id);
    }
  }

  #withPending(items) {
    const kept = items.filter((item) => this.isFavorite(item.voice_id));
    const known = new Set(items.map((item) => item.voice_id));
    const added = [...this.pending].filter(([id, { wanted }]) => wanted && !known.has(id));
    return [
      ...added.reverse().map(([id, change]) => ({ voice_id: id, voice_data: change.voiceData })),
      ...kept,
    ];
  }

  #forgetShown(items) {
    for (const [id, use] of this.uses) {
      const shown = items.find((item) => item.voice_id === id)?.last_used_at;
      if (shown > use.before || Date.now() - use.at > SHOWS_WITHIN) this.uses.delete(id);
    }
  }

  #withUses(items) {
    const used = [...this.uses].reverse().map(([id, { at, isGuess }]) => {
      const known = items.find((item) => item.voice_id === id);
      // Clocks differ: where only they could tell whether the use is counted, it is not counted twice.
      const count = known && isGuess ? known.usage_count : (known?.usage_count ?? 0) + 1;
      return { voice_id: id, usage_count: count, last_used_at: new Date(at).toISOString() };
    });
    return [...used, ...items.filter((item) => !this.uses.has(item.voice_id))];
  }
}
