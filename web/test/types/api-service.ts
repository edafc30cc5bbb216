// What the code is and what `api-service.d.ts` says of it must be the same. `npm run check` first writes
// the code's own types to `.types/`, then compiles this file: a difference is an error in it.

import type * as code from "../../.types/api-service.js";
import type * as declared from "../../src/api-service.js";
import type { VoicePicker } from "../../src/voice-picker.js";

/** The type `true` if two types are the same, not only assignable to each other. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** What everybody sees of a class's instances: the code's has private members besides. */
type Public<T> = { [K in keyof T]: T[K] };

function holds<_ extends true>() {}

holds<Same<keyof typeof code, keyof typeof declared>>();
holds<Same<Public<code.ApiClient>, Public<declared.ApiClient>>>();
holds<Same<Public<code.ApiError>, Public<declared.ApiError>>>();
holds<Same<Public<typeof code.ApiService>, Public<typeof declared.ApiService>>>();
holds<
  Same<
    ConstructorParameters<typeof code.ApiClient>,
    ConstructorParameters<typeof declared.ApiClient>
  >
>();
holds<
  Same<ConstructorParameters<typeof code.ApiError>, ConstructorParameters<typeof declared.ApiError>>
>();

/** A page's own type of a voice, as a provider's library declares it. */
interface ProvidersVoice {
  voice_id: string;
  name: string;
  price: number;
}
holds<ProvidersVoice[] extends VoicePicker["catalogue"] ? true : false>();
holds<{ name: string }[] extends VoicePicker["catalogue"] ? false : true>();
