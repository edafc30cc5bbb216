/**
 * Catalogues that are long, unusual, slow or missing.
 *
 * @import { ServerResponse } from "node:http"
 * @import { TestContext } from "node:test"
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { neverRespond, respond } from "../support/gateway.js";
import { useStage } from "../support/stage.js";
import { newUser } from "../support/tokens.js";
import { eventually, eventuallyEqual } from "../support/waiting.js";

const stage = useStage();

/** Return voices with these names. @param {...string} names */
function named(...names) {
  return names.map((name) => ({ voice_id: name, name }));
}

/** @param {unknown} value */
function json(value) {
  return respond(200, JSON.stringify(value), { "content-type": "application/json" });
}

/** @param {TestContext} test @param {unknown} catalogue */
function openWith(test, catalogue) {
  return stage.open(test, { properties: { catalogue } });
}

describe("a name", () => {
  it("is shown as text if it contains markup", async (test) => {
    const markup = `<img src=x onerror="document.title='executed'"><script>alert(1)</script>`;
    const voice = { voice_id: "a", language: markup, accent: markup, description: markup };
    const picker = await openWith(test, [{ ...voice, name: markup }, ...named("Ada")]);

    await eventuallyEqual(picker.names, [markup, "Ada"]);
    await picker.star(markup).click();
    await picker.voice(markup).click();
    await eventuallyEqual(() => picker.eventCount("favorite-changed"), 1);

    assert.equal(await picker.element.locator("img, script").count(), 0);
    assert.equal(await picker.page.title(), "Test page");
  });

  it("takes one line, even with 10,000 characters", async (test) => {
    const long = { voice_id: "a", name: "W".repeat(10_000), description: "x".repeat(10_000) };
    const picker = await openWith(test, [long, ...named("Ada")]);
    await picker.voice("Ada").waitFor();

    const [first, second] = await picker.rows.evaluateAll((rows) =>
      rows.map((row) => {
        const { height } = row.getBoundingClientRect();
        return { height, fits: row.scrollWidth <= row.clientWidth };
      }),
    );

    assert.deepEqual(first, second);
    assert.equal(first.fits, true);
  });

  it("in a right-to-left script does not reverse its row", async (test) => {
    const name = "\u202eليلى (1)";
    const voice = { voice_id: "layla", name, language: "ar", accent: "مصري", description: "ok" };
    const picker = await openWith(test, [voice]);
    await picker.rows.waitFor();

    const order = await picker.rows.evaluate((row) => {
      const left = (/** @type {string} */ part) =>
        row.querySelector(`[part~="${part}"]`)?.getBoundingClientRect().left ?? NaN;
      return left("preview") < left("name") && left("name") < left("star");
    });

    assert.equal(order, true);
    assert.deepEqual(await picker.names(), [name]);
  });
});

describe("an id", () => {
  it("can be any text", async (test) => {
    const ids = ["a#b", "../x", "é", "🎙️", "VOICE#x", "__proto__", 'quo"te', "a b"];
    const voices = ids.map((id, index) => ({ voice_id: id, name: `Voice ${index}` }));
    const user = newUser();
    const picker = await stage.open(test, { user, properties: { catalogue: voices } });

    for (const [index, id] of ids.entries()) {
      await picker.star(`Voice ${index}`).click();
      await picker.voice(`Voice ${index}`).click();
      assert.equal(await picker.selected(), id);
    }

    await eventuallyEqual(() => picker.eventCount("favorite-changed"), ids.length);
    const events = await picker.events("favorite-changed");
    assert.deepEqual(events.map((event) => event.voice_id).sort(), [...ids].sort());
    const favorites = await stage.client(user).favorites();
    assert.deepEqual(favorites.map((favorite) => favorite.voice_id).sort(), [...ids].sort());
  });
});

describe("a catalogue", () => {
  it("can contain invalid entries", async (test) => {
    const invalid = [null, 7, "x", [], {}, { voice_id: null }, { voice_id: "" }, { voice_id: " " }];
    const unusual = { voice_id: 5, name: {}, language: 3, gender: "constructor", preview_url: [] };
    const repeated = [...named("Ada"), { voice_id: "Ada", name: "Another" }];
    const picker = await openWith(test, [...invalid, unusual, ...repeated]);

    await eventuallyEqual(picker.names, ["5", "Ada"]);
    await picker.row("5").getByText("constructor").waitFor();
  });

  it("is replaced by an explanation if it cannot be loaded", async (test) => {
    const picker = await openWith(test, stage.voices);
    const failed = "Something went wrong";
    for (const { catalogue, title } of [
      { catalogue: { voices: [] }, title: failed }, // not a list
      { catalogue: "/none.json", title: failed }, // not found
      { catalogue: stage.host.servePage("/page.json", "<p>Please sign in"), title: failed },
      { catalogue: "http://127.0.0.1:1/voices.json", title: "The service cannot be reached" },
      { catalogue: "http://", title: failed }, // not a URL
    ]) {
      await picker.set({ catalogue: stage.voices });
      await picker.voice("Ada").waitFor();
      await picker.page.evaluate(() => void window.events.splice(0));

      await picker.set({ catalogue });

      await picker.state.getByText(title).waitFor();
      await picker.button("Try again").waitFor();
      await eventuallyEqual(async () => (await picker.events("error")).at(-1)?.action, "catalogue");
    }
  });

  it("is loading until the page sets another catalogue", async (test) => {
    const picker = await openWith(test, stage.host.serve("/never.json", neverRespond));
    await picker.element
      .getByRole("status")
      .getByText("Loading voices…")
      .waitFor({ state: "attached" });
    await picker.element.locator('[part="skeleton"]').waitFor();

    await picker.set({ catalogue: named("Ada") });

    await eventuallyEqual(picker.names, ["Ada"]);
  });

  it("is not replaced by an older catalogue that arrives later", async (test) => {
    /** @type {ServerResponse[]} */
    const late = [];
    stage.host.serve("/late.json", (response) => void late.push(response));
    stage.host.serve("/soon.json", json(named("Soon")));
    const picker = await openWith(test, "/late.json");
    await eventuallyEqual(() => late.length, 1);
    await picker.set({ catalogue: "/soon.json" });
    await eventuallyEqual(picker.names, ["Soon"]);

    json(named("Late"))(late[0]);
    await picker.star("Soon").click();

    await eventuallyEqual(picker.starred, ["Soon"]);
    assert.deepEqual(await picker.names(), ["Soon"]);
  });

  it("has preview URLs relative to its own URL", async (test) => {
    const voices = [{ voice_id: "ada", name: "Ada", preview_url: "ada.wav" }];
    stage.host.serve("/deep/voices.json", json(voices));
    /** @type {(string | undefined)[]} */
    const requested = [];
    stage.host.serve("/deep/ada.wav", ({ req }) => void requested.push(req.url));
    const picker = await openWith(test, "/deep/voices.json");

    await picker.play("Ada").click();

    await eventuallyEqual(() => requested.slice(0, 1), ["/deep/ada.wav"]);
  });

  it("can be empty", async (test) => {
    const picker = await openWith(test, []);

    await picker.state.getByText("There are no voices to choose from").waitFor();
  });
});

describe("5,000 voices", () => {
  const voices = Array.from({ length: 5_000 }, (_, index) => ({
    voice_id: `v${index + 1}`,
    name: `Voice ${index + 1}`,
    accent: `Accent ${index % 7}`,
  }));

  it("are in the document only while they are visible", async (test) => {
    const picker = await openWith(test, voices);
    await picker.voice("Voice 1").waitFor();
    const { list } = picker;
    assert.ok((await picker.rows.count()) < 60);

    await list.evaluate((element) => element.scrollTo(0, element.scrollHeight / 2));
    await eventually(picker.names, (names) => names.some((name) => /^Voice 2[45]\d\d$/.test(name)));
    assert.ok((await picker.rows.count()) < 60);
    await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));

    await picker.voice("Voice 5000").waitFor();
    assert.ok((await picker.rows.count()) < 60);
    assert.equal(await picker.rows.last().getAttribute("aria-rowindex"), "5000");
  });

  it("scroll to the top on a search", async (test) => {
    const picker = await openWith(test, voices);
    await picker.voice("Voice 1").waitFor();
    await picker.list.evaluate((element) => element.scrollTo(0, 100_000));

    await picker.search.fill("voice 499");

    await eventuallyEqual(async () => (await picker.names())[0], "Voice 499");
    await picker.element.getByText("15 voices").first().waitFor();
    await picker.element.getByLabel("Accent").selectOption("Accent 1");
    const both = voices.filter(({ name, accent }) => /499/.test(name) && accent === "Accent 1");
    await eventuallyEqual(
      picker.names,
      both.map(({ name }) => name),
    );
    await picker.search.fill("no such voice");
    await picker.state.getByText("No voices found").waitFor();
    await picker.button("Clear search and filters").click();
    await picker.element.getByText("5,000 voices").first().waitFor();
  });
});
