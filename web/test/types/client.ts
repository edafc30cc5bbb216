// The types in api-service.d.ts are the same as the types of the code. `npm run types` writes the
// types of the code to .types/ and then compiles this file.

import type * as code from "../../.types/src/api-service.js";
import type * as declared from "../../src/api-service.js";
import { holds, type Public, type Same } from "./same.js";

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
