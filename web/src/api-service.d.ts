/**
 * The client of the Voices service: favorites, recent voices, popular voices and usage events.
 *
 * ```js
 * import { ApiService } from "voices-web";
 *
 * ApiService.configure({ endpoint: "https://voices.example.com", getToken: () => session.token });
 * const favorites = await ApiService.favorites();
 * ApiService.trackUsage("rachel", { context: "preview" });
 * ```
 */

/** The address of the service, and how to get the user's token. */
export interface ClientOptions {
  /** The service's address, with or without `/v1`: `https://voices.example.com`. */
  endpoint?: string | URL | null;
  /** Without it, every call is anonymous. */
  getToken?: GetToken | null;
  /** Sends the requests instead of the global `fetch`. */
  fetch?: typeof fetch;
}

/**
 * Returns the signed-in user's token, or null, undefined or "" if nobody is signed in.
 *
 * The client calls it for every call that may need a user, and stores no token. Concurrent calls share
 * one result. With `refresh`, the last token has expired, expires soon or was rejected: get a new one
 * from the identity provider, not from a cache. The client waits up to 10 seconds.
 */
export type GetToken = (options: {
  refresh: boolean;
}) => string | null | undefined | Promise<string | null | undefined>;

/** A call in the form of the service's request envelope. */
export interface Call {
  /** `voices`. */
  resource: string;
  /** The name of the action, such as `favorites`. */
  action: string;
  /** The voice, if the action needs one. An integer is converted to its decimal string. */
  id?: string | number | null;
  /** The parameters of the action. */
  data?: Record<string, unknown> | null;
  /** Aborts the call immediately, including the delay before a retry. */
  signal?: AbortSignal | null;
}

/** A favorite of the user. */
export interface VoiceFavorite {
  voice_id: string;
  user_id: string;
  /** The data stored with the favorite; `{}` if none were given. */
  voice_data: Record<string, unknown>;
  /** ISO 8601, UTC with milliseconds. */
  created_at: string;
}

/** A voice that the user used recently. */
export interface RecentVoice {
  voice_id: string;
  /** ISO 8601, UTC with milliseconds. */
  last_used_at: string;
  /** The user's usage events since the voice last entered the list of 50 recent voices. */
  usage_count: number;
  /** From the last usage event. */
  context?: string;
  /** From the last usage event. */
  agent_id?: string;
}

/** A voice in the list of the most used voices of all users. */
export interface PopularVoice {
  /** Any caller can report any id: show only ids that your own catalogue contains. */
  voice_id: string;
  usage_count: number;
  /** 1 is the most used voice. */
  rank: number;
}

/** Optional details of a usage event. */
export interface Usage {
  /** Where the voice was used, 1 to 64 characters. */
  context?: string;
  /** The agent that used it, 1 to 128 characters. */
  agentId?: string;
  /**
   * The idempotency key, 1 to 64 characters; random by default. The service counts one usage event for
   * each key, even if the key arrives several times within an hour.
   */
  event_id?: string;
}

/** The properties of an `ApiError` other than its message. */
export interface ApiErrorDetails {
  code: string;
  status?: number;
  field?: string;
  requestId?: string;
  retryAfter?: number;
  cause?: unknown;
}

/**
 * A call that failed. Its `code` comes from the service or is one of the client's own codes:
 *
 * | code | when |
 * | --- | --- |
 * | `NETWORK_ERROR` | offline, blocked by CORS, or no response for 10 s |
 * | `INVALID_RESPONSE` | the response is a success but does not come from the service |
 * | `TOKEN_ERROR` | `getToken` failed; `cause` is what it threw |
 * | `NOT_CONFIGURED` | no endpoint was passed to `configure` |
 *
 * A response from the gateway has the service's code for its status, such as `RATE_LIMIT_EXCEEDED` for
 * 429.
 */
export class ApiError extends Error {
  constructor(message: string, details: ApiErrorDetails);
  code: string;
  /** The HTTP status; 0 if there was no response. */
  status: number;
  /** The part of the request that is wrong, such as `data.limit`. */
  field: string | undefined;
  /** The id of the request in the service's logs. */
  requestId: string | undefined;
  /** The number of seconds to wait before another attempt. */
  retryAfter: number | undefined;
}

/** The maximum number of voices in a list, and a signal that aborts the call. */
export interface ListOptions extends CallOptions {
  limit?: number | null;
}

/** A signal that aborts the call immediately, including the delay before a retry. */
export interface CallOptions {
  signal?: AbortSignal | null;
}

/**
 * A client of one service. A page can have several.
 *
 * Reads, changes of favorites, and usage events with an `event_id` are attempted up to three times if
 * the service throttles, is unavailable or cannot be reached. All methods except `trackUsage` reject
 * with an `ApiError` or with the reason of the caller's `signal`.
 */
export class ApiClient {
  /** Takes the same options as `configure`. */
  constructor(options?: ClientOptions);

  /**
   * Set the given options and keep the others. A call in progress keeps its options, and is never
   * retried with a token from the new `getToken`.
   */
  configure(options?: ClientOptions): void;

  /** Make any call. It resolves to the `data` of the response. */
  invoke<Result = Record<string, unknown>>(call: Call): Promise<Result>;

  /**
   * Report a usage event of a voice. This is best effort: it always resolves, and there is no error to
   * handle. If `getToken` returns a token and not a promise, the request is sent before this method
   * returns, and continues when the page is closed. If `getToken` fails, the usage event is anonymous.
   */
  trackUsage(id: string | number, data?: Usage | null): Promise<void>;

  /** All favorites of the user, newest first. */
  favorites(options?: CallOptions): Promise<VoiceFavorite[]>;

  /**
   * Add a favorite, and return it as it is stored. `voiceData` is stored with it, up to 4 KiB of JSON.
   * An existing favorite stays unchanged.
   */
  addFavorite(
    id: string | number,
    voiceData?: object | null,
    options?: CallOptions,
  ): Promise<VoiceFavorite>;

  /** Remove a favorite. It is not an error if the voice is not a favorite. */
  removeFavorite(id: string | number, options?: CallOptions): Promise<void>;

  /** The user's recent voices, last used first: 10 by default, at most 50. */
  recent(options?: ListOptions): Promise<RecentVoice[]>;

  /** The most used voices of all users: 10 by default, at most 100. Public, and cached for 10 s. */
  popular(options?: ListOptions): Promise<PopularVoice[]>;
}

/** A shared client, for pages that use one service. */
export const ApiService: ApiClient;
