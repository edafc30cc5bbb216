// The types in picker/element.d.ts are the same as the types of the code. `npm run types` writes
// the types of the code to .types/ and then compiles this file.

import type * as code from "../../.types/src/picker/element.js";
import type { ApiClient } from "../../src/api-service.js";
import type * as declared from "../../src/picker/element.js";
import type { VoicePicker } from "../../src/voice-picker.js";
import { holds, type Same } from "./same.js";

/** The callbacks that the browser calls, which are not part of the public interface. */
type Callbacks =
  | "connectedCallback"
  | "disconnectedCallback"
  | "adoptedCallback"
  | "attributeChangedCallback";
type Own<T> = Exclude<keyof T, keyof HTMLElement>;
/** All members except `service`. The client in .types/ has another type, with private members. */
type Plain<T> = { [K in Own<T> as Exclude<K, Callbacks | "service">]: T[K] };

holds<Same<Exclude<Own<code.VoicePicker>, Callbacks>, Own<declared.VoicePicker>>>();
holds<Same<Plain<code.VoicePicker>, Plain<declared.VoicePicker>>>();
holds<Same<declared.VoicePicker["service"], ApiClient | null | undefined>>();
holds<
  Same<typeof code.VoicePicker.observedAttributes, typeof declared.VoicePicker.observedAttributes>
>();
holds<Same<HTMLElementTagNameMap["voice-picker"], declared.VoicePicker>>();

/** A type of voices as a provider's library can declare it. */
interface ProviderVoice {
  voice_id: string;
  name: string;
  price: number;
}
holds<ProviderVoice[] extends VoicePicker["catalogue"] ? true : false>();
holds<{ name: string }[] extends VoicePicker["catalogue"] ? false : true>();
