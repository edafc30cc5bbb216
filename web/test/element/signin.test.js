/**
 * Signed-in and signed-out users, and tokens that expire or cannot be obtained.
 *
 * @import { GetToken } from "../../src/api-service.js"
 * @import { PickerPage } from "../support/picker-page.js"
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { useStage } from "../support/stage.js";
import { deferred } from "../support/timers.js";
import { getTokenReturning, newUser, tokenOf } from "../support/tokens.js";
import { eventuallyEqual } from "../support/waiting.js";

const stage = useStage();

/** Use the test's `getToken` in the page. @param {PickerPage} picker @param {GetToken} getToken */
async function signIn(picker, getToken) {
  await picker.page.exposeFunction("getTokenOfTest", getToken);
  await picker.evaluate((element) => {
    element.getToken = (options) => window.getTokenOfTest(options);
  });
}

/** Create a user with one favorite. */
async function userWithFavorite() {
  const user = newUser();
  await stage.client(user).addFavorite("bruno");
  return user;
}

describe("a token", () => {
  it("is refreshed if it expires soon", async (test) => {
    const user = await userWithFavorite();
    const response = await fetch(`${stage.service.url}/dev/token?user=${user}&seconds=5`);
    const { token } = /** @type {{token: string}} */ (await response.json());
    const getToken = getTokenReturning(token, tokenOf(user));
    const picker = await stage.open(test, { user: null });

    await signIn(picker, getToken);

    await eventuallyEqual(picker.starred, ["Bruno"]);
    assert.deepEqual(getToken.refreshes, [false, true]);
  });

  it("is refreshed once if the service rejects it", async (test) => {
    const user = await userWithFavorite();
    const getToken = getTokenReturning(tokenOf(user, 3600, "another secret"), tokenOf(user));
    const picker = await stage.open(test, { user: null });

    await signIn(picker, getToken);

    await eventuallyEqual(picker.starred, ["Bruno"]);
    assert.deepEqual(getToken.refreshes, [false, true]);
  });

  it("leads to the signed-out state if it is rejected again", async (test) => {
    const picker = await stage.open(test, { user: null, attributes: { tab: "favorites" } });

    await signIn(picker, getTokenReturning(tokenOf(newUser(), -3600)));

    await picker.state.getByText("You are signed out").waitFor();
    await eventuallyEqual(async () => (await picker.events("error")).at(-1)?.code, "INVALID_TOKEN");
  });

  it("is not needed to choose a voice", async (test) => {
    const picker = await stage.open(test, { user: null, attributes: { tab: "favorites" } });

    await signIn(picker, () => {
      throw new Error("the identity provider is down");
    });

    await picker.state.getByText("to the owner of the page: TOKEN_ERROR").waitFor();
    await picker.button("Try again").waitFor();
    await picker.tab("All").click();
    await eventuallyEqual(async () => (await picker.names()).length, 8);
    await picker.voice("Bruno").click();
    await eventuallyEqual(picker.selected, "bruno");
  });

  it("causes an error if it takes ten seconds", async (test) => {
    const picker = await stage.open(test, {
      user: null,
      attributes: { tab: "favorites" },
      prepare: (page) => page.clock.install(),
    });
    await picker.state.getByText("You are signed out").waitFor();
    const requested = deferred();
    await signIn(picker, () => {
      requested.resolve();
      return new Promise(() => {});
    });
    await requested.promise;

    await picker.page.clock.fastForward(10_000);

    await picker.state.getByText("TOKEN_ERROR").waitFor();
  });
});

describe("a signed-out user", () => {
  it("sees the sign-in button of the page", async (test) => {
    const user = await userWithFavorite();
    const content = '<button slot="sign-in" id="sign-in">Sign in here</button>';
    const attributes = { tab: "favorites" };
    const picker = await stage.open(test, { user: null, content, attributes });
    await picker.state.getByText("Sign in to see your favorites").waitFor();
    const button = picker.page.locator("#sign-in");
    assert.equal(await button.isVisible(), true);
    await picker.page.evaluate((token) => {
      document.querySelector("#sign-in")?.addEventListener("click", () => {
        document.querySelector("voice-picker")?.setAttribute("token", token);
      });
    }, tokenOf(user));

    await button.click();

    await eventuallyEqual(picker.names, ["Bruno"]);
    assert.equal(await button.isVisible(), false);
  });

  it("sees no data of the previous user", async (test) => {
    const user = await userWithFavorite();
    const picker = await stage.open(test, { user });
    await eventuallyEqual(picker.starred, ["Bruno"]);

    await picker.evaluate((element) => element.removeAttribute("token"));

    await eventuallyEqual(picker.starred, []);
    await picker.tab("Favorites").click();
    await picker.state.getByText("You are signed out").waitFor();
  });

  it("causes no requests", async (test) => {
    const picker = await stage.open(test, {
      user: null,
      attributes: { tab: "favorites" },
      prepare: (page) => page.clock.install(),
    });
    await picker.state.getByText("You are signed out").waitFor();
    /** @type {string[]} */
    const requests = [];
    picker.page.on("request", (request) => requests.push(request.url()));

    await picker.page.clock.runFor(120_000);

    assert.deepEqual(requests, []);
  });
});
