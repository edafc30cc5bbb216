/** The client against the running service. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiClient, ApiError, ApiService } from "../../src/api-service.js";
import { startService } from "../support/service.js";
import { giving, someone, someVoice, tokenOf } from "../support/tokens.js";
import { eventually, rejection } from "../support/waiting.js";

/** @type {import("../support/service.js").Service} */
let service;
before(async () => {
  service = await startService();
});
after(() => service.stop());

/** @param {string} [user] */
function clientOf(user = someone()) {
  return new ApiClient({ endpoint: service.url, getToken: () => tokenOf(user) });
}

describe("favorites", () => {
  it("come back with what was kept with them, the newest first", async () => {
    const user = someone();
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

  it("stay as they are when they are added again", async () => {
    const client = clientOf();
    const stored = await client.addFavorite("rachel", { name: "Rachel" });

    assert.deepEqual(await client.addFavorite("rachel", { name: "Adam" }), stored);
  });

  it("can be removed, whether they are there or not", async () => {
    const client = clientOf();
    await client.addFavorite("rachel");

    assert.equal(await client.removeFavorite("rachel"), undefined);
    assert.equal(await client.removeFavorite("rachel"), undefined);
    assert.deepEqual(await client.favorites(), []);
  });

  it("are each user's own", async () => {
    await clientOf().addFavorite("rachel");

    assert.deepEqual(await clientOf().favorites(), []);
  });

  it("may have an integer for an id, which is its decimal string", async () => {
    const favorite = await clientOf().addFavorite(42);

    assert.equal(favorite.voice_id, "42");
  });
});

describe("a use", () => {
  it("shows among the recent voices and the popular ones", async () => {
    const client = clientOf();
    const voice = someVoice();

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
      (voices) => voices.some((each) => each.voice_id === voice),
    );
    assert.equal(popular[0].rank, 1);
  });

  it("counts once with an event_id, however often it is told", async () => {
    const client = clientOf();
    const voice = someVoice();
    await client.trackUsage(voice, { event_id: "the-one" });
    await client.trackUsage(voice, { event_id: "the-one" });
    await client.trackUsage(voice);

    const [recent] = await eventually(
      () => client.recent(),
      ([each]) => each?.usage_count >= 2,
    );
    assert.equal(recent.usage_count, 2);
  });

  it("counts for nobody when getToken fails", async () => {
    const voice = someVoice();
    const client = new ApiClient({
      endpoint: service.url,
      getToken: () => {
        throw new Error("signed out");
      },
    });

    await client.trackUsage(voice);

    const popular = await eventually(
      () => client.popular({ limit: 100 }),
      (voices) => voices.some((each) => each.voice_id === voice),
    );
    assert.equal(popular.find((each) => each.voice_id === voice)?.usage_count, 1);
  });
});

describe("invoke", () => {
  it("gives the answer's data of each action of the product", async () => {
    const client = clientOf();
    /** @param {string} action @param {string | number} [id] @param {Record<string, unknown>} [data] */
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

  it("rejects with what the service says is wrong", async () => {
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

  it("rejects an action or a resource that the service does not have", async () => {
    const client = clientOf();
    const action = await rejection(client.invoke({ resource: "voices", action: "clone" }));
    const resource = await rejection(client.invoke({ resource: "agents", action: "favorites" }));

    assert.deepEqual([action.code, action.status], ["INVALID_ACTION", 400]);
    assert.deepEqual([resource.code, resource.status], ["NOT_FOUND", 404]);
  });
});

describe("a token", () => {
  for (const nothing of [null, undefined, ""]) {
    it(`that is ${JSON.stringify(nothing)} makes the call anonymous`, async () => {
      const client = new ApiClient({ endpoint: service.url, getToken: () => nothing });

      assert.equal((await rejection(client.favorites())).code, "UNAUTHORIZED");
    });
  }

  it("is not there without getToken, so the call is anonymous", async () => {
    const client = new ApiClient({ endpoint: service.url });

    assert.equal((await rejection(client.favorites())).code, "UNAUTHORIZED");
    assert.ok(Array.isArray(await client.popular()));
  });

  it("that has expired is refreshed before the call", async () => {
    const user = someone();
    const getToken = giving(tokenOf(user, -3600), tokenOf(user));
    const client = new ApiClient({ endpoint: service.url, getToken });

    assert.deepEqual(await client.favorites(), []);
    assert.deepEqual(getToken.asked, [false, true]);
  });

  it("that the service refuses is refreshed once, and the call made again", async () => {
    const user = someone();
    const forged = tokenOf(user, 3600, "a secret of somebody else's, long enough");
    const getToken = giving(forged, tokenOf(user));
    const client = new ApiClient({ endpoint: service.url, getToken });

    assert.equal((await client.addFavorite("rachel")).user_id, user);
    assert.deepEqual(getToken.asked, [false, true]);
  });

  it("that the service refuses again is an error, and asked for no more", async () => {
    const getToken = giving("opaque");
    const client = new ApiClient({ endpoint: service.url, getToken });

    const error = await rejection(client.favorites());

    assert.deepEqual([error.code, error.status], ["INVALID_TOKEN", 401]);
    assert.deepEqual(getToken.asked, [false, true]);
  });
});

describe("configure", () => {
  for (const suffix of ["", "/", "/v1", "/v1/"]) {
    it(`takes the endpoint with "${suffix}" behind it`, async () => {
      const client = new ApiClient({ endpoint: service.url + suffix });

      assert.ok(Array.isArray(await client.popular()));
    });
  }

  it("takes an URL for an endpoint", async () => {
    const client = new ApiClient({ endpoint: new URL(service.url) });

    assert.ok(Array.isArray(await client.popular()));
  });

  it("keeps what it is not given", async () => {
    const user = someone();
    const client = new ApiClient({ getToken: () => tokenOf(user) });
    client.configure({ endpoint: service.url });
    client.configure();

    assert.equal((await client.addFavorite("rachel")).user_id, user);
  });

  it("signs a user out, and another one in", async () => {
    const client = clientOf("alice");
    client.configure({ getToken: null });
    assert.equal((await rejection(client.favorites())).code, "UNAUTHORIZED");

    client.configure({ getToken: () => tokenOf("bob") });
    assert.equal((await client.addFavorite("rachel")).user_id, "bob");
  });

  it("is for one client alone", async () => {
    ApiService.configure({ endpoint: service.url });
    try {
      assert.ok(Array.isArray(await ApiService.popular()));
      assert.equal((await rejection(new ApiClient().popular())).code, "NOT_CONFIGURED");
    } finally {
      ApiService.configure({ endpoint: null });
    }
  });

  it("is named by the error of a call without an endpoint", async () => {
    const error = await rejection(new ApiClient().favorites());

    assert.ok(error instanceof ApiError);
    assert.match(error.message, /configure/);
    assert.equal(error.status, 0);
  });
});
