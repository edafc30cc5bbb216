/** The service, or the way to it, is down and comes back. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { startService } from "../support/service.js";
import { becomes, useStage } from "../support/stage.js";
import { someone } from "../support/tokens.js";
import { eventually } from "../support/waiting.js";

const state = await mkdtemp(join(tmpdir(), "voices-"));
const stage = useStage({ state });
after(() => rm(state, { recursive: true, force: true, maxRetries: 5 }));

const inHand = (page) => page.clock.install();
const offline = (picker, isOffline) => picker.page.context().setOffline(isOffline);

describe("while the service is down", () => {
  it("what is known stays, and all goes on by itself when it is back", async (test) => {
    const user = someone();
    await stage.client(user).addFavorite("bruno");
    const attributes = { tab: "favorites" };
    const picker = await stage.open(test, { user, attributes, prepare: inHand });
    await becomes(picker.names, ["Bruno"]);
    const port = Number(new URL(stage.service.url).port);
    await stage.service.kill();

    await picker.tab("Recent").click();
    await picker.state.getByText("The service cannot be reached").waitFor();
    await picker.tab("Favorites").click();
    await picker.banner.getByText("What you see may be out of date.").waitFor();
    assert.deepEqual(await picker.names(), ["Bruno"]);
    await picker.voice("Bruno").click();
    assert.equal(await picker.selected(), "bruno");

    stage.service = await eventually(
      () => startService({ port, state }).catch(() => undefined),
      (service) => service !== undefined,
    );
    await eventually(
      async () => {
        await picker.page.clock.fastForward(30_000);
        return picker.banner.isHidden();
      },
      (isHidden) => isHidden,
    );
    assert.deepEqual(await picker.names(), ["Bruno"]);
  });

  it("one can try again oneself", async (test) => {
    const user = someone();
    await stage.client(user).addFavorite("bruno");
    const picker = await stage.open(test, {
      user,
      attributes: { tab: "favorites" },
      prepare: (page) => page.route("**/v1", (route) => route.abort()),
    });
    await picker.state.getByText("The service cannot be reached").waitFor();
    await becomes(async () => (await picker.told("error")).at(-1)?.code, "NETWORK_ERROR");
    await picker.page.unrouteAll();

    await picker.button("Try again").click();

    await becomes(picker.names, ["Bruno"]);
  });

  it("all voices are there to choose from", async (test) => {
    const picker = await stage.open(test, {
      prepare: (page) => page.route("**/v1**", (route) => route.abort()),
    });
    await picker.banner.getByText("The service cannot be reached").waitFor();

    await picker.voice("Chen").click();

    assert.equal(await picker.selected(), "chen");
    assert.equal((await picker.names()).length, 8);
  });
});

describe("a page without network", () => {
  it("says so, and goes on as soon as it has one", async (test) => {
    const user = someone();
    await stage.client(user).addFavorite("bruno");
    const picker = await stage.open(test, { user });
    await becomes(picker.starred, ["Bruno"]);
    await offline(picker, true);
    await picker.tab("Recent").click();
    await picker.state.getByText("You are offline").waitFor();
    await picker.tab("Favorites").click();
    await picker.banner.getByText("You are offline").waitFor();
    assert.deepEqual(await picker.names(), ["Bruno"]);

    await offline(picker, false);

    await picker.banner.waitFor({ state: "hidden" });
    assert.deepEqual(await picker.names(), ["Bruno"]);
  });

  it("loads its catalogue once it has one", async (test) => {
    const picker = await stage.open(test, { properties: { catalogue: "/voices.json" } });
    await picker.state.getByText("That did not work").waitFor();
    stage.host.serve("/voices.json", (response) => response.end(JSON.stringify(stage.voices)));

    await picker.page.evaluate(() => dispatchEvent(new Event("online")));

    await becomes(async () => (await picker.names()).length, 8);
  });
});

describe("a picker that was taken off the page", () => {
  it("asks nothing any more, though the service is down", async (test) => {
    const picker = await stage.open(test, { prepare: inHand });
    await picker.voice("Ada").waitFor();
    const held = [];
    await picker.playNetwork("favorites", (route) => held.push(route));
    await picker.element.evaluate((element) => element.refresh());
    await becomes(() => held.length, 1);

    await picker.element.evaluate((element) => {
      window.removed = element;
      element.remove();
    });
    await held[0].fulfill({ status: 500 });
    await becomes(() => picker.told("error").then(([error]) => error?.action), "favorites");
    await picker.page.clock.runFor(60_000);
    await picker.page.evaluate(() => dispatchEvent(new Event("online")));

    // Only what comes now.
    await picker.page.evaluate(() => document.querySelector("main").append(window.removed));
    await becomes(() => held.length, 2);
  });
});
