/** Stars, in a real browser against the running service. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PickerPage } from "../support/picker-page.js";
import { becomes, useStage } from "../support/stage.js";
import { someone } from "../support/tokens.js";
import { eventually } from "../support/waiting.js";

const stage = useStage();
const stored = async (user) => {
  const favorites = await stage.client(user).favorites();
  return favorites.map((favorite) => favorite.voice_id);
};

/** Holds the calls of an action; what this returns lets the first one go that is held or will be. */
async function hold(picker, action) {
  const held = [];
  await picker.playNetwork(action, (route) => held.push(route));
  return async () => {
    await eventually(
      () => held.length,
      (length) => length > 0,
    );
    await held.shift().continue();
  };
}

describe("a star", () => {
  it("is kept, and the page is told", async (test) => {
    const user = someone();
    const picker = await stage.open(test, { user });
    await picker.star("Bruno").click();
    await becomes(
      () => picker.told("favorite-changed"),
      [{ type: "favorite-changed", voice_id: "bruno", favorite: true }],
    );

    await picker.page.reload();

    await becomes(picker.starred, ["Bruno"]);
    const [favorite] = await stage.client(user).favorites();
    assert.deepEqual(favorite.voice_data, {
      name: "Bruno",
      language: "de",
      accent: "Austrian",
      gender: "male",
    });
  });

  it("that is taken away is gone, and the page is told", async (test) => {
    const user = someone();
    await stage.client(user).addFavorite("bruno");
    const picker = await stage.open(test, { user });
    await becomes(picker.starred, ["Bruno"]);

    await picker.star("Bruno").click();

    await becomes(
      () => picker.told("favorite-changed"),
      [{ type: "favorite-changed", voice_id: "bruno", favorite: false }],
    );
    assert.deepEqual(await stored(user), []);
    await picker.page.reload();
    await picker.star("Bruno").waitFor();
    await becomes(picker.starred, []);
  });

  it("shows before the service has answered", async (test) => {
    const picker = await stage.open(test);
    const letGo = await hold(picker, "add-favorite");

    await picker.star("Bruno").click();

    await becomes(picker.starred, ["Bruno"]);
    assert.deepEqual(await picker.told("favorite-changed"), []);
    await letGo();
    await becomes(async () => (await picker.told("favorite-changed")).length, 1);
    assert.deepEqual(await picker.starred(), ["Bruno"]);
  });

  it("goes back if the service refuses it, and says why", async (test) => {
    const tooLong = { voice_id: "x".repeat(129), name: "Xenia" };
    const picker = await stage.open(test, { properties: { catalogue: [tooLong] } });

    await picker.star("Xenia").click();

    await picker.notice.getByText("Xenia could not be changed. id must be").waitFor();
    await becomes(picker.starred, []);
    const [told] = await picker.told("error");
    assert.equal(told.action, "add-favorite");
    assert.equal(told.code, "VALIDATION_ERROR");
    assert.equal(told.voice_id, tooLong.voice_id);
  });

  it("goes back if the service cannot be reached, and says so", async (test) => {
    const user = someone();
    await stage.client(user).addFavorite("bruno");
    const picker = await stage.open(test, { user });
    await becomes(picker.starred, ["Bruno"]);
    await picker.playNetwork("remove-favorite", (route) => route.abort());

    await picker.star("Bruno").click();

    await picker.notice.getByText("The service cannot be reached.").waitFor();
    await becomes(picker.starred, ["Bruno"]);
    assert.deepEqual(await stored(user), ["bruno"]);
  });

  it("given and taken in a hurry ends as it was chosen last", async (test) => {
    const user = someone();
    const picker = await stage.open(test, { user });
    const letGo = await hold(picker, "add-favorite");
    for (let click = 0; click < 4; click += 1) await picker.star("Bruno").click();
    await becomes(picker.starred, []);

    await letGo();

    await becomes(
      async () => (await picker.told("favorite-changed")).map(({ favorite }) => favorite),
      [true, false],
    );
    assert.deepEqual(await picker.starred(), []);
    assert.deepEqual(await stored(user), []);
  });

  it("for one voice does not wait for another's", async (test) => {
    const user = someone();
    const picker = await stage.open(test, { user });
    const letGo = await hold(picker, "add-favorite");
    await picker.star("Ada").click();
    await picker.star("Bruno").click();
    await becomes(picker.starred, ["Ada", "Bruno"]);

    await letGo();
    await letGo();

    await becomes(async () => (await stored(user)).sort(), ["ada", "bruno"]);
  });

  it("by nobody goes back, and says to sign in", async (test) => {
    const picker = await stage.open(test, { user: null });

    await picker.star("Bruno").click();

    await picker.notice.getByText("You are signed out.").waitFor();
    await becomes(picker.starred, []);
  });
});

describe("the tab of favorites", () => {
  it("has the newest first, and loses at once what is unstarred", async (test) => {
    const user = someone();
    for (const id of ["ada", "bruno", "chen"]) await stage.client(user).addFavorite(id);
    const picker = await stage.open(test, { user, attributes: { tab: "favorites" } });
    await becomes(picker.names, ["Chen", "Bruno", "Ada"]);
    await hold(picker, "remove-favorite");

    await picker.star("Bruno").click();

    await becomes(picker.names, ["Chen", "Ada"]);
  });

  it("shows a favorite that the catalogue has no more, which cannot be chosen", async (test) => {
    const user = someone();
    await stage.client(user).addFavorite("zoe", { name: "Zoë", language: "fr" });
    const picker = await stage.open(test, { user, attributes: { tab: "favorites" } });
    await becomes(picker.names, ["Zoë"]);
    await picker.row("Zoë").getByText("No longer available").waitFor();

    await picker.voice("Zoë").click();
    assert.equal(await picker.selected(), null);
    await picker.star("Zoë").click();

    await picker.state.getByText("No favorites yet").waitFor();
    await becomes(() => stored(user), []);
    assert.deepEqual(await picker.told("voice-selected"), []);
  });

  it("says what to do while there is none, and leads to the voices", async (test) => {
    const picker = await stage.open(test, { attributes: { tab: "favorites" } });
    await picker.state.getByText("Star a voice").waitFor();

    await picker.button("Browse all voices").click();

    await becomes(
      picker.names,
      stage.voices.map(({ name }) => name),
    );
    assert.equal(await picker.element.getAttribute("tab"), "all");
  });
});

describe("two users", () => {
  it("have favorites of their own, on the page of make run", async (test) => {
    const page = await stage.newPage(test);
    await page.goto(stage.service.url);
    const picker = new PickerPage(page);
    await picker.star("Rachel").click();
    await becomes(picker.starred, ["Rachel"]);
    await becomes(() => stored("alice"), ["rachel"]);

    await page.getByLabel("Bob").check();

    await becomes(picker.starred, []);
    await picker.tab("Favorites").click();
    await picker.state.getByText("No favorites yet").waitFor();
    await page.getByLabel("Alice").check();
    await becomes(picker.names, ["Rachel"]);
  });

  it("do not see what was still under way for the other", async (test) => {
    const [one, other] = [someone(), someone()];
    await stage.client(one).addFavorite("ada");
    const picker = await stage.open(test, { user: one });
    await becomes(picker.starred, ["Ada"]);
    const letGo = await hold(picker, "add-favorite");
    await picker.star("Bruno").click();
    await becomes(picker.starred, ["Ada", "Bruno"]);

    await picker.element.evaluate(
      (element, token) => {
        element.setAttribute("token", token);
      },
      await stage.service.token(other),
    );
    await becomes(picker.starred, []);
    await letGo();

    await becomes(async () => (await stored(one)).sort(), ["ada", "bruno"]);
    assert.deepEqual(await picker.starred(), []);
    assert.deepEqual(await stored(other), []);
  });
});

describe("the event of an error", () => {
  it("stays with the element, where a page that watches for errors does not see it", async (test) => {
    const picker = await stage.open(test, { user: null });
    await picker.page.evaluate(() => {
      window.bubbled = [];
      for (const type of ["error", "favorite-changed", "voice-selected"])
        window.addEventListener(type, () => window.bubbled.push(type));
    });

    await picker.star("Bruno").click();
    await picker.notice.waitFor();
    await picker.voice("Bruno").click();

    await becomes(() => picker.page.evaluate(() => window.bubbled), ["voice-selected"]);
    assert.ok((await picker.told("error")).length > 0);
  });
});
