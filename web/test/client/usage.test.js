/**
 * The client's reports of usage events.
 *
 * @import { ServerResponse } from "node:http"
 * @import { GetToken, Usage } from "../../src/api-service.js"
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiClient } from "../../src/api-service.js";
import { disconnect, Gateway, respond, success } from "../support/gateway.js";
import { startLocalService } from "../support/local-service.js";
import { mockClientTimers } from "../support/timers.js";
import { getTokenReturning, newUser, newVoice, tokenOf } from "../support/tokens.js";
import { eventually } from "../support/waiting.js";

const gateway = new Gateway();
before(() => gateway.start());
after(() => gateway.stop());

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const accepted = success({ success: true });
const fail = () => {
  throw new Error("failed");
};

/**
 * @param {unknown} getToken  unknown, because some tests pass an invalid value
 * @param {typeof fetch} [ownFetch]
 */
function clientWith(getToken, ownFetch) {
  const options = { endpoint: gateway.url, fetch: ownFetch };
  return new ApiClient({ ...options, getToken: /** @type {GetToken} */ (getToken) });
}

/** Return a value that the types do not allow. @param {unknown} value */
function invalid(value) {
  return /** @type {never} */ (value);
}

describe("a usage event", () => {
  it("is sent with its data and a random event_id", async () => {
    gateway.respondWith(accepted);
    const client = clientWith(() => "token");

    await client.trackUsage("rachel", { context: "chat", agentId: "agent-1" });
    await client.trackUsage(7);

    const [first, second] = gateway.requests.map(({ body }) => body);
    const { event_id: eventId, ...rest } = first.data;
    assert.match(eventId, UUID);
    assert.deepEqual(rest, { context: "chat", agentId: "agent-1" });
    assert.deepEqual([first.resource, first.action, first.id], ["voices", "track-usage", "rachel"]);
    assert.equal(second.id, 7);
    assert.notEqual(second.data.event_id, eventId);
    assert.equal(gateway.requests[0].headers.authorization, "Bearer token");
  });

  it("keeps a given event_id", async () => {
    gateway.respondWith(accepted);

    await clientWith(null).trackUsage("rachel", { event_id: "my-event" });

    assert.deepEqual(gateway.requests[0].body.data, { event_id: "my-event" });
  });

  it("has a random event_id without randomUUID", async (test) => {
    const { randomUUID } = crypto;
    Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
    test.after(() => Object.defineProperty(crypto, "randomUUID", { value: randomUUID }));
    gateway.respondWith(accepted);

    await clientWith(null).trackUsage("rachel");
    await clientWith(null).trackUsage("rachel");

    const [first, second] = gateway.requests.map(({ body }) => body.data.event_id);
    assert.match(first, /^[0-9a-f]{32}$/);
    assert.notEqual(second, first);
  });

  it("is sent once if there are no random numbers", async (test) => {
    const original = Object.getOwnPropertyDescriptor(globalThis, "crypto");
    Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
    test.after(() => Object.defineProperty(globalThis, "crypto", original ?? {}));
    gateway.respondWith(respond(503, ""));

    await clientWith(null).trackUsage("rachel");

    assert.deepEqual(
      gateway.requests.map(({ body }) => body.data),
      [{}],
    );
  });

  it("is retried with the same event_id", async (test) => {
    mockClientTimers(test);
    gateway.respondWith(respond(503, ""), disconnect, accepted);

    await clientWith(() => "token").trackUsage("rachel");

    assert.equal(gateway.requests.length, 3);
    assert.deepEqual(gateway.requests[1], gateway.requests[0]);
    assert.deepEqual(gateway.requests[2], gateway.requests[0]);
  });

  it("needs no preflight request if it is anonymous", async () => {
    gateway.respondWith(accepted);

    await clientWith(null).trackUsage("rachel");

    const [{ headers }] = gateway.requests;
    assert.match(headers["content-type"] ?? "", /^text\/plain/);
    assert.equal(headers.authorization, undefined);
  });
});

describe("a usage event is sent at once", () => {
  const ways = {
    "with a getToken that is not asynchronous": () => "token",
    "with a token that is refreshed without a promise": getTokenReturning(
      tokenOf("alice", 1),
      tokenOf("alice"),
    ),
    "without a token": null,
    "with a getToken that throws": fail,
  };
  for (const [way, getToken] of Object.entries(ways)) {
    it(way, async () => {
      gateway.respondWith(accepted);
      /** @type {(boolean | undefined)[]} */
      const kept = [];
      const client = clientWith(getToken, (url, init) => {
        kept.push(init?.keepalive);
        return fetch(url, init);
      });

      const reported = client.trackUsage("rachel");

      assert.deepEqual(kept, [true]);
      await reported;
    });
  }
});

describe("a usage event is anonymous", () => {
  const getTokens = {
    "when getToken throws": fail,
    "when getToken rejects": () => Promise.reject(new Error("failed")),
    "when getToken returns an object": () => ({}),
    "when the token cannot be refreshed": (/** @type {{refresh: boolean}} */ { refresh }) =>
      refresh ? fail() : tokenOf("alice", 1),
    "when getToken is not a function": "token",
  };
  for (const [when, getToken] of Object.entries(getTokens)) {
    it(when, async () => {
      gateway.respondWith(accepted);

      assert.equal(await clientWith(getToken).trackUsage("rachel"), undefined);

      assert.equal(gateway.requests.length, 1);
      assert.equal(gateway.requests[0].headers.authorization, undefined);
    });
  }

  it("when getToken takes longer than ten seconds", async (test) => {
    const { expireTimeouts } = mockClientTimers(test);
    gateway.respondWith(accepted);

    const reported = clientWith(() => new Promise(() => {})).trackUsage("rachel");
    expireTimeouts();
    await reported;

    assert.equal(gateway.requests[0].headers.authorization, undefined);
  });
});

describe("trackUsage always resolves", () => {
  /** @type {Usage & {self?: unknown}} */
  const cyclic = { context: "chat" };
  cyclic.self = cyclic;

  it("when the data cannot be serialized", async () => {
    gateway.respondWith(accepted);

    assert.equal(await clientWith(null).trackUsage("rachel", cyclic), undefined);

    assert.deepEqual(Object.keys(gateway.requests[0].body.data), ["event_id"]);
  });

  const invalidData = { null: null, "a string": "chat", "a number": 7, "an array": [] };
  for (const [what, given] of Object.entries(invalidData)) {
    it(`when the data is ${what}`, async () => {
      gateway.respondWith(accepted);

      await clientWith(null).trackUsage("rachel", invalid(given));

      assert.match(gateway.requests[0].body.data.event_id, UUID);
    });
  }

  const failing = {
    "when there are no arguments": () => clientWith(null).trackUsage(invalid(undefined)),
    "when the id is a BigInt": () => clientWith(null).trackUsage(invalid(7n)),
    "when a getter of the data throws": () =>
      clientWith(null).trackUsage("rachel", {
        get context() {
          return fail();
        },
      }),
    "when there is no endpoint": () => new ApiClient().trackUsage("rachel"),
    "when the endpoint is invalid": () => new ApiClient({ endpoint: "::" }).trackUsage("rachel"),
    "when fetch throws": () => clientWith(null, fail).trackUsage("rachel"),
    "when fetch is not a function": () => clientWith(null, invalid("fetch")).trackUsage("rachel"),
  };
  for (const [when, call] of Object.entries(failing)) {
    it(when, async (test) => {
      mockClientTimers(test);
      gateway.respondWith(accepted);

      assert.equal(await call(), undefined);
    });
  }

  for (const status of [400, 401, 413, 429, 500, 503]) {
    it(`when the gateway responds with ${status}`, async (test) => {
      mockClientTimers(test);
      gateway.respondWith(respond(status, "failed"));

      assert.equal(await clientWith(() => "token").trackUsage("rachel"), undefined);
    });
  }
});

it("a usage event is counted once if its response is lost", async (test) => {
  mockClientTimers(test);
  const service = await startLocalService();
  test.after(() => service.stop());
  const user = newUser();
  const voice = newVoice();
  const direct = new ApiClient({ endpoint: service.url, getToken: () => tokenOf(user) });
  /** Forward a request to the service. All responses except the last one are lost. */
  const forward = async (/** @type {ServerResponse} */ response) => {
    const { headers, body } = gateway.requests[gateway.requests.length - 1];
    const received = await fetch(`${service.url}/v1`, {
      method: "POST",
      headers: { authorization: `${headers.authorization}` },
      body: JSON.stringify(body),
    });
    if (gateway.requests.length < 3) response.destroy();
    else response.writeHead(received.status).end(await received.text());
  };
  gateway.respondWith(forward);

  await clientWith(() => tokenOf(user)).trackUsage(voice);
  await direct.trackUsage("another");

  const recent = await eventually(
    () => direct.recent(),
    (voices) => voices.length === 2,
  );
  assert.equal(gateway.requests.length, 3);
  assert.equal(recent.find((recentVoice) => recentVoice.voice_id === voice)?.usage_count, 1);
});
