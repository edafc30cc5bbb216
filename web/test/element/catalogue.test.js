/** Catalogues that are long, strange, late or not there. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { raw, silent } from "../support/gateway.js";
import { becomes, useStage } from "../support/stage.js";
import { someone } from "../support/tokens.js";
import { eventually } from "../support/waiting.js";

const stage = useStage();
const named = (...names) => names.map((name) => ({ voice_id: name, name }));
const json = (value) => raw(200, JSON.stringify(value), { "content-type": "application/json" });
const offer = (test, catalogue) => stage.open(test, { properties: { catalogue } });

describe("a name", () => {
  it("that is markup is text", async (test) => {
    const markup = `<img src=x onerror="document.title='executed'"><script>alert(1)</script>`;
    const voice = { voice_id: "a", language: markup, accent: markup, description: markup };
    const picker = await offer(test, [{ ...voice, name: markup }, ...named("Ada")]);

    await becomes(picker.names, [markup, "Ada"]);
    await picker.star(markup).click();
    await picker.voice(markup).click();
    await becomes(async () => (await picker.told("favorite-changed")).length, 1);

    assert.equal(await picker.element.locator("img, script").count(), 0);
    assert.equal(await picker.page.title(), "A page of one's own");
  });

  it("of 10,000 characters takes one line", async (test) => {
    const long = { voice_id: "a", name: "W".repeat(10_000), description: "x".repeat(10_000) };
    const picker = await offer(test, [long, ...named("Ada")]);
    await picker.voice("Ada").waitFor();

    const [first, second] = await picker.rows.evaluateAll((rows) =>
      rows.map((row) => ({ height: row.offsetHeight, fits: row.scrollWidth <= row.clientWidth })),
    );

    assert.deepEqual(first, second);
    assert.equal(first.fits, true);
  });

  it("in a script that runs from the right does not turn what is beside it", async (test) => {
    const name = "\u202eليلى (1)";
    const voice = { voice_id: "layla", name, language: "ar", accent: "مصري", description: "ok" };
    const picker = await offer(test, [voice]);
    await picker.rows.waitFor();

    const order = await picker.rows.evaluate((row) => {
      const left = (part) => row.querySelector(`[part~="${part}"]`).getBoundingClientRect().left;
      return left("preview") < left("name") && left("name") < left("star");
    });

    assert.equal(order, true);
    assert.deepEqual(await picker.names(), [name]);
  });
});

describe("an id", () => {
  it("may be any text, and comes back as it is", async (test) => {
    const ids = ["a#b", "../x", "é", "🎙️", "VOICE#x", "__proto__", 'quo"te', "a b"];
    const voices = ids.map((id, index) => ({ voice_id: id, name: `Odd ${index}` }));
    const user = someone();
    const picker = await stage.open(test, { user, properties: { catalogue: voices } });

    for (const [index, id] of ids.entries()) {
      await picker.star(`Odd ${index}`).click();
      await picker.voice(`Odd ${index}`).click();
      assert.equal(await picker.selected(), id);
    }

    await becomes(async () => (await picker.told("favorite-changed")).length, ids.length);
    const told = await picker.told("favorite-changed");
    assert.deepEqual(told.map((each) => each.voice_id).sort(), [...ids].sort());
    const favorites = await stage.client(user).favorites();
    assert.deepEqual(favorites.map((each) => each.voice_id).sort(), [...ids].sort());
  });
});

describe("a catalogue", () => {
  it("has its strange entries left out or shown as well as can be", async (test) => {
    const strange = [null, 7, "x", [], {}, { voice_id: null }, { voice_id: "" }, { voice_id: " " }];
    const odd = { voice_id: 5, name: {}, language: 3, gender: "constructor", preview_url: [] };
    const twice = [...named("Ada"), { voice_id: "Ada", name: "Another" }];
    const picker = await offer(test, [...strange, odd, ...twice]);

    await becomes(picker.names, ["5", "Ada"]);
    await picker.row("5").getByText("constructor").waitFor();
  });

  it("that cannot be read is said so, the page is told, and one can try again", async (test) => {
    const picker = await offer(test, stage.voices);
    const failed = "That did not work";
    for (const [catalogue, says] of [
      [{ voices: [] }, failed], // no list
      ["/none.json", failed],
      [stage.host.show("/page.json", "<!doctype html><p>Please sign in"), failed],
      ["http://127.0.0.1:1/voices.json", "The service cannot be reached"], // nobody serves it
      ["http://", failed], // no address
    ]) {
      await picker.set({ catalogue: stage.voices });
      await picker.voice("Ada").waitFor();
      await picker.page.evaluate(() => window.told.splice(0));

      await picker.set({ catalogue });

      await picker.state.getByText(says).waitFor();
      await picker.button("Try again").waitFor();
      await becomes(async () => (await picker.told("error")).at(-1)?.action, "catalogue");
    }
  });

  it("that never comes leaves it loading, until the page gives another", async (test) => {
    const picker = await offer(test, stage.host.serve("/never.json", silent));
    await picker.element
      .getByRole("status")
      .getByText("Loading voices…")
      .waitFor({ state: "attached" });
    await picker.element.locator('[part="skeleton"]').waitFor();

    await picker.set({ catalogue: named("Ada") });

    await becomes(picker.names, ["Ada"]);
  });

  it("that was given last counts, whichever comes first", async (test) => {
    const late = [];
    stage.host.serve("/late.json", (response) => late.push(response));
    stage.host.serve("/soon.json", json(named("Soon")));
    const picker = await offer(test, "/late.json");
    await becomes(() => late.length, 1);
    await picker.set({ catalogue: "/soon.json" });
    await becomes(picker.names, ["Soon"]);

    json(named("Late"))(late[0]);
    await picker.star("Soon").click();

    await becomes(picker.starred, ["Soon"]);
    assert.deepEqual(await picker.names(), ["Soon"]);
  });

  it("has its previews beside it", async (test) => {
    const voices = [{ voice_id: "ada", name: "Ada", preview_url: "ada.wav" }];
    stage.host.serve("/deep/voices.json", json(voices));
    const asked = [];
    stage.host.serve("/deep/ada.wav", (response) => asked.push(response.req.url));
    const picker = await offer(test, "/deep/voices.json");

    await picker.play("Ada").click();

    await becomes(() => asked.slice(0, 1), ["/deep/ada.wav"]);
  });

  it("without voices says so", async (test) => {
    const picker = await offer(test, []);

    await picker.state.getByText("There are no voices to choose from.").waitFor();
  });
});

describe("5,000 voices", () => {
  const voices = Array.from({ length: 5_000 }, (_, index) => ({
    voice_id: `v${index + 1}`,
    name: `Voice ${index + 1}`,
    accent: `Accent ${index % 7}`,
  }));

  it("are in the page only as far as they are seen", async (test) => {
    const picker = await offer(test, voices);
    await picker.voice("Voice 1").waitFor();
    const list = picker.element.locator('[part="list"]');
    assert.ok((await picker.rows.count()) < 60);

    await list.evaluate((it) => it.scrollTo(0, it.scrollHeight / 2));
    await eventually(picker.names, (names) => names.some((name) => /^Voice 2[45]\d\d$/.test(name)));
    assert.ok((await picker.rows.count()) < 60);
    await list.evaluate((it) => it.scrollTo(0, it.scrollHeight));

    await picker.voice("Voice 5000").waitFor();
    assert.ok((await picker.rows.count()) < 60);
    assert.equal(await picker.rows.last().getAttribute("aria-rowindex"), "5000");
  });

  it("are searched and filtered from the top of the list", async (test) => {
    const picker = await offer(test, voices);
    await picker.voice("Voice 1").waitFor();
    await picker.element.locator('[part="list"]').evaluate((it) => it.scrollTo(0, 100_000));

    await picker.search.fill("voice 499");

    await becomes(async () => (await picker.names())[0], "Voice 499");
    await picker.element.getByText("15 voices").first().waitFor();
    await picker.element.getByLabel("Accent").selectOption("Accent 1");
    const both = voices.filter(({ name, accent }) => /499/.test(name) && accent === "Accent 1");
    await becomes(
      picker.names,
      both.map(({ name }) => name),
    );
    await picker.search.fill("none of them");
    await picker.state.getByText("No voice matches").waitFor();
    await picker.button("Clear search and filters").click();
    await picker.element.getByText("5,000 voices").first().waitFor();
  });
});
