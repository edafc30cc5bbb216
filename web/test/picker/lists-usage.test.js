/** Usage events that the service does not show yet. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { listsWithService, recent } from "../support/fake-service.js";

describe("a usage event", () => {
  it("puts its voice first at once", async () => {
    const { lists, service, ids, items } = listsWithService();
    lists.load("recent");
    await service.last.resolve([recent("ada", "2026-01-02", 4), recent("ben", "2026-01-01", 1)]);

    lists.trackUsage("ben", { context: "chat" });

    assert.deepEqual(service.usageEvents, [{ id: "ben", data: { context: "chat" } }]);
    assert.deepEqual(ids("recent"), ["ben", "ada"]);
    assert.equal(items("recent")[0].usage_count, 2);
  });

  it("keeps its voice first until the service shows it", async () => {
    const { lists, service, ids, items } = listsWithService();
    lists.load("recent");
    await service.last.resolve([recent("ada", "2026-01-02"), recent("ben", "2026-01-01")]);
    lists.trackUsage("ben");
    lists.load("recent");
    await service.last.resolve([recent("ada", "2026-01-02"), recent("ben", "2026-01-01")]);
    assert.deepEqual(ids("recent"), ["ben", "ada"]);

    lists.load("recent");
    await service.last.resolve([recent("ada", "2026-01-03"), recent("ben", "2026-01-02", 7)]);

    assert.deepEqual(ids("recent"), ["ada", "ben"]);
    assert.equal(items("recent")[1].usage_count, 7);
  });

  it("puts its voice first in a list that is loaded later", async () => {
    const { lists, service, ids } = listsWithService();
    lists.trackUsage("ben");
    lists.load("recent");

    await service.last.resolve([recent("ada", "2026-01-02"), recent("ben", "2026-01-01")]);

    assert.deepEqual(ids("recent"), ["ben", "ada"]);
  });

  it("is not counted twice in a list that is loaded later", async () => {
    const { lists, service, items } = listsWithService();
    lists.trackUsage("ben");
    lists.load("recent");

    await service.last.resolve([recent("ben", new Date(Date.now() + 50).toISOString(), 1)]);

    assert.equal(items("recent")[0].usage_count, 1);
  });

  for (const { clock, now } of [
    { clock: "right", now: "2026-01-01T00:00:00.000Z" },
    { clock: "a day ahead", now: "2026-01-02T00:00:00.000Z" },
    { clock: "a day behind", now: "2025-12-31T00:00:00.000Z" },
  ]) {
    it(`is not counted twice if the clock is ${clock}`, async (test) => {
      test.mock.timers.enable({ apis: ["Date"], now: Date.parse(now) });
      const { lists, service, items } = listsWithService();
      lists.trackUsage("a");
      lists.load("recent");
      await service.last.resolve([recent("a", "2026-01-01T00:00:01.000Z", 1)]);

      assert.equal(items("recent")[0].usage_count, 1);
    });
  }

  it("is dropped if the service does not show it in time", async (test) => {
    test.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
    const { lists, service, ids } = listsWithService();
    lists.load("recent");
    await service.last.resolve([recent("ada", "2026-01-02")]);
    lists.trackUsage("ben");
    test.mock.timers.setTime(1_060_001);
    lists.load("recent");

    await service.last.resolve([recent("ada", "2026-01-02")]);

    assert.deepEqual(ids("recent"), ["ada"]);
  });

  it("comes before earlier usage events", async () => {
    const { lists, service, ids } = listsWithService();
    lists.load("recent");
    await service.last.resolve([]);
    for (const id of ["ada", "ben", "ada"]) lists.trackUsage(id);

    assert.deepEqual(ids("recent"), ["ada", "ben"]);
  });
});
