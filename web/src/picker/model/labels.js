/**
 * The English texts of the picker, and the formatting of texts.
 *
 * @import { Label, Labels as LabelOptions } from "voices-web/voice-picker/element"
 */

/**
 * The English texts. A placeholder such as `{n}` is replaced by a value. A text that depends on a
 * number can be an object with one form for each plural category, such as
 * `{one: "{n} voice", other: "{n} voices"}`. `locale` is the language of the texts. Numbers, times
 * and language names also use `locale`.
 */
export const ENGLISH = {
  locale: "en",
  picker: "Voices",
  all: "All",
  favorites: "Favorites",
  recent: "Recent",
  popular: "Popular",
  search: "Search voices",
  language: "Language",
  accent: "Accent",
  gender: "Gender",
  female: "Female",
  male: "Male",
  neutral: "Neutral",
  voices: { one: "{n} voice", other: "{n} voices" },
  uses: { one: "{n} use", other: "{n} uses" },
  play: "Play a preview of {name}",
  stop: "Stop the preview of {name}",
  noPreview: "No preview of {name}",
  favorite: "Favorite: {name}",
  selected: "selected",
  unavailable: "No longer available",
  loading: "Loading voices…",
  retry: "Try again",
  clear: "Clear search and filters",
  browse: "Browse all voices",
  noCatalogue: "There are no voices to choose from",
  noCatalogueHelp: "This page does not offer any voices.",
  noFavorites: "No favorites yet",
  noFavoritesHelp: "Star a voice to add it to this list.",
  noRecent: "No recent voices yet",
  noRecentHelp: "The voices you choose appear here, most recent first.",
  noPopular: "No popular voices yet",
  noPopularHelp: "The most used voices appear here.",
  noMatch: "No voices found",
  noMatchHelp: "Try another word or fewer filters.",
  signedOut: "You are signed out",
  signedOutHelp: "Sign in to see your favorites and recent voices.",
  offline: "You are offline",
  offlineHelp: "The list loads again as soon as you are online.",
  unreachable: "The service cannot be reached",
  unreachableHelp: "The list loads again automatically.",
  failed: "Something went wrong",
  failedHelp:
    "Try again. If the problem persists, send this code to the owner of the page: {reference}",
  stale: "This list may be out of date.",
  notChanged: "{name} could not be updated. {reason}.",
  notPlayed: "The preview of {name} could not be played.",
};

/**
 * The time units of `ago`, with their sizes in seconds.
 *
 * @type {{name: Intl.RelativeTimeFormatUnit, size: number}[]}
 */
const UNITS = [
  { name: "day", size: 86400 },
  { name: "hour", size: 3600 },
  { name: "minute", size: 60 },
];
const GENDERS = ["female", "male", "neutral"];

/** The texts of one picker. Texts that the page does not set are in English. */
export class Labels {
  /** @param {LabelOptions | null} [own] */
  constructor(own = {}) {
    const given = Object.entries(own ?? {}).filter(([, text]) => text != null);
    /** @type {Record<string, Label | undefined>} */
    this.texts = { ...ENGLISH, ...Object.fromEntries(given) };
    this.locale = validLocale(/** @type {string} */ (this.texts.locale));
    this.numbers = new Intl.NumberFormat(this.locale);
    this.plurals = new Intl.PluralRules(this.locale);
    this.times = new Intl.RelativeTimeFormat(this.locale, { numeric: "auto", style: "short" });
    this.now = this.times.format(0, "second");
    this.languages = new Intl.DisplayNames([this.locale], { type: "language" });
  }

  /**
   * Return a text with its values filled in. The value `n` also selects the plural form.
   *
   * @param {string} key
   * @param {{n?: number, [name: string]: unknown}} [values]
   */
  text(key, values = {}) {
    let text = this.texts[key] ?? key;
    if (typeof text === "object")
      text = text[this.plurals.select(Number(values.n))] ?? text.other ?? key;
    return String(text).replace(/\{(\w+)\}/g, (placeholder, name) => {
      if (!Object.hasOwn(values, name)) return placeholder;
      return name === "n" ? this.numbers.format(Number(values.n)) : String(values[name]);
    });
  }

  /** Return the time since a timestamp as text, such as `5 min. ago`. @param {string} timestamp */
  ago(timestamp) {
    const seconds = Math.min(0, (Date.parse(timestamp) - Date.now()) / 1000);
    if (Number.isNaN(seconds)) return "";
    const unit = UNITS.find(({ size }) => -seconds >= size);
    return unit ? this.times.format(Math.round(seconds / unit.size), unit.name) : this.now;
  }

  /**
   * Return the display text of a field's value. Language tags and common genders have display
   * names.
   *
   * @param {string} field
   * @param {string} value
   */
  value(field, value) {
    if (field === "gender" && GENDERS.includes(value)) return this.text(value);
    if (field !== "language" || !value) return value;
    try {
      return this.languages.of(value) ?? value;
    } catch {
      return value; // not a language tag
    }
  }
}

/**
 * Return the locale in its canonical form. For a malformed locale such as `de_DE`, return English,
 * because an error would stop the picker.
 *
 * @param {string} locale
 */
function validLocale(locale) {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? ENGLISH.locale;
  } catch {
    return ENGLISH.locale;
  }
}
