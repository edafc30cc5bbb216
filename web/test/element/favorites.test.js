/**
 * Favorites, in a browser with the running service.
 *
 * @import { Route } from "playwright-core"
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PickerPage } from "../support/picker-page.js";
import { useStage } from "../support/stage.js";
import { newUser } from "../support/tokens.js";
import { eventually, eventuallyEqual } from "../support/waiting.js";

const stage = useStage();

/** Return the ids of a user's favorites in the service. @param {string} user */
async function stored(user) {
  const favorites = await stage.client(user).favorites();
  return favorites.map((favorite) => favorite.voice_id);
}

/**
 * Hold all calls of an action. The returned function releases one call.
 *
 * @param {PickerPage} picker
 * @param {string} action
 */
async function hold(picker, action) {
  /** @type {Route[]} */
  const held = [];
  await picker.routeAction(action, (route) => held.push(route));
  return async () => {
    const route = await eventually(
      () => held.shift(),
      (next) => next !== undefined,
    );
    await route?.continue();
  };
}

describe("a star", () => {
  it("is stored, and the page gets a DOM event", async (test) => {
    const user = newUser();
    const picker = await stage.open(test, { user });
    await picker.star("Bruno").click();
    await eventuallyEqual(
      () => picker.events("favorite-changed"),
      [{ type: "favorite-changed", voice_id: "bruno", favorite: true }],
    );

    await picker.page.reload();

    await eventuallyEqual(picker.starred, ["Bruno"]);
    const [favorite] = await stage.client(user).favorites();
    assert.deepEqual(favorite.voice_data, {
      name: "Bruno",
      language: "de",
      accent: "Austrian",
      gender: "male",
    });
  });

  it("can be removed, and the page gets a DOM event", async (test) => {
    const user = newUser();
    await stage.client(user).addFavorite("bruno");
    const picker = await stage.open(test, { user });
    await eventuallyEqual(picker.starred, ["Bruno"]);

    await picker.star("Bruno").click();

    await eventuallyEqual(
      () => picker.events("favorite-changed"),
      [{ type: "favorite-changed", voice_id: "bruno", favorite: false }],
    );
    assert.deepEqual(await stored(user), []);
    await picker.page.reload();
    await picker.star("Bruno").waitFor();
    await eventuallyEqual(picker.starred, []);
  });

  it("is visible before the service responds", async (test) => {
    const picker = await stage.open(test);
    const release = await hold(picker, "add-favorite");

    await picker.star("Bruno").click();

    await eventuallyEqual(picker.starred, ["Bruno"]);
    assert.deepEqual(await picker.events("favorite-changed"), []);
    await release();
    await eventuallyEqual(() => picker.eventCount("favorite-changed"), 1);
    assert.deepEqual(await picker.starred(), ["Bruno"]);
  });

  it("is undone if it is rejected, and the reason is shown", async (test) => {
    const tooLong = { voice_id: "x".repeat(129), name: "Xenia" };
    const picker = await stage.open(test, { properties: { catalogue: [tooLong] } });

    await picker.star("Xenia").click();

    await picker.notice.getByText("Xenia could not be updated. id must be").waitFor();
    await eventuallyEqual(picker.starred, []);
    const [error] = await picker.events("error");
    assert.equal(error.action, "add-favorite");
    assert.equal(error.code, "VALIDATION_ERROR");
    assert.equal(error.voice_id, tooLong.voice_id);
  });

  it("is undone if the service cannot be reached", async (test) => {
    const user = newUser();
    await stage.client(user).addFavorite("bruno");
    const picker = await stage.open(test, { user });
    await eventuallyEqual(picker.starred, ["Bruno"]);
    await picker.routeAction("remove-favorite", (route) => route.abort());

    await picker.star("Bruno").click();

    await picker.notice.getByText("The service cannot be reached.").waitFor();
    await eventuallyEqual(picker.starred, ["Bruno"]);
    assert.deepEqual(await stored(user), ["bruno"]);
  });

  it("has the state that the user chose last", async (test) => {
    const user = newUser();
    const picker = await stage.open(test, { user });
    const release = await hold(picker, "add-favorite");
    for (let click = 0; click < 4; click += 1) await picker.star("Bruno").click();
    await eventuallyEqual(picker.starred, []);

    await release();

    await eventuallyEqual(
      async () => (await picker.events("favorite-changed")).map(({ favorite }) => favorite),
      [true, false],
    );
    assert.deepEqual(await picker.starred(), []);
    assert.deepEqual(await stored(user), []);
  });

  it("does not wait for the star of another voice", async (test) => {
    const user = newUser();
    const picker = await stage.open(test, { user });
    const release = await hold(picker, "add-favorite");
    await picker.star("Ada").click();
    await picker.star("Bruno").click();
    await eventuallyEqual(picker.starred, ["Ada", "Bruno"]);

    await release();
    await release();

    await eventuallyEqual(async () => (await stored(user)).sort(), ["ada", "bruno"]);
  });

  it("is undone for a signed-out user", async (test) => {
    const picker = await stage.open(test, { user: null });

    await picker.star("Bruno").click();

    await picker.notice.getByText("You are signed out.").waitFor();
    await eventuallyEqual(picker.starred, []);
  });
});

describe("the tab Favorites", () => {
  it("shows the newest first, and no removed favorites", async (test) => {
    const user = newUser();
    for (const id of ["ada", "bruno", "chen"]) await stage.client(user).addFavorite(id);
    const picker = await stage.open(test, { user, attributes: { tab: "favorites" } });
    await eventuallyEqual(picker.names, ["Chen", "Bruno", "Ada"]);
    await hold(picker, "remove-favorite");

    await picker.star("Bruno").click();

    await eventuallyEqual(picker.names, ["Chen", "Ada"]);
  });

  it("shows unavailable voices, which cannot be chosen", async (test) => {
    const user = newUser();
    await stage.client(user).addFavorite("zoe", { name: "Zoë", language: "fr" });
    const picker = await stage.open(test, { user, attributes: { tab: "favorites" } });
    await eventuallyEqual(picker.names, ["Zoë"]);
    await picker.row("Zoë").getByText("No longer available").waitFor();

    await picker.voice("Zoë").click();
    assert.equal(await picker.selected(), null);
    await picker.star("Zoë").click();

    await picker.state.getByText("No favorites yet").waitFor();
    await eventuallyEqual(() => stored(user), []);
    assert.deepEqual(await picker.events("voice-selected"), []);
  });

  it("leads to all voices if it is empty", async (test) => {
    const picker = await stage.open(test, { attributes: { tab: "favorites" } });
    await picker.state.getByText("Star a voice").waitFor();

    await picker.button("Browse all voices").click();

    await eventuallyEqual(picker.names, stage.voiceNames);
    assert.equal(await picker.element.getAttribute("tab"), "all");
  });
});

describe("two users", () => {
  it("have their own favorites on the demo page", async (test) => {
    const page = await stage.newPage(test);
    await page.goto(stage.service.url);
    const picker = new PickerPage(page);
    await picker.star("Rachel").click();
    await eventuallyEqual(picker.starred, ["Rachel"]);
    await eventuallyEqual(() => stored("alice"), ["rachel"]);

    await page.getByLabel("Bob").check();

    await eventuallyEqual(picker.starred, []);
    await picker.tab("Favorites").click();
    await picker.state.getByText("No favorites yet").waitFor();
    await page.getByLabel("Alice").check();
    await eventuallyEqual(picker.names, ["Rachel"]);
  });

  it("do not see each other's pending changes", async (test) => {
    const user = newUser();
    const otherUser = newUser();
    await stage.client(user).addFavorite("ada");
    const picker = await stage.open(test, { user });
    await eventuallyEqual(picker.starred, ["Ada"]);
    const release = await hold(picker, "add-favorite");
    await picker.star("Bruno").click();
    await eventuallyEqual(picker.starred, ["Ada", "Bruno"]);

    await picker.evaluate(
      (element, token) => {
        element.setAttribute("token", token);
      },
      await stage.service.token(otherUser),
    );
    await eventuallyEqual(picker.starred, []);
    await release();

    await eventuallyEqual(async () => (await stored(user)).sort(), ["ada", "bruno"]);
    assert.deepEqual(await picker.starred(), []);
    assert.deepEqual(await stored(otherUser), []);
  });
});

describe("the DOM event error", () => {
  it("does not bubble", async (test) => {
    const picker = await stage.open(test, { user: null });
    await picker.page.evaluate(() => {
      window.bubbled = [];
      for (const type of ["error", "favorite-changed", "voice-selected"])
        window.addEventListener(type, () => window.bubbled.push(type));
    });

    await picker.star("Bruno").click();
    await picker.notice.waitFor();
    await picker.voice("Bruno").click();

    await eventuallyEqual(() => picker.page.evaluate(() => window.bubbled), ["voice-selected"]);
    assert.ok((await picker.eventCount("error")) > 0);
  });
});
