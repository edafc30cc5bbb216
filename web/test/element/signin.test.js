/** Who is signed in: tokens that expire, that do not come, and none. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { becomes, useStage } from "../support/stage.js";
import { giving, someone, tokenOf } from "../support/tokens.js";

const stage = useStage();

/** Lets the page's `getToken` be the test's; it is called with `{refresh}`. */
async function signIn(picker, getToken) {
  await picker.page.exposeFunction("tokenOfTest", getToken);
  await picker.element.evaluate((element) => {
    element.getToken = (options) => window.tokenOfTest(options);
  });
}

async function withFavorite() {
  const user = someone();
  await stage.client(user).addFavorite("bruno");
  return user;
}

describe("a token", () => {
  it("that is about to expire is refreshed before it is sent", async (test) => {
    const user = await withFavorite();
    const page = await fetch(`${stage.service.url}/dev/token?user=${user}&seconds=5`);
    const { token } = await page.json();
    const getToken = giving(token, tokenOf(user));
    const picker = await stage.open(test, { user: null });

    await signIn(picker, getToken);

    await becomes(picker.starred, ["Bruno"]);
    assert.deepEqual(getToken.asked, [false, true]);
  });

  it("that the service refuses is refreshed once", async (test) => {
    const user = await withFavorite();
    const getToken = giving(tokenOf(user, 3600, "of another secret"), tokenOf(user));
    const picker = await stage.open(test, { user: null });

    await signIn(picker, getToken);

    await becomes(picker.starred, ["Bruno"]);
    assert.deepEqual(getToken.asked, [false, true]);
  });

  it("that is refused again means that nobody is signed in", async (test) => {
    const picker = await stage.open(test, { user: null, attributes: { tab: "favorites" } });

    await signIn(picker, giving(tokenOf(someone(), -3600)));

    await picker.state.getByText("You are signed out").waitFor();
    await becomes(async () => (await picker.told("error")).at(-1).code, "INVALID_TOKEN");
  });

  it("that cannot be got leaves the voices, and says what does not work", async (test) => {
    const picker = await stage.open(test, { user: null, attributes: { tab: "favorites" } });

    await signIn(picker, () => {
      throw new Error("the identity provider is down");
    });

    await picker.state.getByText("tell the people who run this page: TOKEN_ERROR").waitFor();
    await picker.button("Try again").waitFor();
    await picker.tab("All").click();
    await becomes(async () => (await picker.names()).length, 8);
    await picker.voice("Bruno").click();
    await becomes(picker.selected, "bruno");
  });

  it("that never comes is not waited for", async (test) => {
    const picker = await stage.open(test, {
      user: null,
      attributes: { tab: "favorites" },
      prepare: (page) => page.clock.install(),
    });
    await picker.state.getByText("You are signed out").waitFor();
    await new Promise((asked) => {
      signIn(picker, () => {
        asked();
        return new Promise(() => {});
      });
    });

    await picker.page.clock.fastForward(10_000);

    await picker.state.getByText("TOKEN_ERROR").waitFor();
  });
});

describe("somebody who is signed out", () => {
  it("is told to sign in, by what the page puts there", async (test) => {
    const user = await withFavorite();
    const content = '<button slot="sign-in" id="sign-in">Sign in here</button>';
    const attributes = { tab: "favorites" };
    const picker = await stage.open(test, { user: null, content, attributes });
    await picker.state.getByText("Sign in to keep favorites").waitFor();
    const signIn = picker.page.locator("#sign-in");
    assert.equal(await signIn.isVisible(), true);
    const token = tokenOf(user);
    await picker.page.evaluate((token) => {
      document.querySelector("#sign-in").onclick = () =>
        document.querySelector("voice-picker").setAttribute("token", token);
    }, token);

    await signIn.click();

    await becomes(picker.names, ["Bruno"]);
    assert.equal(await signIn.isVisible(), false);
  });

  it("sees nothing of the one who was signed in", async (test) => {
    const user = await withFavorite();
    const picker = await stage.open(test, { user });
    await becomes(picker.starred, ["Bruno"]);

    await picker.element.evaluate((element) => element.removeAttribute("token"));

    await becomes(picker.starred, []);
    await picker.tab("Favorites").click();
    await picker.state.getByText("You are signed out").waitFor();
  });

  it("is asked no more, however long they stay", async (test) => {
    const picker = await stage.open(test, {
      user: null,
      attributes: { tab: "favorites" },
      prepare: (page) => page.clock.install(),
    });
    await picker.state.getByText("You are signed out").waitFor();
    const asked = [];
    picker.page.on("request", (request) => asked.push(request.url()));

    await picker.page.clock.runFor(120_000);

    assert.deepEqual(asked, []);
  });
});
