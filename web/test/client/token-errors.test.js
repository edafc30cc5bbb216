/**
 * The client's behavior if a token is rejected or cannot be obtained.
 *
 * @import { GetToken } from "../../src/api-service.js"
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiClient, ApiError } from "../../src/api-service.js";
import { failure, Gateway, neverRespond, respond, success } from "../support/gateway.js";
import { deferred, mockClientTimers } from "../support/timers.js";
import { getTokenReturning, tokenOf } from "../support/tokens.js";
import { rejection } from "../support/waiting.js";

const gateway = new Gateway();
before(() => gateway.start());
after(() => gateway.stop());

const noFavorites = success({ favorites: [], count: 0 });
const invalidToken = failure(401, "INVALID_TOKEN");
const authorizations = () => gateway.requests.map(({ headers }) => headers.authorization);

/** @param {unknown} getToken  unknown, because some tests pass an invalid value */
function clientWith(getToken) {
  return new ApiClient({ endpoint: gateway.url, getToken: /** @type {GetToken} */ (getToken) });
}

describe("a rejected token", () => {
  it("is refreshed, and the call is repeated", async () => {
    gateway.respondWith(invalidToken, noFavorites);
    const getToken = getTokenReturning("old", "new");

    assert.deepEqual(await clientWith(getToken).favorites(), []);

    assert.deepEqual(getToken.refreshes, [false, true]);
    assert.deepEqual(authorizations(), ["Bearer old", "Bearer new"]);
  });

  it("is refreshed for calls that are not idempotent", async () => {
    gateway.respondWith(invalidToken, success({ done: true }));

    const call = { resource: "voices", action: "clone" };
    assert.deepEqual(await clientWith(getTokenReturning("old", "new")).invoke(call), {
      done: true,
    });
  });

  it("is refreshed once for each call", async () => {
    gateway.respondWith(invalidToken);
    const getToken = getTokenReturning("old", "new");

    assert.equal((await rejection(clientWith(getToken).favorites())).code, "INVALID_TOKEN");

    assert.deepEqual(getToken.refreshes, [false, true]);
    assert.equal(gateway.requests.length, 2);
  });

  it("does not count as an attempt", async (test) => {
    mockClientTimers(test);
    gateway.respondWith(respond(503, ""), invalidToken, respond(503, ""), noFavorites);

    assert.deepEqual(await clientWith(getTokenReturning("old", "new")).favorites(), []);
  });

  it("is not refreshed if it was not sent", async () => {
    gateway.respondWith(invalidToken);
    const getToken = getTokenReturning(null, "token");
    const call = { resource: "voices", action: "popular" };

    assert.equal((await rejection(clientWith(getToken).invoke(call))).code, "INVALID_TOKEN");
    assert.equal((await rejection(clientWith(getToken).favorites())).code, "INVALID_TOKEN");
    assert.deepEqual(getToken.refreshes, [false]);
  });

  it("causes an error if the user has signed out", async () => {
    gateway.respondWith(invalidToken, noFavorites);

    const error = await rejection(clientWith(getTokenReturning("old", null)).favorites());

    assert.equal(error.code, "INVALID_TOKEN");
    assert.equal(gateway.requests.length, 1);
  });

  it("causes an error if another user has signed in", async () => {
    gateway.respondWith(invalidToken, noFavorites);
    const client = clientWith(getTokenReturning(tokenOf("alice"), tokenOf("bob")));

    assert.equal((await rejection(client.addFavorite("rachel"))).code, "INVALID_TOKEN");
    assert.equal(gateway.requests.length, 1);
  });

  it("causes a TOKEN_ERROR if it cannot be refreshed", async () => {
    gateway.respondWith(invalidToken, noFavorites);
    const client = clientWith(async ({ refresh = false }) => {
      if (refresh) throw new Error("offline");
      return "old";
    });

    assert.equal((await rejection(client.favorites())).code, "TOKEN_ERROR");
  });
});

describe("a new getToken", () => {
  it("does not wait for a token of the old getToken", async () => {
    gateway.respondWith(noFavorites);
    const alice = deferred();
    const client = clientWith(() => alice.promise);
    const before = client.favorites();
    client.configure({ getToken: () => "bob" });
    const after = client.favorites();

    await after;
    assert.deepEqual(authorizations(), ["Bearer bob"]);
    alice.resolve("alice");
    await before;
    assert.deepEqual(authorizations(), ["Bearer bob", "Bearer alice"]);
    await client.favorites();
    assert.equal(authorizations()[2], "Bearer bob");
  });

  it("is not used to repeat an earlier call", async () => {
    const getToken = getTokenReturning("alice", "alice-refreshed");
    const client = clientWith(getToken);
    gateway.respondWith((response) => {
      client.configure({ getToken: () => "bob" });
      invalidToken(response);
    }, noFavorites);

    await client.favorites();

    assert.deepEqual(authorizations(), ["Bearer alice", "Bearer alice-refreshed"]);
  });
});

describe("the error TOKEN_ERROR", () => {
  const reason = new Error("the session has ended");
  const ways = {
    throws: () => {
      throw reason;
    },
    rejects: () => Promise.reject(reason),
  };
  for (const [way, getToken] of Object.entries(ways)) {
    it(`has the reason as its cause if getToken ${way}`, async () => {
      gateway.respondWith(noFavorites);

      const error = await rejection(clientWith(getToken).favorites());

      assert.ok(error instanceof ApiError);
      assert.deepEqual([error.code, error.status], ["TOKEN_ERROR", 0]);
      assert.equal(error.cause, reason);
      assert.equal(gateway.requests.length, 0);
    });
  }

  const invalid = {
    "an object": { token: "secret" },
    "a number": 7,
    "a list": ["secret"],
    "a token with a line break": "secret\n",
  };
  for (const [what, token] of Object.entries(invalid)) {
    it(`does not contain ${what} returned by getToken`, async () => {
      for (const getToken of [() => token, async () => token]) {
        const error = await rejection(clientWith(getToken).favorites());

        assert.equal(error.code, "TOKEN_ERROR");
        assert.doesNotMatch(`${error} ${error.stack} ${error.cause}`, /secret/);
      }
    });
  }

  it("is the result of a getToken that is not a function", async () => {
    assert.equal((await rejection(clientWith("token").favorites())).code, "TOKEN_ERROR");
  });

  it("is the result of ten seconds without a token", async (test) => {
    const { expireTimeouts } = mockClientTimers(test);
    gateway.respondWith(noFavorites);
    const getToken = getTokenReturning(new Promise(() => {}), "next");
    const client = clientWith(getToken);

    const call = rejection(client.favorites());
    expireTimeouts();

    assert.equal((await call).code, "TOKEN_ERROR");
    await client.favorites();
    assert.deepEqual(authorizations(), ["Bearer next"]);
  });
});

it("a signal aborts one call and not the shared getToken", async () => {
  const token = deferred();
  const client = clientWith(() => token.promise);
  const controller = new AbortController();
  gateway.respondWith(noFavorites);

  const aborted = rejection(client.favorites({ signal: controller.signal }));
  const other = client.favorites();
  controller.abort();

  assert.equal((await aborted).name, "AbortError");
  token.resolve("token");
  assert.deepEqual(await other, []);
});

it("no error contains the token", async (test) => {
  const { expireTimeouts } = mockClientTimers(test);
  const responders = [invalidToken, respond(502, "<html>"), respond(200, "{"), neverRespond];
  for (const responder of responders) {
    gateway.respondWith(responder);

    const call = rejection(clientWith(() => "secret").invoke({ resource: "x", action: "y" }));
    await gateway.received(1);
    if (responder === neverRespond) expireTimeouts();

    const error = await call;
    assert.doesNotMatch(`${JSON.stringify(error)} ${error.stack} ${error.cause}`, /secret/);
  }
});
