/**
 * The times at which the client calls `getToken`.
 *
 * @import { GetToken } from "../../src/api-service.js"
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { ApiClient } from "../../src/api-service.js";
import { Gateway, respond, success } from "../support/gateway.js";
import { deferred, mockClientTimers } from "../support/timers.js";
import { getTokenReturning, tokenOf } from "../support/tokens.js";
import { rejection } from "../support/waiting.js";

const gateway = new Gateway();
before(() => gateway.start());
after(() => gateway.stop());

const noFavorites = success({ favorites: [], count: 0 });
const authorizations = () => gateway.requests.map(({ headers }) => headers.authorization);

/** @param {unknown} getToken  unknown, because some tests pass an invalid value */
function clientWith(getToken) {
  return new ApiClient({ endpoint: gateway.url, getToken: /** @type {GetToken} */ (getToken) });
}

describe("getToken", () => {
  it("is called for each call, and its token is not stored", async () => {
    gateway.respondWith(noFavorites);
    const getToken = getTokenReturning("first", "second");
    const client = clientWith(getToken);

    await client.favorites();
    await client.favorites();

    assert.deepEqual(getToken.refreshes, [false, false]);
    assert.deepEqual(authorizations(), ["Bearer first", "Bearer second"]);
  });

  it("is called once for concurrent calls", async () => {
    gateway.respondWith(noFavorites);
    const token = deferred();
    const getToken = getTokenReturning(token.promise, "another");
    const client = clientWith(getToken);

    const calls = [client.favorites(), client.favorites(), client.favorites()];
    token.resolve("shared");
    await Promise.all(calls);

    assert.deepEqual(getToken.refreshes, [false]);
    assert.deepEqual(authorizations(), ["Bearer shared", "Bearer shared", "Bearer shared"]);
  });

  it("is called again after it failed", async () => {
    gateway.respondWith(noFavorites);
    const getToken = getTokenReturning(Promise.reject(new Error("offline")), "next");
    const client = clientWith(getToken);

    const calls = await Promise.all([client.favorites(), client.favorites()].map(rejection));
    assert.deepEqual(
      calls.map((error) => error.code),
      ["TOKEN_ERROR", "TOKEN_ERROR"],
    );
    await client.favorites();

    assert.deepEqual(authorizations(), ["Bearer next"]);
  });

  it("is called once for all attempts of a call", async (test) => {
    mockClientTimers(test);
    gateway.respondWith(respond(503, ""), noFavorites);
    const getToken = getTokenReturning("alice", "bob");

    await clientWith(getToken).favorites();

    assert.deepEqual(authorizations(), ["Bearer alice", "Bearer alice"]);
  });

  it("is not called for popular voices", async () => {
    gateway.respondWith(success({ voices: [] }));
    const getToken = getTokenReturning("token");

    await clientWith(getToken).popular();
    await clientWith(getToken).invoke({ resource: "voices", action: "popular" });

    assert.deepEqual(getToken.refreshes, []);
    assert.deepEqual(authorizations(), [undefined, undefined]);
  });
});

describe("before a call, a token", () => {
  for (const seconds of [-1, 1, 59]) {
    it(`is refreshed if it expires in ${seconds} s`, async () => {
      gateway.respondWith(noFavorites);
      const next = tokenOf("alice");
      const getToken = getTokenReturning(tokenOf("alice", seconds), next);

      await clientWith(getToken).favorites();

      assert.deepEqual(getToken.refreshes, [false, true]);
      assert.deepEqual(authorizations(), [`Bearer ${next}`]);
    });
  }

  it("is not refreshed if it is valid for over a minute", async () => {
    gateway.respondWith(noFavorites);
    const getToken = getTokenReturning(tokenOf("alice", 120));

    await clientWith(getToken).favorites();

    assert.deepEqual(getToken.refreshes, [false]);
  });

  it("is used even if a refresh returns it unchanged", async () => {
    gateway.respondWith(noFavorites);
    const token = tokenOf("alice", 30);
    const getToken = getTokenReturning(token);

    await clientWith(getToken).favorites();

    assert.deepEqual(getToken.refreshes, [false, true]);
    assert.deepEqual(authorizations(), [`Bearer ${token}`]);
  });

  it("is refreshed once for concurrent calls", async () => {
    gateway.respondWith(noFavorites);
    const next = deferred();
    const old = Promise.resolve(tokenOf("alice", 1));
    const getToken = getTokenReturning(old, next.promise);
    const client = clientWith(getToken);

    const calls = [client.favorites(), client.favorites()];
    while (getToken.refreshes.length < 2) await setImmediate();
    calls.push(client.favorites());
    next.resolve("next");
    await Promise.all(calls);

    assert.deepEqual(getToken.refreshes, [false, true]);
    assert.deepEqual(authorizations(), ["Bearer next", "Bearer next", "Bearer next"]);
  });

  it("is omitted if the refresh returns no token", async () => {
    gateway.respondWith(noFavorites);

    await clientWith(getTokenReturning(tokenOf("alice", 1), null)).favorites();

    assert.deepEqual(authorizations(), [undefined]);
  });

  const opaque = ["opaque", "a.b.c", "a.bnVsbA.c", "a.NQ.c", "a.eyJleHAiOiAic29vbiJ9.c", "..", "~"];
  for (const token of opaque) {
    it(`is used unchanged if it is not a JWT: ${token}`, async () => {
      gateway.respondWith(noFavorites);
      const getToken = getTokenReturning(token);

      await clientWith(getToken).favorites();

      assert.deepEqual(getToken.refreshes, [false]);
      assert.deepEqual(authorizations(), [`Bearer ${token}`]);
    });
  }

  it("can have claims with any base64url characters", async () => {
    gateway.respondWith(noFavorites);
    const token = tokenOf("é???>>>~~~ÿÿÿ", 1);
    assert.match(token.split(".")[1], /[-_]/);
    const getToken = getTokenReturning(token);

    await clientWith(getToken).favorites();

    assert.deepEqual(getToken.refreshes, [false, true]);
  });
});
