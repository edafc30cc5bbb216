/** The voices that the page offers: read with care, searched and filtered. */

/** The fields that one can filter by, in the order in which they are shown. */
export const FACETS = ["language", "accent", "gender"];
const SHOWN = 120; // characters of a name or a description; nobody reads more in a row
const SAFE = /^(https?:|blob:|data:audio\/)/;

/**
 * The voices of a catalogue by their ids, in its order. What has no id is left out, and of an id
 * that comes twice, the first stays. A `preview_url` is relative to `base`.
 */
export function readVoices(list, base) {
  const voices = new Map();
  if (!Array.isArray(list)) throw new TypeError("the catalogue is not a list of voices");
  for (const raw of list) {
    const id = voiceId(raw?.voice_id);
    if (id !== undefined && !voices.has(id)) voices.set(id, toVoice(id, raw, base));
  }
  return voices;
}

/** What is shown of a voice that is not in the catalogue, by what was kept of it. */
export function unlisted(id, kept) {
  return { ...toVoice(id, kept ?? {}), unavailable: true };
}

/** What is kept of a voice with a favorite, to show it by when the catalogue has it no more. */
export function toKeep(voice) {
  const kept = ["name", ...FACETS].map((field) => [field, voice[field]]);
  return Object.fromEntries(kept.filter(([, value]) => value));
}

/** The values of each field that voices differ in, sorted for people. */
export function facets(voices, labels) {
  return FACETS.map((field) => {
    const values = [...new Set(voices.map((voice) => voice[field]))].filter(Boolean);
    const options = values.map((value) => ({ value, label: labels.value(field, value) }));
    options.sort((a, b) => a.label.localeCompare(b.label, labels.texts.locale));
    return { field, options };
  });
}

/** A test whether a voice has every word of a query and every value that is asked for. */
export function matcher(query, wanted) {
  const words = plain(query).split(/\s+/).filter(Boolean);
  const values = Object.entries(wanted).filter(([, value]) => value);
  return (voice) =>
    values.every(([field, value]) => voice[field] === value) &&
    words.every((word) => voice.words.includes(word));
}

function voiceId(value) {
  if (Number.isSafeInteger(value)) return String(value);
  return typeof value === "string" && value.trim() ? value : undefined;
}

function toVoice(id, raw, base) {
  const voice = { voice_id: id, raw };
  for (const field of ["name", "description", ...FACETS]) voice[field] = short(raw[field]);
  voice.name ||= short(id) || id;
  voice.preview_url = previewUrl(raw.preview_url, base);
  // Searched as it is typed, so made only once.
  voice.words = plain(
    [voice.name, voice.description, id, ...FACETS.map((f) => voice[f])].join(" "),
  );
  return voice;
}

function short(value) {
  const text = typeof value === "string" ? value.trim() : "";
  return text.length > SHOWN ? `${text.slice(0, SHOWN).replace(/[\ud800-\udbff]$/, "")}…` : text;
}

function previewUrl(url, base) {
  if (!url || typeof url !== "string") return "";
  try {
    const { href } = new URL(url, base);
    return SAFE.test(href) ? href : "";
  } catch {
    return "";
  }
}

/** Text as it is compared: without case, and accents set aside, so `jose` finds José. */
function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
