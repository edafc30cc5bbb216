/**
 * The picker for a user who has only a keyboard.
 *
 * @import { TestContext } from "node:test"
 * @import { PickerPage } from "../support/picker-page.js"
 * @import { PageOptions } from "../support/stage.js"
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { useStage } from "../support/stage.js";
import { newUser } from "../support/tokens.js";
import { eventuallyEqual } from "../support/waiting.js";

const stage = useStage();

const many = Array.from({ length: 100 }, (_, index) => {
  const name = `Voice ${index + 1}`;
  return { voice_id: name, name, preview_url: "/none.wav" };
});

/**
 * Open a picker, and focus the first voice.
 *
 * @param {TestContext} test
 * @param {PageOptions} [options]
 */
async function onGrid(test, options) {
  const picker = await stage.open(test, options);
  await picker.rows.first().waitFor();
  await picker.search.focus();
  await picker.press("ArrowDown");
  return picker;
}

/** Create a user with these favorites, and return the page options. @param {...string} ids */
async function withFavorites(...ids) {
  const user = newUser();
  for (const id of ids) await stage.client(user).addFavorite(id);
  return { user, attributes: { tab: "favorites" } };
}

/** Return whether the focused element is fully visible in the list. @param {PickerPage} picker */
function isFocusVisible(picker) {
  return picker.evaluate(({ shadowRoot }) => {
    const list = shadowRoot.querySelector('[part="list"]')?.getBoundingClientRect();
    const focused = shadowRoot.activeElement?.getBoundingClientRect();
    if (!list || !focused) return false;
    return focused.top > list.top - 1 && focused.bottom < list.bottom + 1; // rounded pixels
  });
}

describe("the key Tab", () => {
  it("visits search, tab, filters and list", async (test) => {
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
    it(`are opened by the arrow keys, ${direction}`, async (test) => {
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
        await eventuallyEqual(() => picker.element.getAttribute("tab"), expected.toLowerCase());
      }
    });
  }
});

describe("the list", () => {
  it("is entered from the search field with an arrow key", async (test) => {
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

  it("reverses the arrow keys on a right-to-left page", async (test) => {
    const picker = await onGrid(test, { root: { dir: "rtl" } });

    await picker.press("ArrowLeft");
    assert.equal(await picker.focused(), "Favorite: Ada");
    await picker.press("ArrowRight", "ArrowRight");
    assert.equal(await picker.focused(), "Play a preview of Ada");
  });

  it("scrolls with the focus", async (test) => {
    const picker = await onGrid(test, { properties: { catalogue: many } });
    assert.equal(await picker.focused(), "Voice 1");

    await picker.press("PageDown");
    const page = Number((await picker.focused()).slice("Voice ".length)) - 1;
    assert.ok(page >= 3 && page <= 10, `${page} rows`);
    assert.equal(await isFocusVisible(picker), true);
    await picker.press("PageDown");
    assert.equal(await picker.focused(), `Voice ${2 * page + 1}`);
    assert.equal(await isFocusVisible(picker), true);
    await picker.press("PageUp");
    assert.equal(await picker.focused(), `Voice ${page + 1}`);
    await picker.press("Control+End", "ArrowLeft");
    assert.equal(await picker.focused(), "Voice 100");
    assert.equal(await isFocusVisible(picker), true);
    await picker.press("PageDown");
    assert.equal(await picker.focused(), "Voice 100");
    await picker.press("Control+Home");
    assert.equal(await picker.focused(), "Play a preview of Voice 1");
    assert.equal(await isFocusVisible(picker), true);
  });

  it("keeps the focus when the user scrolls", async (test) => {
    const picker = await onGrid(test, { properties: { catalogue: many } });
    const { list } = picker;
    await list.evaluate((element) => element.scrollTo(0, 4_000));
    await picker.voice("Voice 65").waitFor();
    assert.equal(await picker.focused(), "Voice 1");

    await picker.press("ArrowDown");

    assert.equal(await picker.focused(), "Voice 2");
    assert.equal(await isFocusVisible(picker), true);
  });

  it("reports its length and positions to screen readers", async (test) => {
    const picker = await onGrid(test, { properties: { catalogue: many } });
    await picker.press("Control+End");

    const list = picker.element.getByRole("grid", { name: "Voices" });
    assert.equal(await list.getAttribute("aria-rowcount"), "100");
    assert.equal(await picker.row("Voice 100").getAttribute("aria-rowindex"), "100");
    await picker.element.getByRole("status").getByText("100 voices").waitFor({ state: "attached" });
  });

  for (const key of ["Enter", "Space"]) {
    it(`accepts ${key} for a voice, a star and a preview`, async (test) => {
      const picker = await onGrid(test);

      await picker.press(key);
      assert.equal(await picker.selected(), "ada");
      await picker.press("ArrowRight", key);
      await eventuallyEqual(picker.starred, ["Ada"]);
      assert.equal(await picker.focused(), "Favorite: Ada");
      await picker.press("Home", key);
      await eventuallyEqual(picker.focused, "Stop the preview of Ada");
    });
  }
});

describe("the key Escape", () => {
  it("first clears the search, and only then reaches the page", async (test) => {
    const picker = await stage.open(test);
    await picker.search.fill("bru");
    await eventuallyEqual(picker.names, ["Bruno"]);
    await picker.page.evaluate(() => {
      window.escapes = 0;
      addEventListener("keydown", () => {
        window.escapes += 1;
      });
    });

    await picker.press("Escape");

    await eventuallyEqual(async () => (await picker.names()).length, 8);
    assert.equal(await picker.search.inputValue(), "");
    assert.equal(await picker.page.evaluate(() => window.escapes), 0);
    await picker.press("Escape");
    assert.equal(await picker.page.evaluate(() => window.escapes), 1);
  });
});

describe("the focus stays in the picker", () => {
  it("when a favorite is removed", async (test) => {
    const picker = await onGrid(test, await withFavorites("chen", "bruno", "ada"));
    await eventuallyEqual(picker.names, ["Ada", "Bruno", "Chen"]);
    await picker.press("End", "ArrowDown");
    assert.equal(await picker.focused(), "Favorite: Bruno");

    await picker.press("Enter");
    await eventuallyEqual(picker.focused, "Favorite: Chen");
    await picker.press("Enter");
    await eventuallyEqual(picker.focused, "Favorite: Ada");
    await picker.press("Enter");

    await eventuallyEqual(picker.focused, "Browse all voices");
  });

  it("when the focused voice moves to the top", async (test) => {
    const user = newUser();
    const client = stage.client(user);
    await client.trackUsage("bruno");
    await eventuallyEqual(async () => (await client.recent()).length, 1);
    await client.trackUsage("ada");
    await eventuallyEqual(async () => (await client.recent()).length, 2);
    const picker = await onGrid(test, { user, attributes: { tab: "recent" } });
    await picker.press("ArrowDown");
    assert.equal(await picker.focused(), "Bruno");

    await picker.press("Enter");

    await eventuallyEqual(picker.names, ["Bruno", "Ada"]);
    assert.equal(await picker.focused(), "Bruno");
  });

  it("when the user leaves an empty list", async (test) => {
    const picker = await stage.open(test, { attributes: { tab: "favorites" } });
    await picker.button("Browse all voices").focus();

    await picker.press("Enter");

    await picker.voice("Ada").waitFor();
    await eventuallyEqual(picker.focused, "Ada");
  });

  it("when a search without results is cleared", async (test) => {
    const picker = await stage.open(test);
    await picker.search.fill("nobody");
    await picker.button("Clear search and filters").focus();

    await picker.press("Enter");

    await eventuallyEqual(picker.focused, "Ada");
  });

  it("when the retry of a failed list succeeds", async (test) => {
    const picker = await stage.open(test, {
      ...(await withFavorites("bruno")),
      prepare: (page) => page.route("**/v1", (route) => route.abort()),
    });
    await picker.button("Try again").focus();
    await picker.page.unrouteAll();

    await picker.press("Enter");

    await eventuallyEqual(picker.focused, "Bruno");
  });

  it("when the retry in the banner succeeds", async (test) => {
    const picker = await stage.open(test, {
      prepare: (page) => page.route("**/v1", (route) => route.abort()),
    });
    await picker.banner.getByRole("button", { name: "Try again" }).focus();
    await picker.page.unrouteAll();

    await picker.press("Enter");

    await picker.banner.waitFor({ state: "hidden" });
    await eventuallyEqual(picker.focused, "Ada");
  });

  it("when the user signs out", async (test) => {
    const picker = await onGrid(test, await withFavorites("bruno"));
    assert.equal(await picker.focused(), "Bruno");

    await picker.evaluate((element) => element.removeAttribute("token"));

    await picker.state.getByText("You are signed out").waitFor();
    assert.equal(await picker.focused(), "Favorites");
  });
});
