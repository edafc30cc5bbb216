/**
 * The client with the running service.
 *
 * @import { LocalService } from "../support/local-service.js"
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiClient, ApiError, ApiService } from "../../src/api-service.js";
import { startLocalService } from "../support/local-service.js";
import { getTokenReturning, newUser, newVoice, tokenOf } from "../support/tokens.js";
import { eventually, rejection } from "../support/waiting.js";

/** @type {LocalService} */
let service;
before(async () => {
  service = await startLocalService();
});
after(() => service.stop());

/** @param {string} [user] */
function clientOf(user = newUser()) {
  return new ApiClient({ endpoint: service.url, getToken: () => tokenOf(user) });
}

describe("favorites", () => {
  it("are returned with their data, newest first", async () => {
    const user = newUser();
    const client = clientOf(user);
    const voiceData = { name: "Rachel", tags: ["warm", "é"], speed: 1.5 };

    const first = await client.addFavorite("rachel", voiceData);
    await client.addFavorite("adam");

    assert.equal(first.user_id, user);
    assert.match(first.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(first.voice_data, voiceData);
    const favorites = await client.favorites();
    assert.deepEqual(
      favorites.map((favorite) => favorite.voice_id),
      ["adam", "rachel"],
    );
    assert.deepEqual(favorites[1], first);
  });

  it("are unchanged if they are added again", async () => {
    const client = clientOf();
    const stored = await client.addFavorite("rachel", { name: "Rachel" });

    assert.deepEqual(await client.addFavorite("rachel", { name: "Adam" }), stored);
  });

  it("can be removed twice", async () => {
    const client = clientOf();
    await client.addFavorite("rachel");

    assert.equal(await client.removeFavorite("rachel"), undefined);
    assert.equal(await client.removeFavorite("rachel"), undefined);
    assert.deepEqual(await client.favorites(), []);
  });

  it("belong to one user", async () => {
    await clientOf().addFavorite("rachel");

    assert.deepEqual(await clientOf().favorites(), []);
  });

  it("can have integer ids", async () => {
    const favorite = await clientOf().addFavorite(42);

    assert.equal(favorite.voice_id, "42");
  });
});

describe("a usage event", () => {
  it("appears in the recent and popular voices", async () => {
    const client = clientOf();
    const voice = newVoice();

    await client.trackUsage(voice, { context: "preview", agentId: "agent-1" });

    const [recent] = await eventually(
      () => client.recent({ limit: 5 }),
      (voices) => voices.length > 0,
    );
    assert.deepEqual(
      { ...recent, last_used_at: undefined },
      {
        voice_id: voice,
        usage_count: 1,
        context: "preview",
        agent_id: "agent-1",
        last_used_at: undefined,
      },
    );
    const popular = await eventually(
      () => client.popular({ limit: 100 }),
      (voices) => voices.some((popularVoice) => popularVoice.voice_id === voice),
    );
    assert.equal(popular[0].rank, 1);
  });

  it("is counted once for each event_id", async () => {
    const client = clientOf();
    const voice = newVoice();
    await client.trackUsage(voice, { event_id: "event-1" });
    await client.trackUsage(voice, { event_id: "event-1" });
    await client.trackUsage(voice);

    const [recent] = await eventually(
      () => client.recent(),
      ([last]) => last?.usage_count >= 2,
    );
    assert.equal(recent.usage_count, 2);
  });

  it("is anonymous if getToken fails", async () => {
    const voice = newVoice();
    const client = new ApiClient({
      endpoint: service.url,
      getToken: () => {
        throw new Error("signed out");
      },
    });

    await client.trackUsage(voice);

    const popular = await eventually(
      () => client.popular({ limit: 100 }),
      (voices) => voices.some((popularVoice) => popularVoice.voice_id === voice),
    );
    assert.equal(popular.find((popularVoice) => popularVoice.voice_id === voice)?.usage_count, 1);
  });
});

describe("invoke", () => {
  it("returns the data of each action", async () => {
    const client = clientOf();
    /**
     * @param {string} action
     * @param {string | number} [id]
     * @param {Record<string, unknown>} [data]
     */
    const call = (action, id, data) => client.invoke({ resource: "voices", action, id, data });

    const added = await call("add-favorite", "rachel", { voice_data: { name: "Rachel" } });
    assert.deepEqual(Object.keys(added), ["favorite"]);
    const again = await call("add-favorite", "rachel");
    assert.deepEqual(again, { ...added, already_favorited: true, voice_id: "rachel" });
    assert.deepEqual(await call("favorites"), { favorites: [added.favorite], count: 1 });
    const removed = { success: true, voice_id: "rachel" };
    assert.deepEqual(await call("remove-favorite", "rachel"), removed);
    assert.deepEqual(await call("track-usage", "rachel", { context: "chat" }), { success: true });
    assert.deepEqual(Object.keys(await call("recent", undefined, { limit: 1 })).sort(), [
      "count",
      "voices",
    ]);
    assert.deepEqual(Object.keys(await call("popular")).sort(), ["count", "voices"]);
  });

  it("rejects with the error of the service", async () => {
    const call = { resource: "voices", action: "recent", data: { limit: 51 } };
    const error = await rejection(clientOf().invoke(call));

    assert.ok(error instanceof ApiError && error instanceof Error);
    assert.equal(error.name, "ApiError");
    assert.equal(error.code, "VALIDATION_ERROR");
    assert.equal(error.status, 400);
    assert.equal(error.field, "data.limit");
    assert.match(error.message, /from 1 to 50/);
    assert.match(error.requestId ?? "", /^[0-9a-f-]{36}$/);
    assert.equal(error.retryAfter, undefined);
  });

  it("rejects an unknown action or resource", async () => {
    const client = clientOf();
    const action = await rejection(client.invoke({ resource: "voices", action: "clone" }));
    const resource = await rejection(client.invoke({ resource: "agents", action: "favorites" }));

    assert.deepEqual([action.code, action.status], ["INVALID_ACTION", 400]);
    assert.deepEqual([resource.code, resource.status], ["NOT_FOUND", 404]);
  });
});

describe("a token", () => {
  for (const nothing of [null, undefined, ""]) {
    it(`makes the call anonymous if it is ${nothing === "" ? "empty" : nothing}`, async () => {
      const client = new ApiClient({ endpoint: service.url, getToken: () => nothing });

      assert.equal((await rejection(client.favorites())).code, "UNAUTHORIZED");
    });
  }

  it("is missing without getToken", async () => {
    const client = new ApiClient({ endpoint: service.url });

    assert.equal((await rejection(client.favorites())).code, "UNAUTHORIZED");
    assert.ok(Array.isArray(await client.popular()));
  });

  it("is refreshed before the call if it has expired", async () => {
    const user = newUser();
    const getToken = getTokenReturning(tokenOf(user, -3600), tokenOf(user));
    const client = new ApiClient({ endpoint: service.url, getToken });

    assert.deepEqual(await client.favorites(), []);
    assert.deepEqual(getToken.refreshes, [false, true]);
  });

  it("is refreshed once if the service rejects it", async () => {
    const user = newUser();
    const forged = tokenOf(user, 3600, "another secret that is long enough");
    const getToken = getTokenReturning(forged, tokenOf(user));
    const client = new ApiClient({ endpoint: service.url, getToken });

    assert.equal((await client.addFavorite("rachel")).user_id, user);
    assert.deepEqual(getToken.refreshes, [false, true]);
  });

  it("causes an error if the service rejects it again", async () => {
    const getToken = getTokenReturning("opaque");
    const client = new ApiClient({ endpoint: service.url, getToken });

    const error = await rejection(client.favorites());

    assert.deepEqual([error.code, error.status], ["INVALID_TOKEN", 401]);
    assert.deepEqual(getToken.refreshes, [false, true]);
  });
});

describe("configure", () => {
  for (const suffix of ["", "/", "/v1", "/v1/"]) {
    it(`accepts an endpoint that ends with "${suffix}"`, async () => {
      const client = new ApiClient({ endpoint: service.url + suffix });

      assert.ok(Array.isArray(await client.popular()));
    });
  }

  it("accepts a URL as the endpoint", async () => {
    const client = new ApiClient({ endpoint: new URL(service.url) });

    assert.ok(Array.isArray(await client.popular()));
  });

  it("keeps the options that are not given", async () => {
    const user = newUser();
    const client = new ApiClient({ getToken: () => tokenOf(user) });
    client.configure({ endpoint: service.url });
    client.configure();

    assert.equal((await client.addFavorite("rachel")).user_id, user);
  });

  it("signs users out and in", async () => {
    const client = clientOf("alice");
    client.configure({ getToken: null });
    assert.equal((await rejection(client.favorites())).code, "UNAUTHORIZED");

    client.configure({ getToken: () => tokenOf("bob") });
    assert.equal((await client.addFavorite("rachel")).user_id, "bob");
  });

  it("changes one client only", async () => {
    ApiService.configure({ endpoint: service.url });
    try {
      assert.ok(Array.isArray(await ApiService.popular()));
      assert.equal((await rejection(new ApiClient().popular())).code, "NOT_CONFIGURED");
    } finally {
      ApiService.configure({ endpoint: null });
    }
  });

  it("is mentioned in the error for a missing endpoint", async () => {
    const error = await rejection(new ApiClient().favorites());

    assert.ok(error instanceof ApiError);
    assert.match(error.message, /configure/);
    assert.equal(error.status, 0);
  });
});
