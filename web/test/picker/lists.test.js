/** The lists of a picker while they load, after an error, and with a new user. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  apiError,
  FakeService,
  favorite,
  listsWithFavorites,
  listsWithService,
  recent,
} from "../support/fake-service.js";

describe("a list", () => {
  it("is unknown until the service responds", async () => {
    const { lists, service, ids } = listsWithService();
    lists.load("popular");
    assert.equal(ids("popular"), undefined);
    assert.equal(lists.view("popular").isLoading, true);

    await service.last.resolve([{ voice_id: "ada", usage_count: 2, rank: 1 }]);

    assert.deepEqual(lists.view("popular").items, [{ voice_id: "ada", usage_count: 2, rank: 1 }]);
    assert.equal(lists.view("popular").isLoading, false);
  });

  it("is requested with the service's maximum length", () => {
    const { lists, service } = listsWithService();
    for (const name of /** @type {const} */ (["favorites", "recent", "popular"])) lists.load(name);

    assert.deepEqual(
      service.calls.map(({ name, limit }) => [name, limit]),
      [
        ["favorites", undefined],
        ["recent", 50],
        ["popular", 100],
      ],
    );
  });

  it("shows the result of the last load only", async () => {
    const { lists, service, ids } = listsWithService();
    lists.load("recent");
    const first = service.last;
    lists.load("recent");
    await service.last.resolve([recent("new", "2026-01-02")]);

    await first.resolve([recent("old", "2026-01-01")]);

    assert.deepEqual(ids("recent"), ["new"]);
    assert.equal(first.signal?.aborted, true);
  });

  it("keeps its items when a load fails", async () => {
    const { lists, service, events, ids, errorCode } = await listsWithFavorites("ada");
    lists.load("favorites");

    await service.last.reject(apiError("NETWORK_ERROR"));

    assert.deepEqual(ids("favorites"), ["ada"]);
    assert.equal(errorCode("favorites"), "NETWORK_ERROR");
    assert.deepEqual(events, [{ failed: "NETWORK_ERROR", action: "favorites", id: undefined }]);
  });

  it("loses its items when the user is signed out", async () => {
    const { lists, service, ids } = await listsWithFavorites("ada");
    lists.load("favorites");

    await service.last.reject(apiError("INVALID_TOKEN"));

    assert.equal(ids("favorites"), undefined);
  });

  it("has no error after a successful load", async () => {
    const { lists, service, ids } = listsWithService();
    lists.load("recent");
    await service.last.reject(apiError("NETWORK_ERROR"));
    lists.load("recent");
    await service.last.resolve([]);

    assert.equal(lists.view("recent").error, undefined);
    assert.deepEqual(ids("recent"), []);
  });

  it("ignores invalid and repeated records", async () => {
    const { lists, service, ids } = listsWithService();
    lists.load("favorites");
    await service.last.resolve([null, "a", {}, { voice_id: 5 }, favorite("b"), favorite("b")]);

    assert.deepEqual(ids("favorites"), ["b"]);
  });
});

describe("a new user", () => {
  it("sees no data of the previous user", async () => {
    const { lists, service, events, ids } = await listsWithFavorites("ada");
    lists.toggleFavorite("ben");
    const star = service.last;
    lists.load("recent");
    const list = service.last;

    lists.setService(new FakeService().client);
    await star.resolve(favorite("ben"));
    await list.resolve([recent("ben", "2026-01-01")]);

    assert.equal(ids("favorites"), undefined);
    assert.equal(ids("recent"), undefined);
    assert.equal(lists.isFavorite("ada"), false);
    assert.equal(lists.isFavorite("ben"), false);
    assert.deepEqual(events, []);
  });

  it("gets no errors of the previous user", async () => {
    const { lists, service, events } = await listsWithFavorites();
    lists.toggleFavorite("ben");

    lists.setService(new FakeService().client);
    await service.last.reject(apiError("NETWORK_ERROR"));

    assert.deepEqual(events, []);
  });
});

describe("a signed-out user", () => {
  it("loses the items of all personal lists", async () => {
    const { lists, service, ids, errorCode } = await listsWithFavorites("a");
    lists.load("recent");
    await service.last.resolve([recent("b", "2026-01-01T00:00:00.000Z")]);
    lists.toggleFavorite("c");
    await service.last.resolve(favorite("c"));
    lists.trackUsage("b");

    lists.load("favorites");
    await service.last.reject(apiError("UNAUTHORIZED"));

    assert.deepEqual([ids("favorites"), ids("recent")], [undefined, undefined]);
    assert.deepEqual(
      ["a", "c"].map((id) => lists.isFavorite(id)),
      [false, false],
    );
    assert.equal(errorCode("recent"), "UNAUTHORIZED");
  });
});
