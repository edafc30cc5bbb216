/**
 * The client of the Voices service. What it promises stands in `api-service.d.ts`; the comments here
 * say why it is done so.
 *
 * @import {
 *   ApiErrorFacts, Call, CallOptions, ClientOptions, ListOptions, PopularVoice, RecentVoice, Usage,
 *   VoiceFavorite
 * } from "voices-web"
 */

const ATTEMPTS = 3;
const TIME_LIMIT = 10_000; // ms, for `getToken` and for each attempt
const FIRST_BACKOFF = 300; // ms, doubled with each attempt
const LONGEST_BACKOFF = 5_000; // ms
const LONGEST_RETRY_AFTER = 10; // seconds
const EXPIRY_MARGIN = 60_000; // ms, more than all attempts of a call take

const VOICES = "voices";
const TRACK_USAGE = "track-usage";
// Whoever repeats one of these changes nothing; of any other the service may count each.
const REPEATABLE = ["favorites", "recent", "popular", "add-favorite", "remove-favorite"];
const WORTH_REPEATING = [0, 429, 502, 503, 504];

// What a gateway's own answer means, which comes without the envelope.
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
  /** @param {string} message @param {ApiErrorFacts} facts */
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
  // Replaced as a whole by `configure`: a call goes on with the one that it began with, so what was
  // begun for one user is never repeated for the next.
  /** @type {Configuration} */
  #configuration = { asked: new Map() };

  /** @param {ClientOptions} [options] */
  constructor(options) {
    this.configure(options);
  }

  /** @param {ClientOptions} [options] */
  configure(options) {
    this.#configuration = { ...this.#configuration, ...options, asked: new Map() };
  }

  /**
   * @template [Result=Record<string, unknown>]
   * @param {Call} call
   * @returns {Promise<Result>}
   */
  async invoke({ resource, action, id, data, signal }) {
    return this.#post({ resource, action, id, data }, signal, object);
  }

  /** @param {string | number} id @param {Usage | null} [data] @returns {Promise<void>} */
  async trackUsage(id, data) {
    try {
      const use = { event_id: data?.event_id ?? randomId() };
      const envelope = { resource: VOICES, action: TRACK_USAGE, id };
      await send(this.#configuration, {
        path: "",
        body: encode({ ...envelope, data: { ...data, ...use } }, { ...envelope, data: use }),
        isRepeatable: isEventId(use.event_id),
        isUse: true,
        pick: object,
      });
    } catch {
      // Whether a use is counted is no concern of the page's.
    }
  }

  /** @param {CallOptions} [options] @returns {Promise<VoiceFavorite[]>} */
  async favorites({ signal } = {}) {
    const envelope = { resource: VOICES, action: "favorites" };
    return this.#post(envelope, signal, (data) => list(data?.favorites));
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
    return this.#post(envelope, signal, (reply) => object(reply?.favorite));
  }

  /** @param {string | number} id @param {CallOptions} [options] @returns {Promise<void>} */
  async removeFavorite(id, { signal } = {}) {
    const envelope = { resource: VOICES, action: "remove-favorite", id };
    await this.#post(envelope, signal, object);
  }

  /** @param {ListOptions} [options] @returns {Promise<RecentVoice[]>} */
  async recent({ limit, signal } = {}) {
    const envelope = { resource: VOICES, action: "recent", data: { limit } };
    return this.#post(envelope, signal, (data) => list(data?.voices));
  }

  /** @param {ListOptions} [options] @returns {Promise<PopularVoice[]>} */
  async popular({ limit, signal } = {}) {
    return send(this.#configuration, {
      path: `/voices/popular${limit == null ? "" : `?limit=${limit}`}`,
      isPublic: true,
      isRepeatable: true,
      signal,
      pick: (data) => list(data?.voices),
    });
  }

  /**
   * @param {Call} envelope
   * @param {AbortSignal | null | undefined} signal
   * @param {(data: any) => any} pick
   */
  #post(envelope, signal, pick) {
    const { resource, action, data } = envelope;
    const isOurs = resource === VOICES;
    const isRepeatable =
      REPEATABLE.includes(action) || (action === TRACK_USAGE && isEventId(data?.event_id));
    return send(this.#configuration, {
      path: "",
      body: encode(envelope),
      isPublic: isOurs && action === "popular",
      isRepeatable: isOurs && isRepeatable,
      signal,
      pick,
    });
  }
}

export const ApiService = new ApiClient();

/**
 * @typedef {ClientOptions & {asked: Map<boolean, Promise<string | undefined>>}} Configuration
 *   `asked` holds the tokens that are being waited for: by refreshing, and not.
 *
 * @typedef {object} Sending
 * @property {string} path  after `/v1`
 * @property {string} [body]  a POST, if there is one
 * @property {boolean} [isPublic]  no token is asked for
 * @property {boolean} [isUse]  goes out without a token rather than not at all
 * @property {boolean} isRepeatable
 * @property {AbortSignal | null} [signal]
 * @property {(data: any) => any} pick  the result out of `data`; undefined if it is not there
 */

/**
 * Nothing is awaited before the first fetch unless `getToken` is asynchronous: a use must be on its
 * way before the page is gone.
 *
 * @param {Configuration} configuration
 * @param {Sending} sending
 */
async function send(configuration, sending) {
  const { signal } = sending;
  signal?.throwIfAborted();
  if (!configuration.endpoint) {
    throw new ApiError("There is no endpoint: call configure({endpoint}) first", {
      code: "NOT_CONFIGURED",
    });
  }
  let token = sending.isPublic ? undefined : obtain(() => freshToken(configuration), sending);
  if (token instanceof Promise) token = await token;

  let hasRefreshed = false;
  for (let attempt = 1; ; ) {
    try {
      return await exchange(configuration, sending, token);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "INVALID_TOKEN" && token && !hasRefreshed) {
        hasRefreshed = true;
        const next = await obtain(() => ask(configuration, true), sending);
        if (!next || isOfAnother(token, next)) throw error;
        token = next;
      } else {
        const wait = waitAfter(error, attempt);
        if (!sending.isRepeatable || attempt === ATTEMPTS || wait === undefined) throw error;
        attempt += 1;
        await sleep(wait, signal);
      }
    }
  }
}

/** @param {Configuration} configuration @param {Sending} sending @param {string} [token] */
async function exchange({ endpoint, fetch = globalThis.fetch }, sending, token) {
  const { path, body } = sending;
  const url = `${String(endpoint).replace(/(\/v1)?\/*$/, "")}/v1${path}`;
  /** @type {RequestInit} */
  const request = { keepalive: sending.isUse };
  if (body !== undefined) {
    request.method = "POST";
    request.body = body;
    // Without a token it stays `text/plain`, as `fetch` makes it, which needs no preflight.
    if (token) {
      request.headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    }
  }
  let response;
  let text;
  try {
    [response, text] = await bounded(async (signal) => {
      const answer = await fetch(url, { ...request, signal });
      return /** @type {const} */ ([answer, await answer.text()]);
    }, sending.signal);
  } catch (cause) {
    throw new ApiError("The service cannot be reached", { code: "NETWORK_ERROR", cause });
  }
  return read(response, text, sending.pick);
}

/** @param {Response} response @param {string} text @param {(data: any) => any} pick */
function read(response, text, pick) {
  const { ok, status, headers } = response;
  const reply = decode(text);
  if (ok && reply?.success === true) {
    const result = pick(reply.data);
    if (result !== undefined) return result;
  }
  const isFailure = reply?.success === false && typeof reply.error?.code === "string";
  const { code = codeOf(status), message, field } = isFailure ? reply.error : {};
  throw new ApiError(message ?? `The answer is not the service's own: HTTP ${status}`, {
    code,
    status,
    field,
    requestId: headers.get("x-request-id") ?? undefined,
    retryAfter: secondsOf(headers.get("retry-after")),
  });
}

/** @param {number} status */
function codeOf(status) {
  if (status < 400) return "INVALID_RESPONSE";
  return CODES[status] ?? (status < 500 ? "VALIDATION_ERROR" : "INTERNAL_ERROR");
}

/** @param {string | null} retryAfter  seconds, or a date */
function secondsOf(retryAfter) {
  if (!retryAfter) return undefined;
  const seconds = Number(retryAfter);
  const until = (Date.parse(retryAfter) - Date.now()) / 1000;
  const wait = Number.isNaN(seconds) ? until : seconds;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

/**
 * Full jitter, on top of what the service asks for: clients that failed together must not come back
 * together.
 *
 * @param {ApiError} error
 * @param {number} attempt
 */
function waitAfter({ status, retryAfter = 0 }, attempt) {
  if (!WORTH_REPEATING.includes(status) || retryAfter > LONGEST_RETRY_AFTER) return undefined;
  const backoff = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (attempt - 1));
  return retryAfter * 1000 + Math.random() * backoff;
}

/**
 * @param {() => string | undefined | Promise<string | undefined>} asking
 * @param {Sending} sending
 */
function obtain(asking, { isUse, signal }) {
  /** @param {unknown} cause */
  const fail = (cause) => {
    signal?.throwIfAborted();
    if (isUse) return undefined;
    throw new ApiError("The sign-in could not be confirmed", { code: "TOKEN_ERROR", cause });
  };
  try {
    const token = asking();
    return token instanceof Promise ? bounded(() => token, signal).catch(fail) : token;
  } catch (cause) {
    return fail(cause);
  }
}

/** @param {Configuration} configuration */
function freshToken(configuration) {
  /** @param {string | undefined} token */
  const refreshed = (token) => (expiresSoon(token) ? ask(configuration, true) : token);
  const token = ask(configuration, false);
  return token instanceof Promise ? token.then(refreshed) : refreshed(token);
}

/**
 * The host's own store of tokens is asked for each call, and nothing is kept here: a token kept
 * past a logout would be a hole.
 *
 * @param {Configuration} configuration
 * @param {boolean} refresh
 * @returns {string | undefined | Promise<string | undefined>}
 */
function ask({ getToken, asked }, refresh) {
  const waiting = asked.get(true) ?? asked.get(refresh);
  if (waiting) return waiting;
  const given = getToken?.({ refresh });
  if (!object(given)) return checked(given);
  const token = bounded(async () => checked(await given)).finally(() => asked.delete(refresh));
  asked.set(refresh, token);
  return token;
}

/**
 * `fetch` would put a token that no header can hold into the message of its error.
 *
 * @param {unknown} token
 */
function checked(token) {
  if (token == null || token === "") return undefined;
  if (typeof token === "string" && /^[!-~]+$/.test(token)) return token;
  throw new TypeError("getToken gave what cannot be a token");
}

/** @param {string | undefined} token */
function expiresSoon(token) {
  return claims(token).exp * 1000 < Date.now() + EXPIRY_MARGIN;
}

/** @param {string} token @param {string} next */
function isOfAnother(token, next) {
  return claims(token).sub !== claims(next).sub;
}

/** @param {string | undefined} token  a JWT, or one whose inside is the host's own business */
function claims(token) {
  try {
    const payload = (token ?? "").split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(payload)) ?? {};
  } catch {
    return {};
  }
}

/**
 * What a task gives, unless the time limit or the caller's signal comes first. The task starts
 * before this returns.
 *
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} task
 * @param {AbortSignal | null} [signal]
 * @returns {Promise<T>}
 */
async function bounded(task, signal) {
  signal?.throwIfAborted();
  const own = new AbortController();
  const abort = () => own.abort(signal?.reason);
  const timer = setTimeout(() => own.abort(new Error("no answer within 10 s")), TIME_LIMIT);
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

/** @param {number} milliseconds @param {AbortSignal | null} [signal] @returns {Promise<void>} */
function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort);
  });
}

/** @param {object} value @param {object} [fallback]  sent if the value is no JSON */
function encode(value, fallback) {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    if (fallback) return JSON.stringify(fallback);
    throw new ApiError("The call cannot be written as JSON", { code: "VALIDATION_ERROR", cause });
  }
}

/** @param {string} text @returns {any} */
function decode(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Pages on plain http have no `randomUUID`; where there is nothing random, each send counts. */
function randomId() {
  const { crypto } = globalThis;
  if (crypto?.randomUUID) return crypto.randomUUID();
  if (!crypto) return undefined;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * What the service takes as one. It would leave anything else out, and count each send.
 *
 * @param {unknown} value
 */
function isEventId(value) {
  return typeof value === "string" && value.length > 0 && value.length <= 64;
}

/** @param {unknown} value */
function object(value) {
  return typeof value === "object" && value && !Array.isArray(value) ? value : undefined;
}

/** @param {unknown} value */
function list(value) {
  return Array.isArray(value) ? value : undefined;
}
