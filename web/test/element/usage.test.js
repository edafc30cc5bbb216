/**
 * The DOM event, the usage event and the changed lists when a user chooses a voice.
 *
 * @import { Route } from "playwright-core"
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { useStage } from "../support/stage.js";
import { newUser, newVoice } from "../support/tokens.js";
import { eventually, eventuallyEqual } from "../support/waiting.js";

const stage = useStage();

/** Return the ids of a user's recent voices in the service. @param {string} user */
async function recentIds(user) {
  const voices = await stage.client(user).recent();
  return voices.map((voice) => voice.voice_id);
}

/**
 * Report usage events one after the other, and wait until the service shows them.
 *
 * @param {string} user
 * @param {...string} ids
 */
async function use(user, ...ids) {
  const client = stage.client(user);
  for (const [index, id] of ids.entries()) {
    await client.trackUsage(id);
    const total = ids.slice(0, index + 1).filter((previous) => previous === id).length;
    await eventually(
      () => client.recent(),
      ([last]) => last?.voice_id === id && last.usage_count === total,
    );
  }
}

/** Return the usage count of a voice for all users. @param {string} id */
async function usageCount(id) {
  const voices = await stage.client(null).popular({ limit: 100 });
  return voices.find((voice) => voice.voice_id === id)?.usage_count ?? 0;
}

describe("choosing a voice", () => {
  it("sends a DOM event with the catalogue's entry", async (test) => {
    const voice = { voice_id: 7, name: "Seven", own: { price: 2 } };
    const picker = await stage.open(test, { properties: { catalogue: [...stage.voices, voice] } });
    await picker.search.fill("seven");

    await picker.voice("Seven").click();

    await eventuallyEqual(
      () => picker.events("voice-selected"),
      [{ type: "voice-selected", voice_id: "7", voice }],
    );
    assert.equal(await picker.selected(), "7");
    assert.equal(await picker.row("Seven").getAttribute("aria-selected"), "true");
    await picker.voice("Seven").getByText("selected").waitFor({ state: "attached" });
  });

  it("reports a usage event with context and agent", async (test) => {
    const user = newUser();
    const attributes = { context: "settings", "agent-id": "agent-7" };
    const picker = await stage.open(test, { user, attributes });

    await picker.voice("Chen").click();

    const [recent] = await eventually(
      () => stage.client(user).recent(),
      (voices) => voices.length > 0,
    );
    assert.equal(recent.voice_id, "chen");
    assert.equal(recent.context, "settings");
    assert.equal(recent.agent_id, "agent-7");
  });

  it("twice reports one usage event", async (test) => {
    const picker = await stage.open(test);
    /** @type {string[]} */
    const reported = [];
    picker.page.on("request", (request) => {
      if (request.postData()?.includes("track-usage")) reported.push(request.postDataJSON().id);
    });

    for (const name of ["Chen", "Chen", "Ada"]) await picker.voice(name).click();

    await eventuallyEqual(() => reported, ["chen", "ada"]);
    const events = await picker.events("voice-selected");
    assert.deepEqual(
      events.map((event) => event.voice_id),
      ["chen", "ada"],
    );
  });

  it("by setting the property reports no usage event", async (test) => {
    const user = newUser();
    const picker = await stage.open(test, { user, attributes: { selected: "ada" } });
    await picker.set({ selected: "bruno" });
    await eventuallyEqual(() => picker.row("Bruno").getAttribute("aria-selected"), "true");
    assert.equal(await picker.row("Ada").getAttribute("aria-selected"), "false");

    await picker.voice("Chen").click();

    await eventuallyEqual(() => recentIds(user), ["chen"]);
    assert.equal(await picker.eventCount("voice-selected"), 1);
  });

  it("is reported even if the user leaves the page", async (test) => {
    const user = newUser();
    const picker = await stage.open(test, { user });
    await picker.voice("Chen").waitFor();

    await picker.voice("Chen").evaluate((voice) => {
      /** @type {HTMLElement} */ (voice).click();
      location.assign("about:blank");
    });

    await eventuallyEqual(() => recentIds(user), ["chen"]);
  });

  it("reports an anonymous usage event if signed out", async (test) => {
    const voice = { voice_id: newVoice(), name: "Nia" };
    const picker = await stage.open(test, { user: null, properties: { catalogue: [voice] } });

    await picker.voice("Nia").click();

    await eventuallyEqual(() => usageCount(voice.voice_id), 1);
  });
});

describe("the recent voices", () => {
  it("start with the chosen voice", async (test) => {
    const user = newUser();
    await use(user, "bruno", "ada");
    const picker = await stage.open(test, { user, attributes: { tab: "recent" } });
    await eventuallyEqual(picker.names, ["Ada", "Bruno"]);

    await picker.voice("Bruno").click();

    await eventuallyEqual(picker.names, ["Bruno", "Ada"]);
    await picker.row("Bruno").getByText("2 uses").waitFor();
    await eventuallyEqual(() => recentIds(user), ["bruno", "ada"]);
    await picker.page.reload();
    await eventuallyEqual(picker.names, ["Bruno", "Ada"]);
    await picker.row("Bruno").getByText("2 uses").waitFor();
    await picker.row("Bruno").getByText("now").waitFor();
  });

  it("start with a voice chosen in another tab", async (test) => {
    const user = newUser();
    await use(user, "bruno", "ada");
    const picker = await stage.open(test, { user });
    await picker.voice("Bruno").click();

    await picker.tab("Recent").click();

    await eventuallyEqual(picker.names, ["Bruno", "Ada"]);
  });

  it("can be unavailable and get a star", async (test) => {
    const user = newUser();
    await use(user, "zoe");
    const picker = await stage.open(test, { user, attributes: { tab: "recent" } });
    await picker.row("zoe").getByText("No longer available").waitFor();

    await picker.star("zoe").click();

    await eventuallyEqual(() => picker.eventCount("favorite-changed"), 1);
    assert.deepEqual(await picker.starred(), ["zoe"]);
  });

  it("can be empty", async (test) => {
    const picker = await stage.open(test, { attributes: { tab: "recent" } });

    await picker.state.getByText("No recent voices yet").waitFor();
  });
});

describe("the popular voices", () => {
  it("change after a usage event", async (test) => {
    const catalogue = ["Anna", "Ben"].map((name) => ({ voice_id: `${name}-${newVoice()}`, name }));
    const [anna, ben] = catalogue.map((voice) => voice.voice_id);
    await use(newUser(), anna, ben, "not in the catalogue", ben, anna);
    await eventuallyEqual(() => usageCount(anna), 2);
    const picker = await stage.open(test, {
      attributes: { tab: "popular" },
      properties: { catalogue },
      prepare: async (page) => {
        await page.clock.install();
        await page.route("**", (route) => route.continue()); // without the browser's cache
      },
    });
    await eventuallyEqual(picker.names, ["Anna", "Ben"]);
    await picker.row("Anna").getByText("#1").waitFor();
    await picker.row("Ben").getByText("#2").waitFor();

    await picker.voice("Ben").click();
    await eventuallyEqual(() => usageCount(ben), 3);
    await picker.page.clock.fastForward(12_000);

    await eventuallyEqual(picker.names, ["Ben", "Anna"]);
    await picker.row("Ben").getByText("3 uses").waitFor();
  });

  it("show a usage event that is counted later", async (test) => {
    const voice = { voice_id: newVoice(), name: "Nia" };
    /** @type {Route[]} */
    const held = [];
    const picker = await stage.open(test, {
      properties: { catalogue: [voice] },
      prepare: (page) => page.clock.install(),
    });
    await picker.routeAction("track-usage", (route) => held.push(route));
    await picker.voice("Nia").click();
    await picker.tab("Popular").click();
    await picker.state.getByText("No popular voices yet").waitFor();

    await held[0].continue();
    await eventuallyEqual(() => usageCount(voice.voice_id), 1);
    await picker.page.clock.fastForward(12_000);

    await eventuallyEqual(picker.names, ["Nia"]);
  });

  it("need no user", async (test) => {
    await use(newUser(), "ada");
    const picker = await stage.open(test, { user: null, attributes: { tab: "popular" } });

    await picker.row("Ada").waitFor();
  });
});
