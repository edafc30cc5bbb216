/**
 * Validate, search and filter the voices that the page offers.
 *
 * @import { OfferedVoice } from "voices-web/voice-picker/element"
 * @import { Labels } from "./labels.js"
 */

/** The fields that a user can filter by, in the order in which the filters are shown. */
export const FACETS = /** @type {const} */ (["language", "accent", "gender"]);
const MAX_TEXT_LENGTH = 120; // a longer text does not fit into a row
const SAFE_URL = /^(https?:|blob:|data:audio\/)/;

/**
 * @typedef {typeof FACETS[number]} Facet
 * @typedef {Partial<Record<Facet, string>>} ChosenFilters
 * @typedef {{field: Facet, options: {value: string, label: string}[]}} Filter
 */

/**
 * A voice with the texts that the picker shows. Missing texts are empty strings.
 *
 * @typedef {object} CatalogueVoice
 * @property {string} voice_id
 * @property {OfferedVoice} raw  the unchanged entry of the catalogue
 * @property {string} name
 * @property {string} description
 * @property {string} language
 * @property {string} accent
 * @property {string} gender
 * @property {string} preview_url
 * @property {string} searchText
 * @property {boolean} [unavailable]  true if the voice is no longer in the catalogue
 */

/**
 * Read a catalogue into a map from voice ids to voices, in the catalogue's order.
 *
 * Entries without an id and entries with a repeated id are ignored. `base` is the base of a
 * relative `preview_url`.
 *
 * @param {unknown} list
 * @param {string | URL} base
 */
export function readVoices(list, base) {
  /** @type {Map<string, CatalogueVoice>} */
  const voices = new Map();
  if (!Array.isArray(list)) throw new TypeError("the catalogue must be a list of voices");
  for (const raw of /** @type {(OfferedVoice | null | undefined)[]} */ (list)) {
    const id = voiceIdOf(raw?.voice_id);
    if (raw && id !== undefined && !voices.has(id)) voices.set(id, toVoice(id, raw, base));
  }
  return voices;
}

/**
 * Create a voice from the data stored with its favorite. The catalogue no longer contains this
 * voice.
 *
 * @param {string} id
 * @param {Record<string, unknown> | null | undefined} voiceData
 * @returns {CatalogueVoice}
 */
export function unavailableVoice(id, voiceData) {
  const raw = /** @type {OfferedVoice} */ (voiceData ?? {});
  return { ...toVoice(id, raw, ""), unavailable: true };
}

/**
 * Return the data to store with a favorite. The picker shows this data if the catalogue no longer
 * contains the voice.
 *
 * @param {CatalogueVoice} voice
 * @returns {Record<string, string>}
 */
export function voiceDataOf(voice) {
  const fields = /** @type {const} */ (["name", ...FACETS]);
  return Object.fromEntries(
    fields.map((field) => [field, voice[field]]).filter(([, value]) => value),
  );
}

/**
 * Return the filters for a list of voices. Each filter offers the values of one field, sorted by
 * label.
 *
 * @param {CatalogueVoice[]} voices
 * @param {Labels} labels
 * @returns {Filter[]}
 */
export function filtersFor(voices, labels) {
  return FACETS.map((field) => {
    const values = [...new Set(voices.map((voice) => voice[field]))].filter(Boolean);
    const options = values.map((value) => ({ value, label: labels.value(field, value) }));
    options.sort((a, b) => a.label.localeCompare(b.label, labels.locale));
    return { field, options };
  });
}

/**
 * Return a predicate that is true if a voice's texts contain every word of a query, and the voice
 * has every chosen value.
 *
 * @param {string} query
 * @param {ChosenFilters} chosen
 * @returns {(voice: CatalogueVoice) => boolean}
 */
export function matcher(query, chosen) {
  const words = normalized(query).split(/\s+/).filter(Boolean);
  const wanted = FACETS.filter((field) => chosen[field]);
  return (voice) =>
    wanted.every((field) => voice[field] === chosen[field]) &&
    words.every((word) => voice.searchText.includes(word));
}

/** @param {unknown} value */
function voiceIdOf(value) {
  if (Number.isSafeInteger(value)) return String(value);
  return typeof value === "string" && value.trim() ? value : undefined;
}

/**
 * @param {string} id
 * @param {OfferedVoice} raw
 * @param {string | URL} base
 * @returns {CatalogueVoice}
 */
function toVoice(id, raw, base) {
  const texts = {
    name: shortened(raw.name) || shortened(id) || id,
    description: shortened(raw.description),
    language: shortened(raw.language),
    accent: shortened(raw.accent),
    gender: shortened(raw.gender),
  };
  return {
    voice_id: id,
    raw,
    ...texts,
    preview_url: previewUrl(raw.preview_url, base),
    // This text is computed once, because a search reads it for every character that the user
    // types.
    searchText: normalized([...Object.values(texts), id].join(" ")),
  };
}

/** @param {unknown} value */
function shortened(value) {
  const text = typeof value === "string" ? value.trim() : "";
  if (text.length <= MAX_TEXT_LENGTH) return text;
  return `${text.slice(0, MAX_TEXT_LENGTH).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** @param {unknown} url @param {string | URL} base */
function previewUrl(url, base) {
  if (!url || typeof url !== "string") return "";
  try {
    const { href } = new URL(url, base || undefined);
    return SAFE_URL.test(href) ? href : "";
  } catch {
    return "";
  }
}

/** Convert to lower case and remove accents, so that `jose` finds José. @param {string} text */
function normalized(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
