// The types in api-service.d.ts match the HTTP interface. `npm run types` writes the types of the
// OpenAPI document to .types/wire.d.ts and then compiles this file.

import type * as wire from "../../.types/wire.js";
import type * as client from "../../src/api-service.js";
import { holds, type Same } from "./same.js";

type Result<Method extends keyof client.ApiClient> = Awaited<ReturnType<client.ApiClient[Method]>>;
/** The members of an interface as an object type, which can be compared with other object types. */
type Members<T> = { [K in keyof T]: T[K] };

holds<Same<Members<client.VoiceFavorite>, Members<wire.VoiceFavorite>>>();
holds<Same<Members<client.RecentVoice>, Members<wire.RecentVoice>>>();
holds<Same<Members<client.PopularVoice>, Members<wire.PopularVoice>>>();

// The methods return at most one member of `data`. A new member of `data` must be added here, so
// that nobody forgets to decide whether the client returns the member.
holds<Same<keyof wire.FavoritesReply["data"], "favorites" | "count">>();
holds<Same<keyof wire.RecentReply["data"], "voices" | "count">>();
holds<Same<keyof wire.PopularReply["data"], "voices" | "count">>();
holds<Same<keyof wire.AddFavoriteCreated["data"], "favorite">>();
holds<Same<keyof wire.AddFavoriteReply["data"], "favorite" | "already_favorited" | "voice_id">>();
holds<Same<keyof wire.RemoveFavoriteReply["data"], "success" | "voice_id">>();
holds<Same<keyof wire.TrackUsageReply["data"], "success">>();

holds<wire.FavoritesReply["data"]["favorites"] extends Result<"favorites"> ? true : false>();
holds<wire.RecentReply["data"]["voices"] extends Result<"recent"> ? true : false>();
holds<wire.PopularReply["data"]["voices"] extends Result<"popular"> ? true : false>();
holds<wire.AddFavoriteCreated["data"]["favorite"] extends Result<"addFavorite"> ? true : false>();
holds<wire.AddFavoriteReply["data"]["favorite"] extends Result<"addFavorite"> ? true : false>();

// The parameters.
holds<Same<keyof client.Usage, keyof NonNullable<wire.TrackUsageRequest["data"]>>>();
holds<client.Usage extends wire.TrackUsageRequest["data"] ? true : false>();
holds<
  Same<
    Pick<Required<client.ListOptions>, "limit">,
    Required<Members<NonNullable<wire.RecentRequest["data"]>>>
  >
>();
holds<Same<keyof NonNullable<wire.PopularRequest["data"]>, "limit">>();
holds<Same<keyof NonNullable<wire.AddFavoriteRequest["data"]>, "voice_data">>();

// Errors.
holds<Same<keyof wire.Failure["error"], "code" | "message" | "status" | "field">>();
