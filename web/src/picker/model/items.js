/**
 * Build the items of a tab from the catalogue's voices and the records of the service.
 *
 * @import { Tab } from "voices-web/voice-picker/element"
 * @import { CatalogueVoice } from "./catalogue.js"
 * @import { ListItem, Lists } from "./lists.js"
 */

import { unavailableVoice } from "./catalogue.js";

/**
 * @typedef {Map<string, CatalogueVoice>} Voices  by id
 *
 * @typedef {object} Item
 * @property {string} id
 * @property {CatalogueVoice} voice
 * @property {ListItem & {position?: number}} [usage]  how often and when the voice was used
 */

/**
 * Return the items of a tab, before search and filters are applied.
 *
 * @param {Tab} tab
 * @param {Voices} voices
 * @param {Lists} lists
 * @returns {Item[]}
 */
export function itemsOf(tab, voices, lists) {
  if (tab === "all") return Array.from(voices, ([id, voice]) => ({ id, voice }));
  const items = (lists.view(tab).items ?? []).map((record) => {
    const id = record.voice_id;
    return { id, voice: voiceOf(id, voices, lists, record.voice_data), usage: record };
  });
  if (tab === "favorites") return items.map(({ id, voice }) => ({ id, voice }));
  if (tab === "recent") return items;
  // Any caller can report any voice id, so ids that are not in the catalogue are not shown.
  const known = items.filter(({ id }) => voices.has(id));
  return known.map((item, index) => ({ ...item, usage: { ...item.usage, position: index + 1 } }));
}

/**
 * Return the voice with this id. If the catalogue does not contain the voice, use the data stored
 * with the favorite.
 *
 * @param {string} id
 * @param {Voices} voices
 * @param {Lists} lists
 * @param {Record<string, unknown>} [voiceData]
 */
export function voiceOf(id, voices, lists, voiceData = lists.voiceData(id)) {
  return voices.get(id) ?? unavailableVoice(id, voiceData);
}
