/** Every text that the picker says by itself, in English, and how texts are filled in. */

/**
 * `{…}` are filled in. A text that depends on a number may be an object by plural category, such as
 * `{one: "{n} voice", other: "{n} voices"}`. `locale` is the language of these texts: numbers, times
 * and names of languages come in it.
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
  noCatalogue: "There are no voices to choose from.",
  noCatalogueHelp: "This page has not given the picker any.",
  noFavorites: "No favorites yet",
  noFavoritesHelp: "Star a voice, and it waits for you here.",
  noRecent: "Nothing used yet",
  noRecentHelp: "The voices you choose show up here, the last one first.",
  noPopular: "Nothing is popular yet",
  noPopularHelp: "The voices that everybody uses most show up here.",
  noMatch: "No voice matches",
  noMatchHelp: "Try another word, or fewer filters.",
  signedOut: "You are signed out",
  signedOutHelp: "Sign in to keep favorites and to find the voices you used.",
  offline: "You are offline",
  offlineHelp: "This goes on by itself as soon as you are connected again.",
  unreachable: "The service cannot be reached",
  unreachableHelp: "This tries again by itself.",
  failed: "That did not work",
  failedHelp: "Try again; if it stays so, tell the people who run this page: {reference}",
  stale: "What you see may be out of date.",
  notChanged: "{name} could not be changed. {reason}.",
  notPlayed: "The preview of {name} could not be played.",
};

/** What `ago` counts in, by their seconds. @type {{name: Intl.RelativeTimeFormatUnit, size: number}[]} */
const UNITS = [
  { name: "day", size: 86400 },
  { name: "hour", size: 3600 },
  { name: "minute", size: 60 },
];
const GENDERS = ["female", "male", "neutral"];

/** The texts of one picker: what the page gives, and English for what it leaves out. */
export class Labels {
  constructor(own = {}) {
    const given = Object.entries(own ?? {}).filter(([, text]) => text != null);
    this.texts = { ...ENGLISH, ...Object.fromEntries(given) };
    const locale = readable(this.texts.locale);
    this.texts.locale = locale;
    this.numbers = new Intl.NumberFormat(locale);
    this.plurals = new Intl.PluralRules(locale);
    this.times = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
    this.now = this.times.format(0, "second");
    this.languages = new Intl.DisplayNames([locale], { type: "language" });
  }

  /** One text, its `{…}` filled in; `n` chooses the plural form too. */
  text(key, values = {}) {
    let text = this.texts[key] ?? key;
    if (typeof text === "object") text = text[this.plurals.select(values.n)] ?? text.other ?? key;
    return String(text).replace(/\{(\w+)\}/g, (whole, name) => {
      if (!Object.hasOwn(values, name)) return whole;
      return name === "n" ? this.numbers.format(values.n) : values[name];
    });
  }

  /** How long ago a moment was, such as `5 min. ago`. */
  ago(moment) {
    const seconds = Math.min(0, (Date.parse(moment) - Date.now()) / 1000);
    if (Number.isNaN(seconds)) return "";
    const unit = UNITS.find(({ size }) => -seconds >= size);
    return unit ? this.times.format(Math.round(seconds / unit.size), unit.name) : this.now;
  }

  /** The value of one of a voice's fields, for people: languages and genders have names. */
  value(field, value) {
    if (field === "gender" && GENDERS.includes(value)) return this.text(value);
    if (field !== "language" || !value) return value;
    try {
      return this.languages.of(value) ?? value;
    } catch {
      return value; // no language tag, so a name
    }
  }
}

/** A locale that browsers know how to read; a slip in it, such as `de_DE`, must not stop the picker. */
function readable(locale) {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? ENGLISH.locale;
  } catch {
    return ENGLISH.locale;
  }
}
