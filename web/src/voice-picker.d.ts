/**
 * `<voice-picker>`: the voices of a catalogue, with a user's favorites and recents and the popular ones.
 *
 * ```html
 * <script type="module" src="https://…/voice-picker.js"></script>
 * <voice-picker endpoint="https://…" token="…" catalogue="voices.json"></voice-picker>
 * ```
 */

import type { ApiClient, ApiError, GetToken } from "./api-service.js";

/** A voice that the page offers; other fields are kept, and come back with `voice-selected`. */
export interface Voice {
  /** As the voice provider names it: 1 to 128 characters. An integer counts as its decimal string. */
  voice_id: string | number;
  /** The id, if absent. */
  name?: string;
  /** A BCP 47 tag such as `en`, shown by its name; or any text. */
  language?: string;
  accent?: string;
  /** `female`, `male` and `neutral` have labels; any other text is shown as it is. */
  gender?: string;
  /** A line of what it is like. */
  description?: string;
  /** An `http(s)`, `blob` or `data:audio` address, relative to the catalogue's own. */
  preview_url?: string;
}

/** A voice with whatever else the page gave it. */
export type OfferedVoice = Voice & { [field: string]: unknown };

export type Tab = "all" | "favorites" | "recent" | "popular";

/** A text, or its forms by plural category (`one`, `other`, …). `{…}` are filled in. */
export type Label = string | { other: string; [category: string]: string };

/** Texts in place of the English ones; `picker/labels.js` has them all. */
export interface Labels {
  /** The language of these texts, for numbers, times and names of languages: `en`. */
  locale?: string;
  [name: string]: Label | undefined;
}

/** What went wrong, in doing what; the picker has told the user already. */
export interface PickerError {
  /** An `ApiError`, or what kept the catalogue from being read. */
  error: ApiError | Error;
  action: "favorites" | "recent" | "popular" | "add-favorite" | "remove-favorite" | "catalogue";
  /** The voice, where it is about one. */
  voice_id?: string;
}

export interface VoicePickerEventMap extends HTMLElementEventMap {
  /** The user took a voice; its use is reported. `voice` is as the catalogue has it. */
  "voice-selected": CustomEvent<{ voice_id: string; voice: OfferedVoice }>;
  /** The service has taken a star, or its removal. */
  "favorite-changed": CustomEvent<{ voice_id: string; favorite: boolean }>;
  /** Unlike the others, this one does not bubble. */
  error: CustomEvent<PickerError> & ErrorEvent;
}

export class VoicePicker extends HTMLElement {
  /** The voices to choose from, or the address of a JSON list of them; attribute `catalogue`. */
  catalogue: readonly (Voice | OfferedVoice)[] | string | null;
  /** Who is signed in, for the service that the attribute `endpoint` names; or attribute `token`. */
  getToken: GetToken | undefined;
  /** The client to ask; by default one for `endpoint`, or else the page's `ApiService`. */
  service: ApiClient | undefined;
  labels: Labels | undefined;
  /** The id of the voice that is taken; attribute `selected`. Setting it reports no use. */
  selected: string | null;
  /** The open tab; attribute `tab`. */
  tab: Tab;
  /** Forget what is known of the user, and ask the service anew: call it when another one signs in. */
  refresh(): void;

  addEventListener<K extends keyof VoicePickerEventMap>(
    type: K,
    listener: (this: VoicePicker, event: VoicePickerEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "voice-picker": VoicePicker;
  }
}
