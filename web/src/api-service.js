/**
 * The client of the Voices service. `api-service.d.ts` documents the public interface. The comments
 * in this file explain the implementation.
 *
 * @import {
 *   ApiErrorDetails, Call, CallOptions, ClientOptions, ListOptions, PopularVoice, RecentVoice, Usage,
 *   VoiceFavorite
 * } from "voices-web"
 */

const MAX_ATTEMPTS = 3;
const TIMEOUT_MS = 10_000; // the limit for `getToken`, and for each attempt
const MIN_BACKOFF_MS = 300; // doubled after each attempt
const MAX_BACKOFF_MS = 5_000;
const MAX_RETRY_AFTER_S = 10;
const EXPIRY_MARGIN_MS = 60_000; // longer than all attempts of one call can take

const MAX_EVENT_ID_LENGTH = 64;
const VOICES = "voices";
const TRACK_USAGE = "track-usage";
// These actions are idempotent. `track-usage` is also idempotent if it has an event id. A retry of
// any other action could take effect twice.
const IDEMPOTENT_ACTIONS = ["favorites", "recent", "popular", "add-favorite", "remove-favorite"];
const TRANSIENT_STATUSES = [0, 429, 502, 503, 504];

// A response from the gateway itself contains no error code. The client derives a code from the
// status.
/** @type {Record<number, string>} */
const CODES = {
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  405: "NOT_FOUND",
  429: "RATE_LIMIT_EXCEEDED",
  502: "SERVICE_UNAVAILABLE",
  503: "SERVICE_UNAVAILABLE",
  504: "SERVICE_UNAVAILABLE",
};

export class ApiError extends Error {
  /** @param {string} message @param {ApiErrorDetails} details */
  constructor(message, { code, status = 0, field, requestId, retryAfter, cause }) {
    super(message, { cause });
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.field = field;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }
}

export class ApiClient {
  // `configure` replaces the whole object, and a call keeps the object that it started with. A
  // retry therefore never sends one user's call with another user's token.
  /** @type {Configuration} */
  #configuration = { pendingTokens: new Map() };

  /** @param {ClientOptions} [options] */
  constructor(options) {
    this.configure(options);
  }

  /** @param {ClientOptions} [options] */
  configure(options) {
    this.#configuration = { ...this.#configuration, ...options, pendingTokens: new Map() };
  }

  /**
   * @template [Result=Record<string, unknown>]
   * @param {Call} call
   * @returns {Promise<Result>}
   */
  async invoke({ resource, action, id, data, signal }) {
    const pick = (/** @type {unknown} */ reply) =>
      /** @type {Result | undefined} */ (record(reply));
    return this.#post({ resource, action, id, data }, signal, pick);
  }

  /** @param {string | number} id @param {Usage | null} [data] @returns {Promise<void>} */
  async trackUsage(id, data) {
    try {
      const event = { event_id: data?.event_id ?? randomId() };
      const envelope = { resource: VOICES, action: TRACK_USAGE, id };
      await send(this.#configuration, {
        path: "",
        body: encode({ ...envelope, data: { ...data, ...event } }, { ...envelope, data: event }),
        isIdempotent: isEventId(event.event_id),
        isUsageEvent: true,
        pick: record,
      });
    } catch {
      // This method is best effort, because a page could not do anything useful with the error.
    }
  }

  /** @param {CallOptions} [options] @returns {Promise<VoiceFavorite[]>} */
  async favorites({ signal } = {}) {
    const envelope = { resource: VOICES, action: "favorites" };
    return this.#post(envelope, signal, listIn("favorites"));
  }

  /**
   * @param {string | number} id
   * @param {object | null} [voiceData]
   * @param {CallOptions} [options]
   * @returns {Promise<VoiceFavorite>}
   */
  async addFavorite(id, voiceData, { signal } = {}) {
    const data = { voice_data: voiceData };
    const envelope = { resource: VOICES, action: "add-favorite", id, data };
    const pick = (/** @type {unknown} */ reply) =>
      /** @type {VoiceFavorite | undefined} */ (record(record(reply)?.favorite));
    return this.#post(envelope, signal, pick);
  }

  /** @param {string | number} id @param {CallOptions} [options] @returns {Promise<void>} */
  async removeFavorite(id, { signal } = {}) {
    const envelope = { resource: VOICES, action: "remove-favorite", id };
    await this.#post(envelope, signal, record);
  }

  /** @param {ListOptions} [options] @returns {Promise<RecentVoice[]>} */
  async recent({ limit, signal } = {}) {
    const envelope = { resource: VOICES, action: "recent", data: { limit } };
    return this.#post(envelope, signal, listIn("voices"));
  }

  /** @param {ListOptions} [options] @returns {Promise<PopularVoice[]>} */
  async popular({ limit, signal } = {}) {
    return send(this.#configuration, {
      path: `/voices/popular${limit == null ? "" : `?limit=${limit}`}`,
      isPublic: true,
      isIdempotent: true,
      signal,
      pick: listIn("voices"),
    });
  }

  /**
   * @template Result
   * @param {Call} envelope
   * @param {AbortSignal | null | undefined} signal
   * @param {(data: unknown) => Result | undefined} pick
   * @returns {Promise<Result>}
   */
  #post(envelope, signal, pick) {
    const { resource, action, data } = envelope;
    const isVoices = resource === VOICES;
    const isIdempotent =
      IDEMPOTENT_ACTIONS.includes(action) || (action === TRACK_USAGE && isEventId(data?.event_id));
    return send(this.#configuration, {
      path: "",
      body: encode(envelope),
      isPublic: isVoices && action === "popular",
      isIdempotent: isVoices && isIdempotent,
      signal,
      pick,
    });
  }
}

export const ApiService = new ApiClient();

/**
 * @typedef {ClientOptions & {pendingTokens: Map<boolean, Promise<string | undefined>>}} Configuration
 *   `pendingTokens` contains the calls of `getToken` in progress, by the value of `refresh`.
 */

/**
 * @template Result
 * @typedef {object} Outgoing
 * @property {string} path  the part of the URL after `/v1`
 * @property {string} [body]  makes the request a POST
 * @property {boolean} [isPublic]  no token is needed
 * @property {boolean} [isUsageEvent]  is sent anonymously if no token can be obtained
 * @property {boolean} isIdempotent  may be retried
 * @property {AbortSignal | null} [signal]
 * @property {(data: unknown) => Result | undefined} pick
 *   extracts the result from `data`, or returns undefined if `data` does not contain it
 */

/**
 * Send a request with a token. Retry the request after a transient failure.
 *
 * This function awaits nothing before the first `fetch`, unless `getToken` is asynchronous. A page
 * that is being closed can therefore still send a usage event.
 *
 * @template Result
 * @param {Configuration} configuration
 * @param {Outgoing<Result>} outgoing
 * @returns {Promise<Result>}
 */
async function send(configuration, outgoing) {
  const { signal } = outgoing;
  signal?.throwIfAborted();
  if (!configuration.endpoint) {
    throw new ApiError("No endpoint is set: call configure({ endpoint }) first", {
      code: "NOT_CONFIGURED",
    });
  }
  let token = outgoing.isPublic ? undefined : obtain(() => freshToken(configuration), outgoing);
  if (token instanceof Promise) token = await token;

  let hasRefreshed = false;
  for (let attempt = 1; ; ) {
    try {
      return await exchange(configuration, outgoing, token);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "INVALID_TOKEN" && token && !hasRefreshed) {
        hasRefreshed = true;
        const refreshed = await obtain(() => requestToken(configuration, true), outgoing);
        if (!refreshed || !hasSameUser(token, refreshed)) throw error;
        token = refreshed;
      } else {
        const delayMs = retryDelayMs(error, attempt);
        if (!outgoing.isIdempotent || attempt === MAX_ATTEMPTS || delayMs === undefined)
          throw error;
        attempt += 1;
        await sleep(delayMs, signal);
      }
    }
  }
}

/**
 * Send a request once.
 *
 * @template Result
 * @param {Configuration} configuration
 * @param {Outgoing<Result>} outgoing
 * @param {string} [token]
 * @returns {Promise<Result>}
 */
async function exchange({ endpoint, fetch = globalThis.fetch }, outgoing, token) {
  const { path, body } = outgoing;
  const url = `${String(endpoint).replace(/(\/v1)?\/*$/, "")}/v1${path}`;
  /** @type {RequestInit} */
  const request = { keepalive: outgoing.isUsageEvent };
  if (body !== undefined) {
    request.method = "POST";
    request.body = body;
    // Without a token, the content type stays `text/plain`, so that no preflight request is needed.
    if (token) {
      request.headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    }
  }
  let response;
  let text;
  try {
    [response, text] = await withTimeout(async (signal) => {
      const received = await fetch(url, { ...request, signal });
      return /** @type {const} */ ([received, await received.text()]);
    }, outgoing.signal);
  } catch (cause) {
    throw new ApiError("The service cannot be reached", { code: "NETWORK_ERROR", cause });
  }
  return readResponse(response, text, outgoing.pick);
}

/**
 * Return the result in a response, or throw the error in the response.
 *
 * @template Result
 * @param {Response} response
 * @param {string} text
 * @param {(data: unknown) => Result | undefined} pick
 * @returns {Result}
 */
function readResponse(response, text, pick) {
  const { ok, status, headers } = response;
  const reply = record(decode(text));
  if (ok && reply?.success === true) {
    const result = pick(reply.data);
    if (result !== undefined) return result;
  }
  const failure = reply?.success === false ? record(reply.error) : undefined;
  const { code, message, field } = /** @type {Partial<Record<string, string>>} */ (
    typeof failure?.code === "string" ? failure : {}
  );
  throw new ApiError(message ?? `The response is not from the Voices service: HTTP ${status}`, {
    code: code ?? codeOf(status),
    status,
    field,
    requestId: headers.get("x-request-id") ?? undefined,
    retryAfter: secondsIn(headers.get("retry-after")),
  });
}

/** @param {number} status */
function codeOf(status) {
  if (status < 400) return "INVALID_RESPONSE";
  return CODES[status] ?? (status < 500 ? "VALIDATION_ERROR" : "INTERNAL_ERROR");
}

/** @param {string | null} retryAfter  seconds, or a date */
function secondsIn(retryAfter) {
  if (!retryAfter) return undefined;
  const seconds = Number(retryAfter);
  const untilDate = (Date.parse(retryAfter) - Date.now()) / 1000;
  const delay = Number.isNaN(seconds) ? untilDate : seconds;
  return Number.isNaN(delay) ? undefined : Math.max(0, delay);
}

/**
 * Return the delay before the next attempt, or undefined if a retry is not useful.
 *
 * Random jitter is added to `Retry-After`. Without jitter, all clients that failed together would
 * retry at the same moment.
 *
 * @param {ApiError} error
 * @param {number} attempt
 */
function retryDelayMs({ status, retryAfter = 0 }, attempt) {
  if (!TRANSIENT_STATUSES.includes(status) || retryAfter > MAX_RETRY_AFTER_S) return undefined;
  const backoffMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** (attempt - 1));
  return retryAfter * 1000 + Math.random() * backoffMs;
}

/**
 * Run a function that obtains a token. If the function fails, throw a `TOKEN_ERROR`. For a usage
 * event, return undefined instead.
 *
 * @param {() => string | undefined | Promise<string | undefined>} getToken
 * @param {Pick<Outgoing<unknown>, "isUsageEvent" | "signal">} outgoing
 */
function obtain(getToken, { isUsageEvent, signal }) {
  /** @param {unknown} cause */
  const fail = (cause) => {
    signal?.throwIfAborted();
    if (isUsageEvent) return undefined;
    throw new ApiError("The sign-in could not be confirmed", { code: "TOKEN_ERROR", cause });
  };
  try {
    const token = getToken();
    return token instanceof Promise ? withTimeout(() => token, signal).catch(fail) : token;
  } catch (cause) {
    return fail(cause);
  }
}

/** @param {Configuration} configuration */
function freshToken(configuration) {
  /** @param {string | undefined} token */
  const refreshed = (token) => (expiresSoon(token) ? requestToken(configuration, true) : token);
  const token = requestToken(configuration, false);
  return token instanceof Promise ? token.then(refreshed) : refreshed(token);
}

/**
 * Call the page's `getToken`, or wait for a call that is already in progress.
 *
 * The client never stores a token, because the user may sign out at any time.
 *
 * @param {Configuration} configuration
 * @param {boolean} refresh
 * @returns {string | undefined | Promise<string | undefined>}
 */
function requestToken({ getToken, pendingTokens }, refresh) {
  const pending = pendingTokens.get(true) ?? pendingTokens.get(refresh);
  if (pending) return pending;
  const returned = getToken?.({ refresh });
  if (!record(returned)) return toToken(returned);
  const token = withTimeout(async () => toToken(await returned)).finally(() =>
    pendingTokens.delete(refresh),
  );
  pendingTokens.set(refresh, token);
  return token;
}

/**
 * Check the result of `getToken`. An invalid token must not reach `fetch`, because the error
 * message of `fetch` would contain the token.
 *
 * @param {unknown} value
 */
function toToken(value) {
  if (value == null || value === "") return undefined;
  if (typeof value === "string" && /^[!-~]+$/.test(value)) return value;
  throw new TypeError("getToken returned a value that is not a token");
}

/** @param {string | undefined} token */
function expiresSoon(token) {
  return Number(claimsOf(token).exp) * 1000 < Date.now() + EXPIRY_MARGIN_MS;
}

/** @param {string} token @param {string} other */
function hasSameUser(token, other) {
  return claimsOf(token).sub === claimsOf(other).sub;
}

/**
 * Return the claims of a JWT, or an empty object for any other token.
 *
 * @param {string | undefined} token
 * @returns {Record<string, unknown>}
 */
function claimsOf(token) {
  try {
    const payload = (token ?? "").split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return record(JSON.parse(atob(payload))) ?? {};
  } catch {
    return {};
  }
}

/**
 * Run a task until the task ends, the timeout expires or the caller's signal aborts. The task
 * starts before this function returns.
 *
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} task
 * @param {AbortSignal | null} [signal]
 * @returns {Promise<T>}
 */
async function withTimeout(task, signal) {
  signal?.throwIfAborted();
  const own = new AbortController();
  const abort = () => own.abort(signal?.reason);
  const timer = setTimeout(() => own.abort(new Error("no response within 10 s")), TIMEOUT_MS);
  signal?.addEventListener("abort", abort);
  try {
    return await Promise.race([task(own.signal), whenAborted(own.signal)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** @param {AbortSignal} signal @returns {Promise<never>} */
function whenAborted(signal) {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

/** @param {number} delayMs @param {AbortSignal | null} [signal] @returns {Promise<void>} */
function sleep(delayMs, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, delayMs);
    signal?.addEventListener("abort", abort);
  });
}

/** @param {object} value @param {object} [fallback]  used if the value cannot be serialized */
function encode(value, fallback) {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    if (fallback) return JSON.stringify(fallback);
    throw new ApiError("The call cannot be serialized as JSON", {
      code: "VALIDATION_ERROR",
      cause,
    });
  }
}

/** @param {string} text @returns {unknown} */
function decode(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Return a random event id. Pages served over plain HTTP have no `randomUUID`. Without `crypto`,
 * return undefined. The usage event then has no event id and is sent only once.
 */
function randomId() {
  const { crypto } = globalThis;
  if (crypto?.randomUUID) return crypto.randomUUID();
  if (!crypto) return undefined;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Return whether the service accepts a value as an event id. The service ignores any other value,
 * and would count each attempt as another usage event.
 *
 * @param {unknown} value
 */
function isEventId(value) {
  return typeof value === "string" && value.length > 0 && value.length <= MAX_EVENT_ID_LENGTH;
}

/**
 * Return the value if it is an object and not an array.
 *
 * @param {unknown} value
 */
function record(value) {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? /** @type {Record<string, unknown>} */ (value) : undefined;
}

/**
 * Return a function that extracts the list with this name from `data`.
 *
 * @template Item
 * @param {string} name
 * @returns {(data: unknown) => Item[] | undefined}
 */
function listIn(name) {
  return (data) => {
    const list = record(data)?.[name];
    return Array.isArray(list) ? list : undefined;
  };
}
