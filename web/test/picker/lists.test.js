/** What a picker knows of a user, by a service whose answers come when a test says so. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Lists } from "../../src/picker/lists.js";

/** A service that answers a call only when told to. */
class Service {
  calls = [];
  uses = [];
  favorites = (options) => this.#call("favorites", options);
  recent = (options) => this.#call("recent", options);
  popular = (options) => this.#call("popular", options);
  addFavorite = (id, voiceData) => this.#call("add", { id, voiceData });
  removeFavorite = (id) => this.#call("remove", { id });
  trackUsage = (id, data) => this.uses.push({ id, data });

  #call(name, options) {
    return new Promise((resolve, reject) => {
      const settle = (how) => async (value) => {
        how(value);
        await setImmediate(); // until all that follows of it is done
      };
      this.calls.push({ name, ...options, answer: settle(resolve), refuse: settle(reject) });
      options?.signal?.addEventListener("abort", () => reject(options.signal.reason));
    });
  }

  get last() {
    return this.calls.at(-1);
  }

  /** The names and voices of the calls so far. */
  get asked() {
    return this.calls.map(({ name, id }) => (id ? `${name} ${id}` : name));
  }
}

const favorite = (id) => ({ voice_id: id, voice_data: {} });
const recent = (id, last_used_at, usage_count = 1) => ({ voice_id: id, last_used_at, usage_count });
const refusal = (code) => Object.assign(new Error(code), { code });

function connected() {
  const told = [];
  const lists = new Lists({
    changed: () => {},
    failed: (error, action, id) => told.push({ failed: error.code ?? error.name, action, id }),
    confirmed: (id, isFavorite) => told.push({ id, isFavorite }),
  });
  const service = new Service();
  lists.connect(service);
  const ids = (name) => lists.view(name).items?.map((item) => item.voice_id);
  return { lists, service, told, ids };
}

async function withFavorites(...ids) {
  const all = connected();
  all.lists.load("favorites");
  await all.service.last.answer(ids.map(favorite));
  return all;
}

describe("a list", () => {
  it("is not known before the first answer, and then as the service gave it", async () => {
    const { lists, service, ids } = connected();
    lists.load("popular");
    assert.equal(ids("popular"), undefined);
    assert.equal(lists.view("popular").loading, true);

    await service.last.answer([{ voice_id: "ada", usage_count: 2, rank: 1 }]);

    assert.deepEqual(lists.view("popular").items, [{ voice_id: "ada", usage_count: 2, rank: 1 }]);
    assert.equal(lists.view("popular").loading, false);
  });

  it("is asked for as long as the service gives it", () => {
    const { lists, service } = connected();
    for (const name of ["favorites", "recent", "popular"]) lists.load(name);

    assert.deepEqual(
      service.calls.map(({ name, limit }) => [name, limit]),
      [
        ["favorites", undefined],
        ["recent", 50],
        ["popular", 100],
      ],
    );
  });

  it("is the answer to the last load, whichever comes first", async () => {
    const { lists, service, ids } = connected();
    lists.load("recent");
    const first = service.last;
    lists.load("recent");
    await service.last.answer([recent("new", "2026-01-02")]);

    await first.answer([recent("old", "2026-01-01")]);

    assert.deepEqual(ids("recent"), ["new"]);
    assert.equal(first.signal.aborted, true);
  });

  it("stays when it cannot be loaded anew, with the error beside it", async () => {
    const { lists, service, told, ids } = await withFavorites("ada");
    lists.load("favorites");

    await service.last.refuse(refusal("NETWORK_ERROR"));

    assert.deepEqual(ids("favorites"), ["ada"]);
    assert.equal(lists.view("favorites").error.code, "NETWORK_ERROR");
    assert.deepEqual(told, [{ failed: "NETWORK_ERROR", action: "favorites", id: undefined }]);
  });

  it("goes when its user is signed out", async () => {
    const { lists, service, ids } = await withFavorites("ada");
    lists.load("favorites");

    await service.last.refuse(refusal("INVALID_TOKEN"));

    assert.equal(ids("favorites"), undefined);
  });

  it("is without an error once it could be loaded again", async () => {
    const { lists, service, ids } = connected();
    lists.load("recent");
    await service.last.refuse(refusal("NETWORK_ERROR"));
    lists.load("recent");
    await service.last.answer([]);

    assert.equal(lists.view("recent").error, undefined);
    assert.deepEqual(ids("recent"), []);
  });
});

describe("a star", () => {
  it("shows before the service answers, and is confirmed after", async () => {
    const { lists, service, told, ids } = await withFavorites("ada");

    lists.toggle("ben", { name: "Ben" });

    assert.equal(lists.isFavorite("ben"), true);
    assert.deepEqual(ids("favorites"), ["ben", "ada"]);
    assert.deepEqual(service.last.voiceData, { name: "Ben" });
    assert.deepEqual(told, []);
    await service.last.answer(favorite("ben"));
    assert.deepEqual(told, [{ id: "ben", isFavorite: true }]);
    assert.deepEqual(ids("favorites"), ["ben", "ada"]);
  });

  it("can be taken away", async () => {
    const { lists, service, told, ids } = await withFavorites("ada", "ben");

    lists.toggle("ada");

    assert.deepEqual(ids("favorites"), ["ben"]);
    await service.last.answer();
    assert.deepEqual(ids("favorites"), ["ben"]);
    assert.deepEqual(service.asked, ["favorites", "remove ada"]);
    assert.deepEqual(told, [{ id: "ada", isFavorite: false }]);
  });

  for (const [what, starred] of [
    ["given", []],
    ["taken away", ["ada"]],
  ]) {
    it(`goes back if the service refuses that it is ${what}`, async () => {
      const { lists, service, told, ids } = await withFavorites(...starred);
      lists.toggle("ada");

      await service.last.refuse(refusal("VALIDATION_ERROR"));

      assert.deepEqual(ids("favorites"), starred);
      const action = starred.length ? "remove-favorite" : "add-favorite";
      assert.deepEqual(told, [{ failed: "VALIDATION_ERROR", action, id: "ada" }]);
    });
  }

  it("shows although the favorites are not known yet", async () => {
    const { lists, service } = connected();
    lists.toggle("ada");
    await service.last.answer(favorite("ada"));

    assert.equal(lists.isFavorite("ada"), true);
  });

  it("given and taken while a call is under way ends as it was chosen last", async () => {
    const { lists, service, told } = await withFavorites();
    lists.toggle("ada"); // on: under way
    lists.toggle("ada"); // off
    lists.toggle("ada"); // on
    lists.toggle("ada"); // off
    assert.equal(lists.isFavorite("ada"), false);
    assert.deepEqual(service.asked, ["favorites", "add ada"]);

    await service.last.answer(favorite("ada"));
    assert.deepEqual(service.asked, ["favorites", "add ada", "remove ada"]);
    await service.last.answer();

    assert.equal(lists.isFavorite("ada"), false);
    assert.deepEqual(told.at(-1), { id: "ada", isFavorite: false });
    assert.equal(service.calls.length, 3);
  });

  it("that fails after it was taken back is no failure", async () => {
    const { lists, service, told } = await withFavorites();
    lists.toggle("ada");
    lists.toggle("ada");

    await service.last.refuse(refusal("NETWORK_ERROR"));
    await service.last.answer();

    assert.deepEqual(service.asked, ["favorites", "add ada", "remove ada"]);
    assert.deepEqual(told, [{ id: "ada", isFavorite: false }]);
  });

  it("is not undone by a list that was asked for before it", async () => {
    const { lists, service, ids } = await withFavorites();
    lists.load("favorites");
    const before = service.last;
    lists.toggle("ada");
    await service.last.answer(favorite("ada"));

    await before.answer([]);

    assert.deepEqual(ids("favorites"), ["ada"]);
  });

  it("is undone by a list that was asked for after it", async () => {
    const { lists, service } = await withFavorites();
    lists.toggle("ada");
    await service.last.answer(favorite("ada"));
    lists.load("favorites");

    await service.last.answer([]);

    assert.equal(lists.isFavorite("ada"), false);
  });
});

describe("another user", () => {
  it("sees nothing of the one before, whatever still comes for them", async () => {
    const { lists, service, told, ids } = await withFavorites("ada");
    lists.toggle("ben");
    const star = service.last;
    lists.load("recent");
    const list = service.last;

    lists.connect(new Service());
    await star.answer(favorite("ben"));
    await list.answer([recent("ben", "2026-01-01")]);

    assert.equal(ids("favorites"), undefined);
    assert.equal(ids("recent"), undefined);
    assert.equal(lists.isFavorite("ada"), false);
    assert.equal(lists.isFavorite("ben"), false);
    assert.deepEqual(told, []);
  });

  it("is not told of a refusal that was the one before's", async () => {
    const { lists, service, told } = await withFavorites();
    lists.toggle("ben");

    lists.connect(new Service());
    await service.last.refuse(refusal("NETWORK_ERROR"));

    assert.deepEqual(told, []);
  });
});

describe("a use", () => {
  it("is reported, and leads the recents at once", async () => {
    const { lists, service, ids } = connected();
    lists.load("recent");
    await service.last.answer([recent("ada", "2026-01-02", 4), recent("ben", "2026-01-01", 1)]);

    lists.use("ben", { context: "chat" });

    assert.deepEqual(service.uses, [{ id: "ben", data: { context: "chat" } }]);
    assert.deepEqual(ids("recent"), ["ben", "ada"]);
    assert.equal(lists.view("recent").items[0].usage_count, 2);
  });

  it("leads until the service shows it", async () => {
    const { lists, service, ids } = connected();
    lists.load("recent");
    await service.last.answer([recent("ada", "2026-01-02"), recent("ben", "2026-01-01")]);
    lists.use("ben");
    lists.load("recent");
    await service.last.answer([recent("ada", "2026-01-02"), recent("ben", "2026-01-01")]);
    assert.deepEqual(ids("recent"), ["ben", "ada"]);

    lists.load("recent");
    await service.last.answer([recent("ada", "2026-01-03"), recent("ben", "2026-01-02", 7)]);

    assert.deepEqual(ids("recent"), ["ada", "ben"]);
    assert.equal(lists.view("recent").items[1].usage_count, 7);
  });

  it("leads also if the recents were not known then, and the voice was used long ago", async () => {
    const { lists, service, ids } = connected();
    lists.use("ben");
    lists.load("recent");

    await service.last.answer([recent("ada", "2026-01-02"), recent("ben", "2026-01-01")]);

    assert.deepEqual(ids("recent"), ["ben", "ada"]);
  });

  it("that the recents show when they are first known counts once", async () => {
    const { lists, service } = connected();
    lists.use("ben");
    lists.load("recent");

    await service.last.answer([recent("ben", new Date(Date.now() + 50).toISOString(), 1)]);

    assert.equal(lists.view("recent").items[0].usage_count, 1);
  });

  it("that the service does not show within a minute is given up", async (test) => {
    test.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
    const { lists, service, ids } = connected();
    lists.load("recent");
    await service.last.answer([recent("ada", "2026-01-02")]);
    lists.use("ben");
    test.mock.timers.setTime(1_060_001);
    lists.load("recent");

    await service.last.answer([recent("ada", "2026-01-02")]);

    assert.deepEqual(ids("recent"), ["ada"]);
  });

  it("leads over the one before it", async () => {
    const { lists, service, ids } = connected();
    lists.load("recent");
    await service.last.answer([]);
    for (const id of ["ada", "ben", "ada"]) lists.use(id);

    assert.deepEqual(ids("recent"), ["ada", "ben"]);
  });
});

describe("what was a user's", () => {
  it("is forgotten in every list once the service says that nobody is signed in", async () => {
    const { lists, service, ids } = await withFavorites("a");
    lists.load("recent");
    await service.last.answer([recent("b", "2026-01-01T00:00:00.000Z")]);
    lists.toggle("c");
    await service.last.answer(favorite("c"));
    lists.use("b");

    lists.load("favorites");
    await service.last.refuse(refusal("UNAUTHORIZED"));

    assert.deepEqual([ids("favorites"), ids("recent")], [undefined, undefined]);
    assert.deepEqual(
      ["a", "c"].map((id) => lists.isFavorite(id)),
      [false, false],
    );
    assert.equal(lists.view("recent").error.code, "UNAUTHORIZED");
  });
});

describe("of an answer", () => {
  it("what is no voice is left out, and of a voice given twice one stays", async () => {
    const { lists, service, ids } = connected();
    lists.load("favorites");
    await service.last.answer([null, "a", {}, { voice_id: 5 }, favorite("b"), favorite("b")]);

    assert.deepEqual(ids("favorites"), ["b"]);
  });

  it("the favorite is that which was asked for", async () => {
    const { lists, service, ids } = await withFavorites();
    lists.toggle("a");
    await service.last.answer({});

    assert.deepEqual(ids("favorites"), ["a"]);
  });
});

for (const [clock, now] of [
  ["right", "2026-01-01T00:00:00.000Z"],
  ["a day ahead", "2026-01-02T00:00:00.000Z"],
  ["a day behind", "2025-12-31T00:00:00.000Z"],
]) {
  it(`a use counts once though recents are read after it, with a clock that is ${clock}`, async (test) => {
    test.mock.timers.enable({ apis: ["Date"], now: Date.parse(now) });
    const { lists, service } = connected();
    lists.use("a");
    lists.load("recent");
    await service.last.answer([recent("a", "2026-01-01T00:00:01.000Z", 1)]);

    assert.equal(lists.view("recent").items[0].usage_count, 1);
  });
}
