/** Favorites that the service has not confirmed yet. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  apiError,
  favorite,
  listsWithFavorites,
  listsWithService,
} from "../support/fake-service.js";

describe("a star", () => {
  it("is visible before the service responds", async () => {
    const { lists, service, events, ids } = await listsWithFavorites("ada");

    lists.toggleFavorite("ben", { name: "Ben" });

    assert.equal(lists.isFavorite("ben"), true);
    assert.deepEqual(ids("favorites"), ["ben", "ada"]);
    assert.deepEqual(service.last.voiceData, { name: "Ben" });
    assert.deepEqual(events, []);
    await service.last.resolve(favorite("ben"));
    assert.deepEqual(events, [{ id: "ben", isFavorite: true }]);
    assert.deepEqual(ids("favorites"), ["ben", "ada"]);
  });

  it("can be removed", async () => {
    const { lists, service, events, ids } = await listsWithFavorites("ada", "ben");

    lists.toggleFavorite("ada");

    assert.deepEqual(ids("favorites"), ["ben"]);
    await service.last.resolve();
    assert.deepEqual(ids("favorites"), ["ben"]);
    assert.deepEqual(service.log, ["favorites", "remove ada"]);
    assert.deepEqual(events, [{ id: "ada", isFavorite: false }]);
  });

  for (const { change, starred, action } of [
    { change: "added", starred: [], action: "add-favorite" },
    { change: "removed", starred: ["ada"], action: "remove-favorite" },
  ]) {
    it(`is undone if the service rejects it: ${change}`, async () => {
      const { lists, service, events, ids } = await listsWithFavorites(...starred);
      lists.toggleFavorite("ada");

      await service.last.reject(apiError("VALIDATION_ERROR"));

      assert.deepEqual(ids("favorites"), starred);
      assert.deepEqual(events, [{ failed: "VALIDATION_ERROR", action, id: "ada" }]);
    });
  }

  it("is visible even if the favorites are not loaded", async () => {
    const { lists, service } = listsWithService();
    lists.toggleFavorite("ada");
    await service.last.resolve(favorite("ada"));

    assert.equal(lists.isFavorite("ada"), true);
  });

  it("has the state that the user chose last", async () => {
    const { lists, service, events } = await listsWithFavorites();
    lists.toggleFavorite("ada"); // on: the call is in progress
    lists.toggleFavorite("ada"); // off
    lists.toggleFavorite("ada"); // on
    lists.toggleFavorite("ada"); // off
    assert.equal(lists.isFavorite("ada"), false);
    assert.deepEqual(service.log, ["favorites", "add ada"]);

    await service.last.resolve(favorite("ada"));
    assert.deepEqual(service.log, ["favorites", "add ada", "remove ada"]);
    await service.last.resolve();

    assert.equal(lists.isFavorite("ada"), false);
    assert.deepEqual(events.at(-1), { id: "ada", isFavorite: false });
    assert.equal(service.calls.length, 3);
  });

  it("reports no error for a choice that was undone", async () => {
    const { lists, service, events } = await listsWithFavorites();
    lists.toggleFavorite("ada");
    lists.toggleFavorite("ada");

    await service.last.reject(apiError("NETWORK_ERROR"));
    await service.last.resolve();

    assert.deepEqual(service.log, ["favorites", "add ada", "remove ada"]);
    assert.deepEqual(events, [{ id: "ada", isFavorite: false }]);
  });

  it("is not undone by a load that started earlier", async () => {
    const { lists, service, ids } = await listsWithFavorites();
    lists.load("favorites");
    const earlier = service.last;
    lists.toggleFavorite("ada");
    await service.last.resolve(favorite("ada"));

    await earlier.resolve([]);

    assert.deepEqual(ids("favorites"), ["ada"]);
  });

  it("is replaced by a load that started later", async () => {
    const { lists, service } = await listsWithFavorites();
    lists.toggleFavorite("ada");
    await service.last.resolve(favorite("ada"));
    lists.load("favorites");

    await service.last.resolve([]);

    assert.equal(lists.isFavorite("ada"), false);
  });

  it("keeps its id if the response has no id", async () => {
    const { lists, service, ids } = await listsWithFavorites();
    lists.toggleFavorite("a");
    await service.last.resolve({});

    assert.deepEqual(ids("favorites"), ["a"]);
  });
});
