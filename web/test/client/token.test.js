/** How the client asks for tokens. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { ApiClient, ApiError } from "../../src/api-service.js";
import { takeClock } from "../support/clock.js";
import { failure, Gateway, raw, silent, success } from "../support/gateway.js";
import { giving, tokenOf } from "../support/tokens.js";
import { rejection } from "../support/waiting.js";

const gateway = new Gateway();
before(() => gateway.start());
after(() => gateway.stop());

const none = success({ favorites: [], count: 0 });
const refused = failure(401, "INVALID_TOKEN");
const sent = () => gateway.requests.map(({ headers }) => headers.authorization);

/** @param {any} getToken */
const clientWith = (getToken) => new ApiClient({ endpoint: gateway.url, getToken });

/** A promise, and what keeps or breaks it. */
function later() {
  /** @type {any} */
  let resolve;
  /** @type {any} */
  let reject;
  const promise = new Promise((...ends) => {
    [resolve, reject] = ends;
  });
  return { promise, resolve, reject };
}

describe("a token", () => {
  it("is asked for each call, and kept by the client for none", async () => {
    gateway.willAnswer(none);
    const getToken = giving("first", "second");
    const client = clientWith(getToken);

    await client.favorites();
    await client.favorites();

    assert.deepEqual(getToken.asked, [false, false]);
    assert.deepEqual(sent(), ["Bearer first", "Bearer second"]);
  });

  it("is asked for once by calls that come while it is awaited", async () => {
    gateway.willAnswer(none);
    const token = later();
    const getToken = giving(token.promise, "another");
    const client = clientWith(getToken);

    const calls = [client.favorites(), client.favorites(), client.favorites()];
    token.resolve("shared");
    await Promise.all(calls);

    assert.deepEqual(getToken.asked, [false]);
    assert.deepEqual(sent(), ["Bearer shared", "Bearer shared", "Bearer shared"]);
  });

  it("is asked for anew after a getToken that failed", async () => {
    gateway.willAnswer(none);
    const getToken = giving(Promise.reject(new Error("offline")), "next");
    const client = clientWith(getToken);

    const calls = await Promise.all([client.favorites(), client.favorites()].map(rejection));
    assert.deepEqual(
      calls.map((error) => error.code),
      ["TOKEN_ERROR", "TOKEN_ERROR"],
    );
    await client.favorites();

    assert.deepEqual(sent(), ["Bearer next"]);
  });

  it("is the same for each try of a call", async (test) => {
    takeClock(test);
    gateway.willAnswer(raw(503, ""), none);
    const getToken = giving("alice", "bob");

    await clientWith(getToken).favorites();

    assert.deepEqual(sent(), ["Bearer alice", "Bearer alice"]);
  });

  it("is never asked for popular voices", async () => {
    gateway.willAnswer(success({ voices: [] }));
    const getToken = giving("token");

    await clientWith(getToken).popular();
    await clientWith(getToken).invoke({ resource: "voices", action: "popular" });

    assert.deepEqual(getToken.asked, []);
    assert.deepEqual(sent(), [undefined, undefined]);
  });
});

describe("before a call, a token", () => {
  for (const seconds of [-1, 1, 59]) {
    it(`that expires in ${seconds} s is refreshed`, async () => {
      gateway.willAnswer(none);
      const next = tokenOf("alice");
      const getToken = giving(tokenOf("alice", seconds), next);

      await clientWith(getToken).favorites();

      assert.deepEqual(getToken.asked, [false, true]);
      assert.deepEqual(sent(), [`Bearer ${next}`]);
    });
  }

  it("that has more than a minute is used", async () => {
    gateway.willAnswer(none);
    const getToken = giving(tokenOf("alice", 120));

    await clientWith(getToken).favorites();

    assert.deepEqual(getToken.asked, [false]);
  });

  it("that is the same after it was refreshed is used nevertheless", async () => {
    gateway.willAnswer(none);
    const token = tokenOf("alice", 30);
    const getToken = giving(token);

    await clientWith(getToken).favorites();

    assert.deepEqual(getToken.asked, [false, true]);
    assert.deepEqual(sent(), [`Bearer ${token}`]);
  });

  it("is refreshed once by calls that come together", async () => {
    gateway.willAnswer(none);
    const next = later();
    const old = Promise.resolve(tokenOf("alice", 1));
    const getToken = giving(old, next.promise);
    const client = clientWith(getToken);

    const calls = [client.favorites(), client.favorites()];
    while (getToken.asked.length < 2) await setImmediate();
    calls.push(client.favorites());
    next.resolve("next");
    await Promise.all(calls);

    assert.deepEqual(getToken.asked, [false, true]);
    assert.deepEqual(sent(), ["Bearer next", "Bearer next", "Bearer next"]);
  });

  it("of which the user signed out meanwhile leaves the call anonymous", async () => {
    gateway.willAnswer(none);

    await clientWith(giving(tokenOf("alice", 1), null)).favorites();

    assert.deepEqual(sent(), [undefined]);
  });

  const opaque = ["opaque", "a.b.c", "a.bnVsbA.c", "a.NQ.c", "a.eyJleHAiOiAic29vbiJ9.c", "..", "~"];
  for (const token of opaque) {
    it(`such as ${token} is used as it is`, async () => {
      gateway.willAnswer(none);
      const getToken = giving(token);

      await clientWith(getToken).favorites();

      assert.deepEqual(getToken.asked, [false]);
      assert.deepEqual(sent(), [`Bearer ${token}`]);
    });
  }

  it("has its expiry read when its claims are in base64url, with any letters", async () => {
    gateway.willAnswer(none);
    const token = tokenOf("é???>>>~~~ÿÿÿ", 1);
    assert.match(token.split(".")[1], /[-_]/);
    const getToken = giving(token);

    await clientWith(getToken).favorites();

    assert.deepEqual(getToken.asked, [false, true]);
  });
});

describe("a refused token", () => {
  it("is refreshed, and the call made again", async () => {
    gateway.willAnswer(refused, none);
    const getToken = giving("old", "new");

    assert.deepEqual(await clientWith(getToken).favorites(), []);

    assert.deepEqual(getToken.asked, [false, true]);
    assert.deepEqual(sent(), ["Bearer old", "Bearer new"]);
  });

  it("is refreshed for an action that is not safe to repeat too: it was not carried out", async () => {
    gateway.willAnswer(refused, success({ done: true }));

    const call = { resource: "voices", action: "clone" };
    assert.deepEqual(await clientWith(giving("old", "new")).invoke(call), { done: true });
  });

  it("is refreshed once in a call", async () => {
    gateway.willAnswer(refused);
    const getToken = giving("old", "new");

    assert.equal((await rejection(clientWith(getToken).favorites())).code, "INVALID_TOKEN");

    assert.deepEqual(getToken.asked, [false, true]);
    assert.equal(gateway.requests.length, 2);
  });

  it("leaves the call as many tries as it had", async (test) => {
    takeClock(test);
    gateway.willAnswer(raw(503, ""), refused, raw(503, ""), none);

    assert.deepEqual(await clientWith(giving("old", "new")).favorites(), []);
  });

  it("that was never sent is not refreshed", async () => {
    gateway.willAnswer(refused);
    const getToken = giving(null, "token");
    const call = { resource: "voices", action: "popular" };

    assert.equal((await rejection(clientWith(getToken).invoke(call))).code, "INVALID_TOKEN");
    assert.equal((await rejection(clientWith(getToken).favorites())).code, "INVALID_TOKEN");
    assert.deepEqual(getToken.asked, [false]);
  });

  it("is an error when the user signed out meanwhile", async () => {
    gateway.willAnswer(refused, none);

    const error = await rejection(clientWith(giving("old", null)).favorites());

    assert.equal(error.code, "INVALID_TOKEN");
    assert.equal(gateway.requests.length, 1);
  });

  it("is an error when another user signed in meanwhile: the call was not theirs", async () => {
    gateway.willAnswer(refused, none);
    const client = clientWith(giving(tokenOf("alice"), tokenOf("bob")));

    assert.equal((await rejection(client.addFavorite("rachel"))).code, "INVALID_TOKEN");
    assert.equal(gateway.requests.length, 1);
  });

  it("is a TOKEN_ERROR when it cannot be refreshed", async () => {
    gateway.willAnswer(refused, none);
    const client = clientWith(async ({ refresh = false }) => {
      if (refresh) throw new Error("offline");
      return "old";
    });

    assert.equal((await rejection(client.favorites())).code, "TOKEN_ERROR");
  });
});

describe("configure with another getToken", () => {
  it("gives no call of the new user a token that the old one awaited", async () => {
    gateway.willAnswer(none);
    const alice = later();
    const client = clientWith(() => alice.promise);
    const before = client.favorites();
    client.configure({ getToken: () => "bob" });
    const after = client.favorites();

    await after;
    assert.deepEqual(sent(), ["Bearer bob"]);
    alice.resolve("alice");
    await before;
    assert.deepEqual(sent(), ["Bearer bob", "Bearer alice"]);
    await client.favorites();
    assert.equal(sent()[2], "Bearer bob");
  });

  it("repeats no call of the old user with a token of the new one", async () => {
    const getToken = giving("alice", "alice-refreshed");
    const client = clientWith(getToken);
    gateway.willAnswer((response) => {
      client.configure({ getToken: () => "bob" });
      refused(response);
    }, none);

    await client.favorites();

    assert.deepEqual(sent(), ["Bearer alice", "Bearer alice-refreshed"]);
  });
});

describe("there is a TOKEN_ERROR when getToken", () => {
  const reason = new Error("the session has ended");
  const ways = {
    throws: () => {
      throw reason;
    },
    rejects: () => Promise.reject(reason),
  };
  for (const [way, getToken] of Object.entries(ways)) {
    it(`${way}: its cause is the reason, and nothing is sent`, async () => {
      gateway.willAnswer(none);

      const error = await rejection(clientWith(getToken).favorites());

      assert.ok(error instanceof ApiError);
      assert.deepEqual([error.code, error.status], ["TOKEN_ERROR", 0]);
      assert.equal(error.cause, reason);
      assert.equal(gateway.requests.length, 0);
    });
  }

  const wrong = {
    "an object": { token: "secret" },
    "a number": 7,
    "a list": ["secret"],
    "a token with a line end": "secret\n",
  };
  for (const [what, token] of Object.entries(wrong)) {
    it(`gives ${what}, which the error does not tell`, async () => {
      for (const getToken of [() => token, async () => token]) {
        const error = await rejection(clientWith(getToken).favorites());

        assert.equal(error.code, "TOKEN_ERROR");
        assert.doesNotMatch(`${error} ${error.stack} ${error.cause}`, /secret/);
      }
    });
  }

  it("is no function", async () => {
    assert.equal((await rejection(clientWith("token").favorites())).code, "TOKEN_ERROR");
  });

  it("gives nothing within ten seconds; the next call asks anew", async (test) => {
    const { runOut } = takeClock(test);
    gateway.willAnswer(none);
    const getToken = giving(new Promise(() => {}), "next");
    const client = clientWith(getToken);

    const call = rejection(client.favorites());
    runOut();

    assert.equal((await call).code, "TOKEN_ERROR");
    await client.favorites();
    assert.deepEqual(sent(), ["Bearer next"]);
  });
});

it("a slow getToken does not keep the caller's signal waiting, nor does the signal end it for others", async () => {
  const token = later();
  const client = clientWith(() => token.promise);
  const controller = new AbortController();
  gateway.willAnswer(none);

  const aborted = rejection(client.favorites({ signal: controller.signal }));
  const other = client.favorites();
  controller.abort();

  assert.equal((await aborted).name, "AbortError");
  token.resolve("token");
  assert.deepEqual(await other, []);
});

it("no error says the token", async (test) => {
  const { runOut } = takeClock(test);
  const failures = [refused, raw(502, "<html>"), raw(200, "{"), silent];
  for (const answer of failures) {
    gateway.willAnswer(answer);

    const call = rejection(clientWith(() => "secret").invoke({ resource: "x", action: "y" }));
    await gateway.came(1);
    if (answer === silent) runOut();

    const error = await call;
    assert.doesNotMatch(`${JSON.stringify(error)} ${error.stack} ${error.cause}`, /secret/);
  }
});
