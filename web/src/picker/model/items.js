/**
 * The items of a tab: voices of the catalogue joined with the records of the service.
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
 * The items of a tab, before search and filters.
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
  // Any caller can report any id, so only voices of the catalogue are shown.
  const known = items.filter(({ id }) => voices.has(id));
  return known.map((item, index) => ({ ...item, usage: { ...item.usage, position: index + 1 } }));
}

/**
 * The voice with this id. The data of its favorite describe a voice that is not in the catalogue.
 *
 * @param {string} id
 * @param {Voices} voices
 * @param {Lists} lists
 * @param {Record<string, unknown>} [voiceData]
 */
export function voiceOf(id, voices, lists, voiceData = lists.voiceData(id)) {
  return voices.get(id) ?? unavailableVoice(id, voiceData);
}
