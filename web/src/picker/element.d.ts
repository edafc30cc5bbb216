/**
 * The class of `<voice-picker>`. Import `voices-web/voice-picker` to define the element as well.
 */

import type { ApiClient, ApiError, GetToken } from "../api-service.js";

/** A voice that the page offers. The picker returns all other fields with `voice-selected`. */
export interface Voice {
  /** The provider's id, 1 to 128 characters. An integer is converted to its decimal string. */
  voice_id: string | number;
  /** The displayed name. The default is the id. */
  name?: string;
  /** A BCP 47 tag such as `en`, or any other text. The picker shows the language name of a tag. */
  language?: string;
  accent?: string;
  /**
   * The picker has labels for `female`, `male` and `neutral`, and shows any other text unchanged.
   */
  gender?: string;
  /** A text that fits into one line. */
  description?: string;
  /** An `http(s)`, `blob` or `data:audio` URL. It can be relative to the URL of the catalogue. */
  preview_url?: string;
}

/** A voice with all fields that the page has set. */
export type OfferedVoice = Voice & { [field: string]: unknown };

/** The voices to choose from, or the URL of a JSON list of voices. */
export type Catalogue = readonly (Voice | OfferedVoice)[] | string | null;

export type Tab = "all" | "favorites" | "recent" | "popular";

/**
 * A text, or one form of the text for each plural category (`one`, `other`, …). A placeholder such
 * as `{n}` is replaced by a value.
 */
export type Label = string | { other: string; [category: string]: string };

/** Texts that replace the English texts in `picker/model/labels.js`. */
export interface Labels {
  /**
   * The language of the texts, such as `en`. Numbers, times and language names also use `locale`.
   */
  locale?: string;
  [name: string]: Label | null | undefined;
}

/** An error, and the action that failed. The picker has already informed the user. */
export interface PickerError {
  /** An `ApiError`, or the reason why the catalogue could not be read. */
  error: ApiError | Error;
  action: "favorites" | "recent" | "popular" | "add-favorite" | "remove-favorite" | "catalogue";
  /** The id of the voice, if the action concerns a voice. */
  voice_id?: string;
}

/** The type of `detail` for each DOM event of the element. */
export interface VoicePickerEventDetails {
  /** The user has chosen a voice, and the picker has reported a usage event. */
  "voice-selected": { voice_id: string; voice: OfferedVoice };
  /** The service has stored or removed a favorite. */
  "favorite-changed": { voice_id: string; favorite: boolean };
  /** An action has failed. The DOM event `error` does not bubble. */
  error: PickerError;
}

export interface VoicePickerEventMap extends HTMLElementEventMap {
  "voice-selected": CustomEvent<VoicePickerEventDetails["voice-selected"]>;
  "favorite-changed": CustomEvent<VoicePickerEventDetails["favorite-changed"]>;
  error: CustomEvent<VoicePickerEventDetails["error"]> & ErrorEvent;
}

export class VoicePicker extends HTMLElement {
  static observedAttributes: string[];
  /** The default is the URL in the attribute `catalogue`. */
  catalogue: Catalogue;
  /**
   * Returns the user's token, and is called only if `endpoint` is set. By default, the picker uses
   * the token in the attribute `token`.
   */
  getToken: GetToken | null | undefined;
  /** The client to use. The default is a client for `endpoint`, or the page's `ApiService`. */
  service: ApiClient | null | undefined;
  labels: Labels | null | undefined;
  /**
   * The id of the selected voice (attribute `selected`). If a page sets this property, the picker
   * reports no usage event.
   */
  selected: string | null;
  /** The open tab (attribute `tab`). */
  tab: Tab;
  /**
   * Forget the user's data, and load the data again. Call `refresh` when a user signs in or out.
   */
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
