/** Choosing a voice: what the page is told, and where the use shows. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { becomes, useStage } from "../support/stage.js";
import { someone, someVoice } from "../support/tokens.js";
import { eventually } from "../support/waiting.js";

const stage = useStage();
const recents = async (user) => {
  const voices = await stage.client(user).recent();
  return voices.map((voice) => voice.voice_id);
};

/** Uses voices, one after the other, and returns once they show. */
async function use(user, ...ids) {
  const client = stage.client(user);
  for (const [index, id] of ids.entries()) {
    await client.trackUsage(id);
    const total = ids.slice(0, index + 1).filter((each) => each === id).length;
    await eventually(
      () => client.recent(),
      ([last]) => last?.voice_id === id && last.usage_count === total,
    );
  }
}

const usesOf = async (id) => {
  const voices = await stage.client(null).popular({ limit: 100 });
  return voices.find((voice) => voice.voice_id === id)?.usage_count ?? 0;
};

describe("choosing a voice", () => {
  it("tells the page which, as the page has it, and marks it", async (test) => {
    const voice = { voice_id: 7, name: "Seven", mine: { price: 2 } };
    const picker = await stage.open(test, { properties: { catalogue: [...stage.voices, voice] } });
    await picker.search.fill("seven");

    await picker.voice("Seven").click();

    await becomes(
      () => picker.told("voice-selected"),
      [{ type: "voice-selected", voice_id: "7", voice }],
    );
    assert.equal(await picker.selected(), "7");
    assert.equal(await picker.row("Seven").getAttribute("aria-selected"), "true");
    await picker.voice("Seven").getByText("selected").waitFor({ state: "attached" });
  });

  it("reports the use, with the page's context and agent", async (test) => {
    const user = someone();
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

  it("again reports nothing, and tells nothing", async (test) => {
    const picker = await stage.open(test);
    const reported = [];
    picker.page.on("request", (request) => {
      if (request.postData()?.includes("track-usage")) reported.push(request.postDataJSON().id);
    });

    for (const name of ["Chen", "Chen", "Ada"]) await picker.voice(name).click();

    await becomes(() => reported, ["chen", "ada"]);
    const told = await picker.told("voice-selected");
    assert.deepEqual(
      told.map((each) => each.voice_id),
      ["chen", "ada"],
    );
  });

  it("by the page itself reports nothing", async (test) => {
    const user = someone();
    const picker = await stage.open(test, { user, attributes: { selected: "ada" } });
    await picker.set({ selected: "bruno" });
    await becomes(() => picker.row("Bruno").getAttribute("aria-selected"), "true");
    assert.equal(await picker.row("Ada").getAttribute("aria-selected"), "false");

    await picker.voice("Chen").click();

    await becomes(() => recents(user), ["chen"]);
    assert.equal((await picker.told("voice-selected")).length, 1);
  });

  it("arrives although the page is left at once", async (test) => {
    const user = someone();
    const picker = await stage.open(test, { user });
    await picker.voice("Chen").waitFor();

    await picker.voice("Chen").evaluate((voice) => {
      voice.click();
      location.assign("about:blank");
    });

    await becomes(() => recents(user), ["chen"]);
  });

  it("counts for nobody while nobody is signed in", async (test) => {
    const voice = { voice_id: someVoice(), name: "Nia" };
    const picker = await stage.open(test, { user: null, properties: { catalogue: [voice] } });

    await picker.voice("Nia").click();

    await becomes(() => usesOf(voice.voice_id), 1);
  });
});

describe("the recent voices", () => {
  it("are led by the one that was chosen, at once and after a reload", async (test) => {
    const user = someone();
    await use(user, "bruno", "ada");
    const picker = await stage.open(test, { user, attributes: { tab: "recent" } });
    await becomes(picker.names, ["Ada", "Bruno"]);

    await picker.voice("Bruno").click();

    await becomes(picker.names, ["Bruno", "Ada"]);
    await picker.row("Bruno").getByText("2 uses").waitFor();
    await becomes(() => recents(user), ["bruno", "ada"]);
    await picker.page.reload();
    await becomes(picker.names, ["Bruno", "Ada"]);
    await picker.row("Bruno").getByText("2 uses").waitFor();
    await picker.row("Bruno").getByText("now").waitFor();
  });

  it("are led by one that was chosen elsewhere a moment before", async (test) => {
    const user = someone();
    await use(user, "bruno", "ada");
    const picker = await stage.open(test, { user });
    await picker.voice("Bruno").click();

    await picker.tab("Recent").click();

    await becomes(picker.names, ["Bruno", "Ada"]);
  });

  it("show one that the catalogue has no more, and star it", async (test) => {
    const user = someone();
    await use(user, "zoe");
    const picker = await stage.open(test, { user, attributes: { tab: "recent" } });
    await picker.row("zoe").getByText("No longer available").waitFor();

    await picker.star("zoe").click();

    await becomes(async () => (await picker.told("favorite-changed")).length, 1);
    assert.deepEqual(await picker.starred(), ["zoe"]);
  });

  it("say that there is none", async (test) => {
    const picker = await stage.open(test, { attributes: { tab: "recent" } });

    await picker.state.getByText("Nothing used yet").waitFor();
  });
});

describe("the popular voices", () => {
  it("move after a use, and are only of the catalogue", async (test) => {
    const catalogue = ["Anna", "Ben"].map((name) => ({ voice_id: `${name}-${someVoice()}`, name }));
    const [anna, ben] = catalogue.map((voice) => voice.voice_id);
    await use(someone(), anna, ben, "not of the catalogue", ben, anna);
    await becomes(() => usesOf(anna), 2);
    const picker = await stage.open(test, {
      attributes: { tab: "popular" },
      properties: { catalogue },
      prepare: async (page) => {
        await page.clock.install();
        await page.route("**", (route) => route.continue()); // without the browser's cache
      },
    });
    await becomes(picker.names, ["Anna", "Ben"]);
    await picker.row("Anna").getByText("#1").waitFor();
    await picker.row("Ben").getByText("#2").waitFor();

    await picker.voice("Ben").click();
    await becomes(() => usesOf(ben), 3);
    await picker.page.clock.fastForward(12_000);

    await becomes(picker.names, ["Ben", "Anna"]);
    await picker.row("Ben").getByText("3 uses").waitFor();
  });

  it("show a use of a moment before, though they were opened too early to have it", async (test) => {
    const voice = { voice_id: someVoice(), name: "Nia" };
    const held = [];
    const picker = await stage.open(test, {
      properties: { catalogue: [voice] },
      prepare: (page) => page.clock.install(),
    });
    await picker.playNetwork("track-usage", (route) => held.push(route));
    await picker.voice("Nia").click();
    await picker.tab("Popular").click();
    await picker.state.getByText("Nothing is popular yet").waitFor();

    await held[0].continue();
    await becomes(() => usesOf(voice.voice_id), 1);
    await picker.page.clock.fastForward(12_000);

    await becomes(picker.names, ["Nia"]);
  });

  it("show to anybody", async (test) => {
    await use(someone(), "ada");
    const picker = await stage.open(test, { user: null, attributes: { tab: "popular" } });

    await picker.row("Ada").waitFor();
  });
});
