/**
 * The client of the Voices service: favorites, recents, popular voices, and usage.
 *
 * ```js
 * import { ApiService } from "voices-web";
 *
 * ApiService.configure({ endpoint: "https://voices.example.com", getToken: () => session.token });
 * const favorites = await ApiService.favorites();
 * ApiService.trackUsage("rachel", { context: "preview" });
 * ```
 */

/** Where the service is, and who calls it. */
export interface ClientOptions {
  /** The service's address, with or without `/v1`: `https://voices.example.com`. */
  endpoint?: string | URL | null;
  /** Absent, every call is anonymous. */
  getToken?: GetToken | null;
  /** What sends the requests in place of the global `fetch`. */
  fetch?: typeof fetch;
}

/**
 * Gives the signed-in user's token, or null, undefined or "" if nobody is signed in.
 *
 * It is asked for every call that may need a user, and concurrent calls share one answer; the client
 * keeps no token. With `refresh` the token last given has expired, is about to, or was refused: get a
 * new one from the identity provider, not from a cache. It has 10 seconds.
 */
export type GetToken = (options: {
  refresh: boolean;
}) => string | null | undefined | Promise<string | null | undefined>;

/** A call as the service's envelope has it. */
export interface Call {
  /** `voices`. */
  resource: string;
  /** What to do, such as `favorites`. */
  action: string;
  /** The voice, where the action needs one; an integer counts as its decimal string. */
  id?: string | number | null;
  /** The action's parameters. */
  data?: Record<string, unknown> | null;
  /** Ends the call, with its waiting, at once. */
  signal?: AbortSignal | null;
}

/** A voice that the user has marked. */
export interface VoiceFavorite {
  voice_id: string;
  user_id: string;
  /** As it was given when the voice was marked; `{}` if it was not. */
  voice_data: Record<string, unknown>;
  /** ISO 8601, UTC with milliseconds. */
  created_at: string;
}

/** A voice that the user has used. */
export interface RecentVoice {
  voice_id: string;
  /** ISO 8601, UTC with milliseconds. */
  last_used_at: string;
  /** By this user, since the voice last entered the 50 that are kept. */
  usage_count: number;
  /** Of the last use. */
  context?: string;
  /** Of the last use. */
  agent_id?: string;
}

/** A voice by how often everybody used it. */
export interface PopularVoice {
  /** A caller's text: show only ids that your own catalogue has. */
  voice_id: string;
  usage_count: number;
  /** 1 is the most used. */
  rank: number;
}

/** What is told of a use. */
export interface Usage {
  /** Where the voice was used, 1 to 64 characters. */
  context?: string;
  /** By which agent, 1 to 128 characters. */
  agentId?: string;
  /** Counts once however often it is sent within an hour, 1 to 64 characters; random if absent. */
  event_id?: string;
}

/** What an `ApiError` is made of, beside its message. */
export interface ApiErrorFacts {
  code: string;
  status?: number;
  field?: string;
  requestId?: string;
  retryAfter?: number;
  cause?: unknown;
}

/**
 * A call that failed. Its `code` is one of the service's, or one of these, made here:
 *
 * | code | when |
 * | --- | --- |
 * | `NETWORK_ERROR` | the service cannot be reached: offline, refused by CORS, or silent for 10 s |
 * | `INVALID_RESPONSE` | the answer is a success, but not one of the service's |
 * | `TOKEN_ERROR` | `getToken` failed; `cause` is what it threw |
 * | `NOT_CONFIGURED` | `configure` was not given an endpoint |
 *
 * A gateway's own answer gets the service's code for its status, such as `RATE_LIMIT_EXCEEDED` for 429.
 */
export class ApiError extends Error {
  constructor(message: string, facts: ApiErrorFacts);
  code: string;
  /** The HTTP status; 0 if there was no answer. */
  status: number;
  /** Which part of the request is at fault, such as `data.limit`. */
  field: string | undefined;
  /** Under which the service has logged the call. */
  requestId: string | undefined;
  /** Seconds after which the service wants to be asked again. */
  retryAfter: number | undefined;
}

/** Of how many voices a list is made at most, and a signal that ends the call. */
export interface ListOptions extends CallOptions {
  limit?: number | null;
}

/** A signal that ends the call, with its waiting, at once. */
export interface CallOptions {
  signal?: AbortSignal | null;
}

/**
 * A client of one service; a page may have several.
 *
 * Reads, adding and removing favorites, and a use with its `event_id` are tried up to three times when the
 * service is throttling, cannot be reached or is down. All methods but `trackUsage` reject with an
 * `ApiError`, or with the reason of the caller's `signal`.
 */
export class ApiClient {
  /** The same as `configure`. */
  constructor(options?: ClientOptions);

  /**
   * Set what is given and keep the rest. Calls under way go on as they began, and none of them is
   * repeated with a token of the new `getToken`.
   */
  configure(options?: ClientOptions): void;

  /** Make any call; what it resolves to is the answer's `data`. */
  invoke<Result = Record<string, unknown>>(call: Call): Promise<Result>;

  /**
   * Count a use of a voice. It resolves whatever happens, and never throws: there is nothing to
   * handle. Where `getToken` gives the token itself rather than a promise, the request is on its way
   * before this returns, and goes on when the page is closed. Where it fails, the use counts as
   * anonymous.
   */
  trackUsage(id: string | number, data?: Usage | null): Promise<void>;

  /** All favorites of the user, newest first. */
  favorites(options?: CallOptions): Promise<VoiceFavorite[]>;

  /**
   * Mark a voice, and get the favorite as it is stored. `voiceData` is kept with it, up to 4 KiB of
   * JSON; one that is marked already stays as it is.
   */
  addFavorite(
    id: string | number,
    voiceData?: object | null,
    options?: CallOptions,
  ): Promise<VoiceFavorite>;

  /** Unmark a voice, whether it was marked or not. */
  removeFavorite(id: string | number, options?: CallOptions): Promise<void>;

  /** The voices that the user used last, the last one first: 10, or up to 50. */
  recent(options?: ListOptions): Promise<RecentVoice[]>;

  /** The voices that everybody uses most: 10, or up to 100. Public, and cached for 10 seconds. */
  popular(options?: ListOptions): Promise<PopularVoice[]>;
}

/** The client of a page that uses one service. */
export const ApiService: ApiClient;
