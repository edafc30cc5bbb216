/** The calls that the client retries, and the times of the retries. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiClient } from "../../src/api-service.js";
import { disconnect, Gateway, respond, success } from "../support/gateway.js";
import { mockClientTimers } from "../support/timers.js";
import { rejection } from "../support/waiting.js";

const gateway = new Gateway();
before(() => gateway.start());
after(() => gateway.stop());

const client = () => new ApiClient({ endpoint: gateway.url, getToken: () => "opaque" });
const html = (/** @type {number} */ status) => respond(status, "<html>Sorry</html>");
const noFavorites = success({ favorites: [], count: 0 });
const NOT_IDEMPOTENT = { resource: "voices", action: "clone", id: "rachel" };

describe("an idempotent call", () => {
  const event = { event_id: "event-1" };
  const calls = {
    favorites: () => client().favorites(),
    recent: () => client().recent(),
    popular: () => client().popular(),
    "add-favorite": () => client().addFavorite("rachel"),
    "remove-favorite": () => client().removeFavorite("rachel"),
    "popular with invoke": () => client().invoke({ resource: "voices", action: "popular" }),
    "track-usage with an event_id": () =>
      client().invoke({ resource: "voices", action: "track-usage", id: "rachel", data: event }),
  };
  for (const [name, call] of Object.entries(calls)) {
    it(`is attempted three times: ${name}`, async (test) => {
      mockClientTimers(test);
      gateway.respondWith(html(503));

      assert.equal((await rejection(call())).code, "SERVICE_UNAVAILABLE");
      assert.equal(gateway.requests.length, 3);
      assert.deepEqual(gateway.requests[2], gateway.requests[0]);
    });
  }

  const failures = { 429: html(429), 502: html(502), 503: html(503), 504: html(504), disconnect };
  for (const [name, responder] of Object.entries(failures)) {
    it(`returns the third response after ${name}`, async (test) => {
      mockClientTimers(test);
      gateway.respondWith(responder, responder, noFavorites);

      assert.deepEqual(await client().favorites(), []);
      assert.equal(gateway.requests.length, 3);
    });
  }

  for (const status of [400, 403, 404, 409, 413, 500]) {
    it(`is not retried after ${status}`, async () => {
      gateway.respondWith(html(status));

      assert.equal((await rejection(client().favorites())).status, status);
      assert.equal(gateway.requests.length, 1);
    });
  }
});

describe("any other call", () => {
  const calls = {
    "an unknown action": NOT_IDEMPOTENT,
    "an action of another resource": { resource: "agents", action: "favorites" },
    "track-usage without an event_id": { resource: "voices", action: "track-usage", id: "rachel" },
    "track-usage with an event_id that is too long": {
      resource: "voices",
      action: "track-usage",
      id: "rachel",
      data: { event_id: "x".repeat(65) },
    },
  };
  for (const [name, call] of Object.entries(calls)) {
    it(`is attempted once: ${name}`, async () => {
      for (const responder of [html(503), html(429), disconnect]) {
        gateway.respondWith(responder);

        await rejection(client().invoke(call));

        assert.equal(gateway.requests.length, 1);
      }
    });
  }
});

describe("the delay before a retry", () => {
  it("is random, and its limit doubles", async (test) => {
    const { delays } = mockClientTimers(test); // Math.random() returns 0.5
    gateway.respondWith(html(503));

    await rejection(client().favorites());

    assert.deepEqual(delays, [150, 300]);
  });

  it("is added to Retry-After", async (test) => {
    const { delays } = mockClientTimers(test);
    gateway.respondWith(respond(429, "", { "retry-after": "2" }), noFavorites);

    await client().favorites();

    assert.deepEqual(delays, [2150]);
  });

  it("is added to a Retry-After date", async (test) => {
    const { delays } = mockClientTimers(test);
    test.mock.method(Date, "now", () => Date.parse("2026-01-01T00:00:00Z"));
    const headers = { "retry-after": "Thu, 01 Jan 2026 00:00:05 GMT" };
    const past = { "retry-after": "Wed, 31 Dec 2025 23:59:59 GMT" };
    gateway.respondWith(respond(503, "", headers), respond(503, "", past), noFavorites);

    await client().favorites();

    assert.deepEqual(delays, [5150, 300]);
  });

  it("ignores an invalid Retry-After", async (test) => {
    const { delays } = mockClientTimers(test);
    gateway.respondWith(respond(503, "", { "retry-after": "soon" }), noFavorites);

    await client().favorites();

    assert.deepEqual(delays, [150]);
  });

  it("never starts if Retry-After is over ten seconds", async () => {
    gateway.respondWith(respond(429, "", { "retry-after": "11" }));

    const error = await rejection(client().favorites());

    assert.deepEqual([error.code, error.retryAfter], ["RATE_LIMIT_EXCEEDED", 11]);
    assert.equal(gateway.requests.length, 1);
  });
});
