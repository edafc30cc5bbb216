/** The requests that the client sends, and the signals that abort them. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiClient, ApiError } from "../../src/api-service.js";
import { Gateway, neverRespond, respond, success } from "../support/gateway.js";
import { mockClientTimers } from "../support/timers.js";
import { getTokenReturning } from "../support/tokens.js";
import { rejection } from "../support/waiting.js";

const gateway = new Gateway();
before(() => gateway.start());
after(() => gateway.stop());

const client = () => new ApiClient({ endpoint: gateway.url, getToken: () => "opaque" });
const noFavorites = success({ favorites: [], count: 0 });
const NOT_IDEMPOTENT = { resource: "voices", action: "clone", id: "rachel" };

describe("a request", () => {
  it("has the envelope and the token", async () => {
    gateway.respondWith(success({ favorite: {} }));

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

  it("needs no preflight request without a token", async () => {
    gateway.respondWith(noFavorites);

    await new ApiClient({ endpoint: gateway.url }).favorites();

    const [{ headers }] = gateway.requests;
    assert.equal(headers.authorization, undefined);
    assert.match(headers["content-type"] ?? "", /^text\/plain/);
  });

  it("for popular voices can be cached and is anonymous", async () => {
    gateway.respondWith(success({ voices: [] }));

    await client().popular({ limit: 5 });
    await client().popular();

    const [limited, plain] = gateway.requests;
    assert.deepEqual([limited.method, limited.url], ["GET", "/v1/voices/popular?limit=5"]);
    assert.equal(plain.url, "/v1/voices/popular");
    assert.equal(limited.headers.authorization, undefined);
    assert.equal(limited.headers["content-type"], undefined);
  });

  it("is sent by the given fetch, without a this value", async () => {
    /** @type {unknown[]} */
    const thisValues = [];
    /** @type {typeof fetch} @this {unknown} */
    const own = function (...request) {
      thisValues.push(this);
      return fetch(...request);
    };
    gateway.respondWith(noFavorites);

    await new ApiClient({ endpoint: gateway.url, fetch: own }).favorites();

    assert.deepEqual(thisValues, [undefined]);
  });

  it("is not sent if it cannot be serialized", async () => {
    gateway.respondWith(noFavorites);
    /** @type {Record<string, unknown>} */
    const cyclic = {};
    cyclic.self = cyclic;

    const error = await rejection(client().addFavorite("rachel", cyclic));

    assert.ok(error instanceof ApiError);
    assert.equal(error.code, "VALIDATION_ERROR");
    assert.equal(gateway.requests.length, 0);
  });
});
describe("a signal", () => {
  it("aborts a call before it starts", async () => {
    gateway.respondWith(noFavorites);

    const getToken = getTokenReturning("token");
    const client = new ApiClient({ endpoint: gateway.url, getToken });

    const error = await rejection(client.favorites({ signal: AbortSignal.abort() }));

    assert.equal(error.name, "AbortError");
    assert.deepEqual(getToken.refreshes, []);
    assert.equal(gateway.requests.length, 0);
  });

  it("aborts a call while getToken runs", async () => {
    gateway.respondWith(noFavorites);
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

  it("rejects a call without a response, with the given reason", async () => {
    gateway.respondWith(neverRespond);
    const controller = new AbortController();
    const reason = new Error("the dialog was closed");

    const call = rejection(client().recent({ signal: controller.signal }));
    await gateway.received(1);
    controller.abort(reason);

    assert.equal(await call, reason);
  });

  it("aborts the delay before a retry", async (test) => {
    const { firstDelay } = mockClientTimers(test, { holdDelays: true });
    gateway.respondWith(respond(429, "", { "retry-after": "9" }));
    const controller = new AbortController();

    const call = rejection(client().favorites({ signal: controller.signal }));
    await firstDelay;
    controller.abort();

    assert.equal((await call).name, "AbortError");
    assert.equal(gateway.requests.length, 1);
  });

  it("is accepted by each method", async () => {
    const signal = AbortSignal.abort();
    const calls = [
      client().invoke({ ...NOT_IDEMPOTENT, signal }),
      client().addFavorite("rachel", {}, { signal }),
      client().removeFavorite("rachel", { signal }),
      client().popular({ signal }),
    ];

    for (const error of await Promise.all(calls.map(rejection))) {
      assert.equal(error.name, "AbortError");
    }
  });

  it("has no listeners after the call", async (test) => {
    mockClientTimers(test);
    gateway.respondWith(respond(503, ""), noFavorites);
    const { signal } = new AbortController();
    const added = test.mock.method(signal, "addEventListener").mock;
    const removed = test.mock.method(signal, "removeEventListener").mock;

    await client().favorites({ signal });

    assert.ok(added.callCount() > 0);
    assert.equal(removed.callCount(), added.callCount());
  });
});
