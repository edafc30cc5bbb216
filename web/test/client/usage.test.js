/** How the client tells of a use. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiClient } from "../../src/api-service.js";
import { takeClock } from "../support/clock.js";
import { dropped, Gateway, raw, success } from "../support/gateway.js";
import { startService } from "../support/service.js";
import { giving, someone, someVoice, tokenOf } from "../support/tokens.js";
import { eventually } from "../support/waiting.js";

const gateway = new Gateway();
before(() => gateway.start());
after(() => gateway.stop());

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const taken = success({ success: true });
const fail = () => {
  throw new Error("no");
};

/** @param {any} getToken @param {typeof fetch} [ownFetch] */
const clientWith = (getToken, ownFetch) =>
  new ApiClient({ endpoint: gateway.url, getToken, fetch: ownFetch });

describe("a use", () => {
  it("is told with what is given, and a random event_id", async () => {
    gateway.willAnswer(taken);
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

  it("keeps the event_id that it is given", async () => {
    gateway.willAnswer(taken);

    await clientWith(null).trackUsage("rachel", { event_id: "mine" });

    assert.deepEqual(gateway.requests[0].body.data, { event_id: "mine" });
  });

  it("has a random event_id where the page is not secure and randomUUID is not there", async (test) => {
    const { randomUUID } = crypto;
    Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
    test.after(() => Object.defineProperty(crypto, "randomUUID", { value: randomUUID }));
    gateway.willAnswer(taken);

    await clientWith(null).trackUsage("rachel");
    await clientWith(null).trackUsage("rachel");

    const [first, second] = gateway.requests.map(({ body }) => body.data.event_id);
    assert.match(first, /^[0-9a-f]{32}$/);
    assert.notEqual(second, first);
  });

  it("has none where nothing is random, and is then sent once", async (test) => {
    const own = Object.getOwnPropertyDescriptor(globalThis, "crypto");
    Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
    test.after(() => Object.defineProperty(globalThis, "crypto", /** @type {any} */ (own)));
    gateway.willAnswer(raw(503, ""));

    await clientWith(null).trackUsage("rachel");

    assert.deepEqual(
      gateway.requests.map(({ body }) => body.data),
      [{}],
    );
  });

  it("is told again with the same event_id until it is taken", async (test) => {
    takeClock(test);
    gateway.willAnswer(raw(503, ""), dropped, taken);

    await clientWith(() => "token").trackUsage("rachel");

    assert.equal(gateway.requests.length, 3);
    assert.deepEqual(gateway.requests[1], gateway.requests[0]);
    assert.deepEqual(gateway.requests[2], gateway.requests[0]);
  });

  it("needs no preflight when it is nobody's", async () => {
    gateway.willAnswer(taken);

    await clientWith(null).trackUsage("rachel");

    const [{ headers }] = gateway.requests;
    assert.match(headers["content-type"] ?? "", /^text\/plain/);
    assert.equal(headers.authorization, undefined);
  });
});

describe("a use outlives its page:", () => {
  const ways = {
    "with a token that getToken gives at once": () => "token",
    "with a token that is refreshed at once": giving(tokenOf("alice", 1), tokenOf("alice")),
    "without a token": null,
    "with a getToken that throws": fail,
  };
  for (const [way, getToken] of Object.entries(ways)) {
    it(`${way}, it is sent before trackUsage returns, and kept alive`, async () => {
      gateway.willAnswer(taken);
      /** @type {(boolean | undefined)[]} */
      const kept = [];
      const client = clientWith(getToken, (url, init) => {
        kept.push(init?.keepalive);
        return fetch(url, init);
      });

      const told = client.trackUsage("rachel");

      assert.deepEqual(kept, [true]);
      await told;
    });
  }
});

describe("trackUsage resolves to nothing and tells the use of nobody", () => {
  const getTokens = {
    "when getToken throws": fail,
    "when getToken rejects": () => Promise.reject(new Error("no")),
    "when getToken gives no token": () => /** @type {any} */ ({}),
    "when the token cannot be refreshed": ({ refresh = false }) =>
      refresh ? fail() : tokenOf("alice", 1),
    "when getToken is no function": /** @type {any} */ ("token"),
  };
  for (const [when, getToken] of Object.entries(getTokens)) {
    it(when, async () => {
      gateway.willAnswer(taken);

      assert.equal(await clientWith(getToken).trackUsage("rachel"), undefined);

      assert.equal(gateway.requests.length, 1);
      assert.equal(gateway.requests[0].headers.authorization, undefined);
    });
  }

  it("when getToken never answers, after ten seconds", async (test) => {
    const { runOut } = takeClock(test);
    gateway.willAnswer(taken);

    const told = clientWith(() => new Promise(() => {})).trackUsage("rachel");
    runOut();
    await told;

    assert.equal(gateway.requests[0].headers.authorization, undefined);
  });
});

describe("trackUsage neither throws nor rejects", () => {
  /** @type {any} */
  const cyclic = { context: "chat" };
  cyclic.self = cyclic;

  it("when the data are cyclic: the use is told without them", async () => {
    gateway.willAnswer(taken);

    assert.equal(await clientWith(null).trackUsage("rachel", cyclic), undefined);

    assert.deepEqual(Object.keys(gateway.requests[0].body.data), ["event_id"]);
  });

  const data = { null: null, "a string": "chat", "a number": 7, "a list": [] };
  for (const [what, given] of Object.entries(data)) {
    it(`when the data are ${what}`, async () => {
      gateway.willAnswer(taken);

      await clientWith(null).trackUsage("rachel", /** @type {any} */ (given));

      assert.match(gateway.requests[0].body.data.event_id, UUID);
    });
  }

  const hopeless = {
    "when nothing is given at all": () => /** @type {any} */ (clientWith(null)).trackUsage(),
    "when the id is a BigInt": () => clientWith(null).trackUsage(/** @type {any} */ (7n)),
    "when the data throw": () =>
      clientWith(null).trackUsage("rachel", {
        get context() {
          return fail();
        },
      }),
    "when there is no endpoint": () => new ApiClient().trackUsage("rachel"),
    "when the endpoint is none": () => new ApiClient({ endpoint: "::" }).trackUsage("rachel"),
    "when fetch throws": () => clientWith(null, fail).trackUsage("rachel"),
    "when fetch is none": () => clientWith(null, /** @type {any} */ ("none")).trackUsage("rachel"),
  };
  for (const [when, call] of Object.entries(hopeless)) {
    it(when, async (test) => {
      takeClock(test);
      gateway.willAnswer(taken);

      assert.equal(await call(), undefined);
    });
  }

  for (const status of [400, 401, 413, 429, 500, 503]) {
    it(`when the gateway answers ${status}`, async (test) => {
      takeClock(test);
      gateway.willAnswer(raw(status, "no"));

      assert.equal(await clientWith(() => "token").trackUsage("rachel"), undefined);
    });
  }
});

it("a use whose first reply is lost counts once", async (test) => {
  takeClock(test);
  const service = await startService();
  test.after(() => service.stop());
  const user = someone();
  const voice = someVoice();
  const direct = new ApiClient({ endpoint: service.url, getToken: () => tokenOf(user) });
  /** Hands the request on to the service; its reply is lost on the way back, but for the last one. */
  const handOn = async (/** @type {import("node:http").ServerResponse} */ response) => {
    const { headers, body } = gateway.requests[gateway.requests.length - 1];
    const reply = await fetch(`${service.url}/v1`, {
      method: "POST",
      headers: { authorization: `${headers.authorization}` },
      body: JSON.stringify(body),
    });
    if (gateway.requests.length < 3) response.destroy();
    else response.writeHead(reply.status).end(await reply.text());
  };
  gateway.willAnswer(handOn);

  await clientWith(() => tokenOf(user)).trackUsage(voice);
  await direct.trackUsage("another");

  const recent = await eventually(
    () => direct.recent(),
    (voices) => voices.length === 2,
  );
  assert.equal(gateway.requests.length, 3);
  assert.equal(recent.find((each) => each.voice_id === voice)?.usage_count, 1);
});
