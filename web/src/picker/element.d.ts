/** The class of `<voice-picker>`. Import `voices-web/voice-picker` to define the element as well. */

import type { ApiClient, ApiError, GetToken } from "../api-service.js";

/** A voice that the page offers. Other fields are kept, and returned with `voice-selected`. */
export interface Voice {
  /** The provider's id, 1 to 128 characters. An integer is converted to its decimal string. */
  voice_id: string | number;
  /** By default the id. */
  name?: string;
  /** A BCP 47 tag such as `en`, shown as the name of the language; or any text. */
  language?: string;
  accent?: string;
  /** `female`, `male` and `neutral` have labels; any other text is shown unchanged. */
  gender?: string;
  /** One line. */
  description?: string;
  /** An `http(s)`, `blob` or `data:audio` URL, relative to the URL of the catalogue. */
  preview_url?: string;
}

/** A voice with all fields that the page gave it. */
export type OfferedVoice = Voice & { [field: string]: unknown };

/** The voices to choose from, or the URL of a JSON list of them. */
export type Catalogue = readonly (Voice | OfferedVoice)[] | string | null;

export type Tab = "all" | "favorites" | "recent" | "popular";

/** A text, or its forms by plural category (`one`, `other`, …). `{…}` marks a value to fill in. */
export type Label = string | { other: string; [category: string]: string };

/** Texts that replace the English ones. `picker/model/labels.js` lists them all. */
export interface Labels {
  /** The language of these texts, for numbers, times and names of languages: `en`. */
  locale?: string;
  [name: string]: Label | null | undefined;
}

/** An error, and the action that failed. The picker has already informed the user. */
export interface PickerError {
  /** An `ApiError`, or the reason why the catalogue could not be read. */
  error: ApiError | Error;
  action: "favorites" | "recent" | "popular" | "add-favorite" | "remove-favorite" | "catalogue";
  /** The voice, if the action concerns one. */
  voice_id?: string;
}

/** The events of the element, by type, with their `detail`. */
export interface VoicePickerEventDetails {
  /** The user has chosen a voice. Its usage event is reported. `voice` is the catalogue's entry. */
  "voice-selected": { voice_id: string; voice: OfferedVoice };
  /** The service has stored or removed a favorite. */
  "favorite-changed": { voice_id: string; favorite: boolean };
  /** Something failed. This event does not bubble. */
  error: PickerError;
}

export interface VoicePickerEventMap extends HTMLElementEventMap {
  "voice-selected": CustomEvent<VoicePickerEventDetails["voice-selected"]>;
  "favorite-changed": CustomEvent<VoicePickerEventDetails["favorite-changed"]>;
  error: CustomEvent<VoicePickerEventDetails["error"]> & ErrorEvent;
}

export class VoicePicker extends HTMLElement {
  static observedAttributes: string[];
  /** Attribute `catalogue`. */
  catalogue: Catalogue;
  /** Gets the user's token, for the service of the attribute `endpoint`. Attribute `token`. */
  getToken: GetToken | null | undefined;
  /** The client to use. By default a client for `endpoint`, or the page's `ApiService`. */
  service: ApiClient | null | undefined;
  labels: Labels | null | undefined;
  /** The id of the selected voice. Attribute `selected`. Setting it reports no usage event. */
  selected: string | null;
  /** The open tab. Attribute `tab`. */
  tab: Tab;
  /** Forget the user's data and load it again. Call it when another user signs in. */
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
