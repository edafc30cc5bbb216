/** The client when the gateway, the network or the service is in trouble. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiClient, ApiError } from "../../src/api-service.js";
import { takeClock } from "../support/clock.js";
import { dropped, failure, Gateway, raw, silent, success } from "../support/gateway.js";
import { giving } from "../support/tokens.js";
import { rejection } from "../support/waiting.js";

const gateway = new Gateway();
before(() => gateway.start());
after(() => gateway.stop());

const html = (/** @type {number} */ status) => raw(status, "<html>Sorry</html>");
const none = success({ favorites: [], count: 0 });
const client = () => new ApiClient({ endpoint: gateway.url, getToken: () => "opaque" });
const UNSAFE = { resource: "voices", action: "clone", id: "rachel" };

describe("a gateway's own answer becomes an error of the contract", () => {
  const codes = {
    400: "VALIDATION_ERROR",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "NOT_FOUND",
    413: "VALIDATION_ERROR",
    429: "RATE_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    502: "SERVICE_UNAVAILABLE",
    503: "SERVICE_UNAVAILABLE",
    504: "SERVICE_UNAVAILABLE",
    505: "INTERNAL_ERROR",
  };
  for (const [status, code] of Object.entries(codes)) {
    it(`${status} is ${code}, whether it is JSON, HTML or nothing`, async () => {
      for (const body of ['{"message": "No"}', "<html>No</html>", ""]) {
        gateway.willAnswer(raw(Number(status), body));

        const error = await rejection(client().invoke(UNSAFE));

        assert.ok(error instanceof ApiError);
        assert.deepEqual([error.code, error.status], [code, Number(status)]);
        assert.match(error.message, new RegExp(status));
        assert.deepEqual([error.requestId, error.retryAfter], [undefined, undefined]);
      }
    });
  }
});

describe("a success that is not the service's is an INVALID_RESPONSE", () => {
  const answers = {
    HTML: html(200),
    nothing: raw(200, ""),
    "no content": raw(204, ""),
    null: raw(200, "null"),
    "no data": raw(200, '{"success": true}'),
    "data that is a list": raw(200, '{"success": true, "data": []}'),
    "a failure without a code": raw(200, '{"success": false, "error": {"message": "No"}}'),
    "a failure with a code of another kind": raw(200, '{"success": false, "error": {"code": 7}}'),
    "a failure without an error": raw(200, '{"success": false, "error": null}'),
    "an envelope of another kind": raw(200, '{"ok": true, "data": {"favorites": []}}'),
  };
  for (const [what, answer] of Object.entries(answers)) {
    it(`${what}`, async () => {
      gateway.willAnswer(answer);

      const error = await rejection(client().invoke({ resource: "voices", action: "favorites" }));

      assert.equal(error.code, "INVALID_RESPONSE");
      assert.ok(error.status === 200 || error.status === 204);
      assert.equal(gateway.requests.length, 1);
    });
  }

  it("and so are data without what the helper promises", async () => {
    gateway.willAnswer(success({ favorites: {}, voices: null, favorite: "rachel" }));
    const calls = [
      client().favorites(),
      client().recent(),
      client().popular(),
      client().addFavorite("rachel"),
    ];

    for (const error of await Promise.all(calls.map(rejection))) {
      assert.equal(error.code, "INVALID_RESPONSE");
    }
  });
});

it("an error carries the id of the request and when to come back", async () => {
  const headers = { "x-request-id": "request-1", "retry-after": "3600" };
  gateway.willAnswer(failure(503, "SERVICE_UNAVAILABLE", headers, { field: "data" }));

  const error = await rejection(client().favorites());

  assert.equal(error.code, "SERVICE_UNAVAILABLE");
  assert.equal(error.message, "It is SERVICE_UNAVAILABLE.");
  assert.deepEqual([error.requestId, error.retryAfter, error.field], ["request-1", 3600, "data"]);
});

it("a code that this client does not know is handed on", async () => {
  gateway.willAnswer(failure(409, "VOICE_IS_BUSY"));

  assert.equal((await rejection(client().favorites())).code, "VOICE_IS_BUSY");
});

describe("what is safe is tried three times", () => {
  const event = { event_id: "event-1" };
  const safe = {
    favorites: () => client().favorites(),
    recent: () => client().recent(),
    popular: () => client().popular(),
    "add-favorite": () => client().addFavorite("rachel"),
    "remove-favorite": () => client().removeFavorite("rachel"),
    "popular, invoked": () => client().invoke({ resource: "voices", action: "popular" }),
    "track-usage with its event_id": () =>
      client().invoke({ resource: "voices", action: "track-usage", id: "rachel", data: event }),
  };
  for (const [name, call] of Object.entries(safe)) {
    it(name, async (test) => {
      takeClock(test);
      gateway.willAnswer(html(503));

      assert.equal((await rejection(call())).code, "SERVICE_UNAVAILABLE");
      assert.equal(gateway.requests.length, 3);
      assert.deepEqual(gateway.requests[2], gateway.requests[0]);
    });
  }

  const troubles = { 429: html(429), 502: html(502), 503: html(503), 504: html(504), dropped };
  for (const [trouble, answer] of Object.entries(troubles)) {
    it(`after ${trouble}, and the answer that comes at last is given`, async (test) => {
      takeClock(test);
      gateway.willAnswer(answer, answer, none);

      assert.deepEqual(await client().favorites(), []);
      assert.equal(gateway.requests.length, 3);
    });
  }

  for (const status of [400, 403, 404, 409, 413, 500]) {
    it(`but not after ${status}, which would be the same again`, async () => {
      gateway.willAnswer(html(status));

      assert.equal((await rejection(client().favorites())).status, status);
      assert.equal(gateway.requests.length, 1);
    });
  }
});

describe("what may not be safe is tried once", () => {
  const calls = {
    "an action of the future": UNSAFE,
    "an action of another resource": { resource: "agents", action: "favorites" },
    "track-usage without an event_id": { resource: "voices", action: "track-usage", id: "rachel" },
    "track-usage with an event_id that the service leaves out": {
      resource: "voices",
      action: "track-usage",
      id: "rachel",
      data: { event_id: "x".repeat(65) },
    },
  };
  for (const [name, call] of Object.entries(calls)) {
    it(name, async () => {
      for (const answer of [html(503), html(429), dropped]) {
        gateway.willAnswer(answer);

        await rejection(client().invoke(call));

        assert.equal(gateway.requests.length, 1);
      }
    });
  }
});

describe("between tries", () => {
  it("the wait doubles, and is a random part of it", async (test) => {
    const { waits } = takeClock(test); // a random number is 0.5
    gateway.willAnswer(html(503));

    await rejection(client().favorites());

    assert.deepEqual(waits, [150, 300]);
  });

  it("Retry-After is waited for, and the random part more", async (test) => {
    const { waits } = takeClock(test);
    gateway.willAnswer(raw(429, "", { "retry-after": "2" }), none);

    await client().favorites();

    assert.deepEqual(waits, [2150]);
  });

  it("Retry-After may be a date", async (test) => {
    const { waits } = takeClock(test);
    test.mock.method(Date, "now", () => Date.parse("2026-01-01T00:00:00Z"));
    const headers = { "retry-after": "Thu, 01 Jan 2026 00:00:05 GMT" };
    const past = { "retry-after": "Wed, 31 Dec 2025 23:59:59 GMT" };
    gateway.willAnswer(raw(503, "", headers), raw(503, "", past), none);

    await client().favorites();

    assert.deepEqual(waits, [5150, 300]);
  });

  it("a Retry-After that is neither counts as none", async (test) => {
    const { waits } = takeClock(test);
    gateway.willAnswer(raw(503, "", { "retry-after": "soon" }), none);

    await client().favorites();

    assert.deepEqual(waits, [150]);
  });

  it("a Retry-After of more than ten seconds is for the caller", async () => {
    gateway.willAnswer(raw(429, "", { "retry-after": "11" }));

    const error = await rejection(client().favorites());

    assert.deepEqual([error.code, error.retryAfter], ["RATE_LIMIT_EXCEEDED", 11]);
    assert.equal(gateway.requests.length, 1);
  });
});

describe("a network error", () => {
  it("is what nobody listening gives", async (test) => {
    takeClock(test);
    const deserted = new Gateway();
    await deserted.start();
    const endpoint = deserted.url;
    await deserted.stop();

    const error = await rejection(new ApiClient({ endpoint }).popular());

    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.code, error.status], ["NETWORK_ERROR", 0]);
    assert.ok(error.cause instanceof Error);
  });

  it("is what an answer that breaks off gives", async () => {
    gateway.willAnswer((response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write('{"success": true', () => response.destroy());
    });

    assert.equal((await rejection(client().invoke(UNSAFE))).code, "NETWORK_ERROR");
  });

  it("is what ten seconds of silence give", async (test) => {
    const { runOut } = takeClock(test);
    gateway.willAnswer(silent);

    const call = rejection(client().invoke(UNSAFE));
    await gateway.came(1);
    runOut();

    const error = await call;
    assert.equal(error.code, "NETWORK_ERROR");
    assert.match(String(error.cause), /10 s/);
  });

  it("is tried again after silence, if that is safe", async (test) => {
    const { runOut } = takeClock(test);
    gateway.willAnswer(silent, none);

    const call = client().favorites();
    await gateway.came(1);
    runOut();

    assert.deepEqual(await call, []);
  });
});

describe("the caller's signal", () => {
  it("ends a call before it begins", async () => {
    gateway.willAnswer(none);

    const getToken = giving("token");
    const client = new ApiClient({ endpoint: gateway.url, getToken });

    const error = await rejection(client.favorites({ signal: AbortSignal.abort() }));

    assert.equal(error.name, "AbortError");
    assert.deepEqual(getToken.asked, []);
    assert.equal(gateway.requests.length, 0);
  });

  it("ends a call while getToken is at work", async () => {
    gateway.willAnswer(none);
    const controller = new AbortController();
    const getToken = () => {
      controller.abort();
      return "token";
    };
    const client = new ApiClient({ endpoint: gateway.url, getToken });

    const error = await rejection(client.favorites({ signal: controller.signal }));

    assert.equal(error.name, "AbortError");
    assert.equal(gateway.requests.length, 0);
  });

  it("ends a call that has no answer yet, with the signal's own reason", async () => {
    gateway.willAnswer(silent);
    const controller = new AbortController();
    const reason = new Error("the dialog was closed");

    const call = rejection(client().recent({ signal: controller.signal }));
    await gateway.came(1);
    controller.abort(reason);

    assert.equal(await call, reason);
  });

  it("ends the wait before another try at once", async (test) => {
    const { waiting } = takeClock(test, { hold: true });
    gateway.willAnswer(raw(429, "", { "retry-after": "9" }));
    const controller = new AbortController();

    const call = rejection(client().favorites({ signal: controller.signal }));
    await waiting;
    controller.abort();

    assert.equal((await call).name, "AbortError");
    assert.equal(gateway.requests.length, 1);
  });

  it("is taken by each call", async () => {
    const signal = AbortSignal.abort();
    const calls = [
      client().invoke({ ...UNSAFE, signal }),
      client().addFavorite("rachel", {}, { signal }),
      client().removeFavorite("rachel", { signal }),
      client().popular({ signal }),
    ];

    for (const error of await Promise.all(calls.map(rejection))) {
      assert.equal(error.name, "AbortError");
    }
  });

  it("can be given again after a call, which leaves no listener on it", async (test) => {
    takeClock(test);
    gateway.willAnswer(html(503), none);
    const { signal } = new AbortController();
    const added = test.mock.method(signal, "addEventListener").mock;
    const removed = test.mock.method(signal, "removeEventListener").mock;

    await client().favorites({ signal });

    assert.ok(added.callCount() > 0);
    assert.equal(removed.callCount(), added.callCount());
  });
});

describe("a request", () => {
  it("says what the contract asks for, with the token", async () => {
    gateway.willAnswer(success({ favorite: {} }));

    await client().addFavorite(7, { name: "Rachel" });

    const [{ method, url, headers, body }] = gateway.requests;
    assert.deepEqual([method, url], ["POST", "/v1"]);
    assert.equal(headers.authorization, "Bearer opaque");
    assert.equal(headers["content-type"], "application/json");
    assert.deepEqual(body, {
      resource: "voices",
      action: "add-favorite",
      id: 7,
      data: { voice_data: { name: "Rachel" } },
    });
  });

  it("needs no preflight without a token", async () => {
    gateway.willAnswer(none);

    await new ApiClient({ endpoint: gateway.url }).favorites();

    const [{ headers }] = gateway.requests;
    assert.equal(headers.authorization, undefined);
    assert.match(headers["content-type"] ?? "", /^text\/plain/);
  });

  it("for popular voices is one that caches keep, and names nobody", async () => {
    gateway.willAnswer(success({ voices: [] }));

    await client().popular({ limit: 5 });
    await client().popular();

    const [limited, plain] = gateway.requests;
    assert.deepEqual([limited.method, limited.url], ["GET", "/v1/voices/popular?limit=5"]);
    assert.equal(plain.url, "/v1/voices/popular");
    assert.equal(limited.headers.authorization, undefined);
    assert.equal(limited.headers["content-type"], undefined);
  });

  it("is sent by the fetch that is given, as a function of nobody", async () => {
    /** @type {unknown[]} */
    const owners = [];
    /** @type {typeof fetch} @this {unknown} */
    const own = function (...request) {
      owners.push(this);
      return fetch(...request);
    };
    gateway.willAnswer(none);

    await new ApiClient({ endpoint: gateway.url, fetch: own }).favorites();

    assert.deepEqual(owners, [undefined]);
  });

  it("that cannot be written as JSON is a VALIDATION_ERROR, and not sent", async () => {
    gateway.willAnswer(none);
    /** @type {Record<string, unknown>} */
    const cyclic = {};
    cyclic.self = cyclic;

    const error = await rejection(client().addFavorite("rachel", cyclic));

    assert.ok(error instanceof ApiError);
    assert.equal(error.code, "VALIDATION_ERROR");
    assert.equal(gateway.requests.length, 0);
  });
});
