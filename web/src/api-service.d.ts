/**
 * The client of the Voices service, for favorites, recent voices, popular voices and usage events.
 *
 * ```js
 * import { ApiService } from "voices-web";
 *
 * ApiService.configure({ endpoint: "https://voices.example.com", getToken: () => session.token });
 * const favorites = await ApiService.favorites();
 * ApiService.trackUsage("rachel", { context: "preview" });
 * ```
 */

/** The options of a client. */
export interface ClientOptions {
  /** The service's address, with or without `/v1`: `https://voices.example.com`. */
  endpoint?: string | URL | null;
  /** Without `getToken`, every call is anonymous. */
  getToken?: GetToken | null;
  /** Sends the requests instead of the global `fetch`. */
  fetch?: typeof fetch;
}

/**
 * A function of the page that returns the signed-in user's token. If nobody is signed in, it
 * returns null, undefined or "".
 *
 * The client calls this function for each call that may need a user, and stores no token.
 * Concurrent calls share one result. `refresh` is true if the last token has expired, expires soon
 * or was rejected. In this case, get a new token from the identity provider, not from a cache. The
 * client waits up to 10 seconds for a token.
 */
export type GetToken = (options: {
  refresh: boolean;
}) => string | null | undefined | Promise<string | null | undefined>;

/** A call in the form of the service's request envelope. */
export interface Call {
  /** Always `voices`. */
  resource: string;
  /** The name of the action, such as `favorites`. */
  action: string;
  /**
   * The id of the voice, if the action needs a voice. An integer is converted to a decimal string.
   */
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
  /** The data stored with the favorite, or `{}` if the favorite was added without data. */
  voice_data: Record<string, unknown>;
  /** ISO 8601, UTC with milliseconds. */
  created_at: string;
}

/** A voice that the user used recently. */
export interface RecentVoice {
  voice_id: string;
  /** ISO 8601, UTC with milliseconds. */
  last_used_at: string;
  /**
   * The number of usage events since the voice last entered the user's list of 50 recent voices.
   */
  usage_count: number;
  /** The context of the last usage event. */
  context?: string;
  /** The agent of the last usage event. */
  agent_id?: string;
}

/** A voice in the list of the most used voices, counted over all users. */
export interface PopularVoice {
  /** Any caller can report any id. Show only the ids that your own catalogue contains. */
  voice_id: string;
  usage_count: number;
  /** The most used voice has the rank 1. */
  rank: number;
}

/** Optional details of a usage event. */
export interface Usage {
  /** Where the voice was used. 1 to 64 characters. */
  context?: string;
  /** The agent that used the voice. 1 to 128 characters. */
  agentId?: string;
  /**
   * The idempotency key, with 1 to 64 characters. The default is a random key. If the same key
   * arrives several times within an hour, the service counts one usage event.
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
 * The error of a failed call. `code` is an error code of the service or one of the client's own
 * codes:
 *
 * | code | when |
 * | --- | --- |
 * | `NETWORK_ERROR` | offline, blocked by CORS, or no response for 10 s |
 * | `INVALID_RESPONSE` | the status is a success, but the response does not come from the service |
 * | `TOKEN_ERROR` | `getToken` failed; `cause` is its error |
 * | `NOT_CONFIGURED` | no endpoint was set |
 *
 * If the gateway itself sends an error response, the client derives `code` from the HTTP status,
 * such as `RATE_LIMIT_EXCEEDED` from 429.
 */
export class ApiError extends Error {
  constructor(message: string, details: ApiErrorDetails);
  code: string;
  /** The HTTP status, or 0 without a response. */
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
 * A client of one service. A page can have several clients.
 *
 * If the service throttles a call, is unavailable or cannot be reached, the client makes up to
 * three attempts. Only reads, changes of favorites, and usage events with an `event_id` are
 * retried. Except for `trackUsage`, a failed call rejects with an `ApiError` or with the reason of
 * the caller's `signal`.
 */
export class ApiClient {
  /** Create a client. The options are the same as those of `configure`. */
  constructor(options?: ClientOptions);

  /**
   * Set the given options, and keep all other options. A call in progress keeps the old options,
   * and is never retried with a token from the new `getToken`.
   */
  configure(options?: ClientOptions): void;

  /** Call any action, and return the `data` of the response. */
  invoke<Result = Record<string, unknown>>(call: Call): Promise<Result>;

  /**
   * Report a usage event of a voice. This method is best effort, so its promise always resolves.
   *
   * If `getToken` returns a token and not a promise, the request is sent before this method
   * returns. The request continues even if the page is closed. If `getToken` fails, the usage event
   * is anonymous.
   */
  trackUsage(id: string | number, data?: Usage | null): Promise<void>;

  /** Return all favorites of the user, newest first. */
  favorites(options?: CallOptions): Promise<VoiceFavorite[]>;

  /**
   * Add a favorite with `voiceData`, and return the stored favorite. `voiceData` must be at most
   * 4,096 bytes of JSON. An existing favorite stays unchanged.
   */
  addFavorite(
    id: string | number,
    voiceData?: object | null,
    options?: CallOptions,
  ): Promise<VoiceFavorite>;

  /** Remove a favorite. It is not an error if the voice is not a favorite. */
  removeFavorite(id: string | number, options?: CallOptions): Promise<void>;

  /**
   * Return the user's recent voices, most recent first. `limit` is 10 by default and at most 50.
   */
  recent(options?: ListOptions): Promise<RecentVoice[]>;

  /**
   * Return the most used voices, counted over all users. `limit` is 10 by default and at most 100.
   * This call needs no token. Browsers cache the response for up to 10 seconds.
   */
  popular(options?: ListOptions): Promise<PopularVoice[]>;
}

/** A shared client for pages that use one service. */
export const ApiService: ApiClient;
