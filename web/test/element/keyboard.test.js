/** The picker by keyboard alone. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { becomes, useStage } from "../support/stage.js";
import { someone } from "../support/tokens.js";

const stage = useStage();

const many = Array.from({ length: 100 }, (_, index) => {
  const name = `Voice ${index + 1}`;
  return { voice_id: name, name, preview_url: "/none.wav" };
});

/** A picker with the focus on the first voice. */
async function onGrid(test, options) {
  const picker = await stage.open(test, options);
  await picker.rows.first().waitFor();
  await picker.search.focus();
  await picker.press("ArrowDown");
  return picker;
}

async function withFavorites(...ids) {
  const user = someone();
  for (const id of ids) await stage.client(user).addFavorite(id);
  return { user, attributes: { tab: "favorites" } };
}

/** Whether what has the focus is seen whole in the list. */
const isFocusSeen = (picker) =>
  picker.element.evaluate(({ shadowRoot }) => {
    const list = shadowRoot.querySelector('[part="list"]').getBoundingClientRect();
    const { top, bottom } = shadowRoot.activeElement.getBoundingClientRect();
    return top > list.top - 1 && bottom < list.bottom + 1; // parts of a pixel are not seen
  });

describe("the Tab key", () => {
  it("goes through search, tab, filters and list, and on", async (test) => {
    const picker = await stage.open(test, { content: "", user: null });
    await picker.voice("Ada").waitFor();
    const order = [];
    for (let press = 0; press < 7; press += 1) {
      await picker.press("Tab");
      order.push(await picker.focused());
    }

    const all = ["Search voices", "All", "Language", "Accent", "Gender", "Ada", ""];
    assert.deepEqual(order, all);
    await picker.press("Shift+Tab");
    assert.equal(await picker.focused(), "Ada");
  });
});

describe("the tabs", () => {
  for (const [direction, forward, back] of [
    ["ltr", "ArrowRight", "ArrowLeft"],
    ["rtl", "ArrowLeft", "ArrowRight"],
  ]) {
    it(`follow the arrows of a ${direction} page, and open as the focus comes`, async (test) => {
      const picker = await stage.open(test, { root: { dir: direction } });
      await picker.tab("All").focus();

      for (const [key, expected] of [
        [forward, "Favorites"],
        [forward, "Recent"],
        [back, "Favorites"],
        ["End", "Popular"],
        [forward, "All"],
        [back, "Popular"],
        ["Home", "All"],
      ]) {
        await picker.press(key);
        assert.equal(await picker.focused(), expected);
        assert.equal(await picker.tab(expected).getAttribute("aria-selected"), "true");
        await becomes(() => picker.element.getAttribute("tab"), expected.toLowerCase());
      }
    });
  }
});

describe("the list", () => {
  it("is entered from the search, and gone through by arrows", async (test) => {
    const picker = await onGrid(test);

    for (const [key, expected] of [
      ["ArrowDown", "Bruno"],
      ["ArrowRight", "Favorite: Bruno"],
      ["ArrowRight", "Favorite: Bruno"],
      ["ArrowDown", "Favorite: Chen"],
      ["ArrowLeft", "Chen"],
      ["ArrowLeft", "Play a preview of Chen"],
      ["ArrowLeft", "Play a preview of Chen"],
      ["ArrowUp", "Play a preview of Bruno"],
      ["End", "Favorite: Bruno"],
      ["Home", "Play a preview of Bruno"],
      ["Control+End", "Favorite: Hana"],
      ["ArrowDown", "Favorite: Hana"],
      ["Control+Home", "Play a preview of Ada"],
      ["ArrowUp", "Play a preview of Ada"],
    ]) {
      await picker.press(key);
      assert.equal(await picker.focused(), expected, key);
    }
  });

  it("is gone through the other way round where one reads from the right", async (test) => {
    const picker = await onGrid(test, { root: { dir: "rtl" } });

    await picker.press("ArrowLeft");
    assert.equal(await picker.focused(), "Favorite: Ada");
    await picker.press("ArrowRight", "ArrowRight");
    assert.equal(await picker.focused(), "Play a preview of Ada");
  });

  it("scrolls with the focus, by pages and to its ends", async (test) => {
    const picker = await onGrid(test, { properties: { catalogue: many } });
    assert.equal(await picker.focused(), "Voice 1");

    await picker.press("PageDown");
    const page = Number((await picker.focused()).slice("Voice ".length)) - 1;
    assert.ok(page >= 3 && page <= 10, `${page} a page`);
    assert.equal(await isFocusSeen(picker), true);
    await picker.press("PageDown");
    assert.equal(await picker.focused(), `Voice ${2 * page + 1}`);
    assert.equal(await isFocusSeen(picker), true);
    await picker.press("PageUp");
    assert.equal(await picker.focused(), `Voice ${page + 1}`);
    await picker.press("Control+End", "ArrowLeft");
    assert.equal(await picker.focused(), "Voice 100");
    assert.equal(await isFocusSeen(picker), true);
    await picker.press("PageDown");
    assert.equal(await picker.focused(), "Voice 100");
    await picker.press("Control+Home");
    assert.equal(await picker.focused(), "Play a preview of Voice 1");
    assert.equal(await isFocusSeen(picker), true);
  });

  it("keeps the focus when it is scrolled away by hand", async (test) => {
    const picker = await onGrid(test, { properties: { catalogue: many } });
    const list = picker.element.locator('[part="list"]');
    await list.evaluate((it) => it.scrollTo(0, 4_000));
    await picker.voice("Voice 65").waitFor();
    assert.equal(await picker.focused(), "Voice 1");

    await picker.press("ArrowDown");

    assert.equal(await picker.focused(), "Voice 2");
    assert.equal(await isFocusSeen(picker), true);
  });

  it("tells a screen reader how long it is, and which row is where", async (test) => {
    const picker = await onGrid(test, { properties: { catalogue: many } });
    await picker.press("Control+End");

    const list = picker.element.getByRole("grid", { name: "Voices" });
    assert.equal(await list.getAttribute("aria-rowcount"), "100");
    assert.equal(await picker.row("Voice 100").getAttribute("aria-rowindex"), "100");
    await picker.element.getByRole("status").getByText("100 voices").waitFor({ state: "attached" });
  });

  for (const key of ["Enter", "Space"]) {
    it(`takes ${key} for choosing, for a star and for a preview`, async (test) => {
      const picker = await onGrid(test);

      await picker.press(key);
      assert.equal(await picker.selected(), "ada");
      await picker.press("ArrowRight", key);
      await becomes(picker.starred, ["Ada"]);
      assert.equal(await picker.focused(), "Favorite: Ada");
      await picker.press("Home", key);
      await becomes(picker.focused, "Stop the preview of Ada");
    });
  }
});

describe("the Escape key", () => {
  it("clears the search, and only then reaches the page", async (test) => {
    const picker = await stage.open(test);
    await picker.search.fill("bru");
    await becomes(picker.names, ["Bruno"]);
    await picker.page.evaluate(() => {
      window.escapes = 0;
      addEventListener("keydown", () => (window.escapes += 1));
    });

    await picker.press("Escape");

    await becomes(async () => (await picker.names()).length, 8);
    assert.equal(await picker.search.inputValue(), "");
    assert.equal(await picker.page.evaluate(() => window.escapes), 0);
    await picker.press("Escape");
    assert.equal(await picker.page.evaluate(() => window.escapes), 1);
  });
});

describe("the focus is never lost", () => {
  it("when the favorite under it is unstarred: it goes to the next one, at last to the way on", async (test) => {
    const picker = await onGrid(test, await withFavorites("chen", "bruno", "ada"));
    await becomes(picker.names, ["Ada", "Bruno", "Chen"]);
    await picker.press("End", "ArrowDown");
    assert.equal(await picker.focused(), "Favorite: Bruno");

    await picker.press("Enter");
    await becomes(picker.focused, "Favorite: Chen");
    await picker.press("Enter");
    await becomes(picker.focused, "Favorite: Ada");
    await picker.press("Enter");

    await becomes(picker.focused, "Browse all voices");
  });

  it("when the voice under it moves to the top", async (test) => {
    const user = someone();
    const client = stage.client(user);
    await client.trackUsage("bruno");
    await becomes(async () => (await client.recent()).length, 1);
    await client.trackUsage("ada");
    await becomes(async () => (await client.recent()).length, 2);
    const picker = await onGrid(test, { user, attributes: { tab: "recent" } });
    await picker.press("ArrowDown");
    assert.equal(await picker.focused(), "Bruno");

    await picker.press("Enter");

    await becomes(picker.names, ["Bruno", "Ada"]);
    assert.equal(await picker.focused(), "Bruno");
  });

  it("when the way on from an empty tab is taken", async (test) => {
    const picker = await stage.open(test, { attributes: { tab: "favorites" } });
    await picker.button("Browse all voices").focus();

    await picker.press("Enter");

    await picker.voice("Ada").waitFor();
    await becomes(picker.focused, "Ada");
  });

  it("when a search that finds nothing is cleared", async (test) => {
    const picker = await stage.open(test);
    await picker.search.fill("nobody");
    await picker.button("Clear search and filters").focus();

    await picker.press("Enter");

    await becomes(picker.focused, "Ada");
  });

  it("when trying again works", async (test) => {
    const picker = await stage.open(test, {
      ...(await withFavorites("bruno")),
      prepare: (page) => page.route("**/v1", (route) => route.abort()),
    });
    await picker.button("Try again").focus();
    await picker.page.unrouteAll();

    await picker.press("Enter");

    await becomes(picker.focused, "Bruno");
  });

  it("when trying again works beside a list", async (test) => {
    const picker = await stage.open(test, {
      prepare: (page) => page.route("**/v1", (route) => route.abort()),
    });
    await picker.banner.getByRole("button", { name: "Try again" }).focus();
    await picker.page.unrouteAll();

    await picker.press("Enter");

    await picker.banner.waitFor({ state: "hidden" });
    await becomes(picker.focused, "Ada");
  });

  it("when the list under it loads anew for another user", async (test) => {
    const picker = await onGrid(test, await withFavorites("bruno"));
    assert.equal(await picker.focused(), "Bruno");

    await picker.element.evaluate((element) => element.removeAttribute("token"));

    await picker.state.getByText("You are signed out").waitFor();
    assert.equal(await picker.focused(), "Favorites");
  });
});
