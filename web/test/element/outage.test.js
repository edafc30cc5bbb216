/**
 * The picker while the service or the network is down.
 *
 * @import { Page, Route } from "playwright-core"
 * @import { PickerPage } from "../support/picker-page.js"
 */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { startLocalService } from "../support/local-service.js";
import { useStage } from "../support/stage.js";
import { newUser } from "../support/tokens.js";
import { eventually, eventuallyEqual } from "../support/waiting.js";

const state = await mkdtemp(join(tmpdir(), "voices-"));
const stage = useStage({ state });
after(() => rm(state, { recursive: true, force: true, maxRetries: 5 }));

/** Let the test control the page's clock. @param {Page} page */
function mockClock(page) {
  return page.clock.install();
}

/** @param {PickerPage} picker @param {boolean} isOffline */
function setOffline(picker, isOffline) {
  return picker.page.context().setOffline(isOffline);
}

describe("while the service is down", () => {
  it("the picker keeps its lists and recovers", async (test) => {
    const user = newUser();
    await stage.client(user).addFavorite("bruno");
    const attributes = { tab: "favorites" };
    const picker = await stage.open(test, { user, attributes, prepare: mockClock });
    await eventuallyEqual(picker.names, ["Bruno"]);
    const port = Number(new URL(stage.service.url).port);
    await stage.service.kill();

    await picker.tab("Recent").click();
    await picker.state.getByText("The service cannot be reached").waitFor();
    await picker.tab("Favorites").click();
    await picker.banner.getByText("This list may be out of date.").waitFor();
    assert.deepEqual(await picker.names(), ["Bruno"]);
    await picker.voice("Bruno").click();
    assert.equal(await picker.selected(), "bruno");

    const restarted = await eventually(
      () => startLocalService({ port, state }).catch(() => undefined),
      (service) => service !== undefined,
    );
    assert.ok(restarted);
    stage.service = restarted;
    await eventually(
      async () => {
        await picker.page.clock.fastForward(30_000);
        return picker.banner.isHidden();
      },
      (isHidden) => isHidden,
    );
    assert.deepEqual(await picker.names(), ["Bruno"]);
  });

  it("the user can try again", async (test) => {
    const user = newUser();
    await stage.client(user).addFavorite("bruno");
    const picker = await stage.open(test, {
      user,
      attributes: { tab: "favorites" },
      prepare: (page) => page.route("**/v1", (route) => route.abort()),
    });
    await picker.state.getByText("The service cannot be reached").waitFor();
    await eventuallyEqual(async () => (await picker.events("error")).at(-1)?.code, "NETWORK_ERROR");
    await picker.page.unrouteAll();

    await picker.button("Try again").click();

    await eventuallyEqual(picker.names, ["Bruno"]);
  });

  it("the user can choose from all voices", async (test) => {
    const picker = await stage.open(test, {
      prepare: (page) => page.route("**/v1**", (route) => route.abort()),
    });
    await picker.banner.getByText("The service cannot be reached").waitFor();

    await picker.voice("Chen").click();

    assert.equal(await picker.selected(), "chen");
    assert.equal((await picker.names()).length, 8);
  });
});

describe("a page without a network", () => {
  it("shows that it is offline, and recovers", async (test) => {
    const user = newUser();
    await stage.client(user).addFavorite("bruno");
    const picker = await stage.open(test, { user });
    await eventuallyEqual(picker.starred, ["Bruno"]);
    await setOffline(picker, true);
    await picker.tab("Recent").click();
    await picker.state.getByText("You are offline").waitFor();
    await picker.tab("Favorites").click();
    await picker.banner.getByText("You are offline").waitFor();
    assert.deepEqual(await picker.names(), ["Bruno"]);

    await setOffline(picker, false);

    await picker.banner.waitFor({ state: "hidden" });
    assert.deepEqual(await picker.names(), ["Bruno"]);
  });

  it("loads its catalogue when the network is back", async (test) => {
    const picker = await stage.open(test, { properties: { catalogue: "/voices.json" } });
    await picker.state.getByText("Something went wrong").waitFor();
    stage.host.serve("/voices.json", (response) => response.end(JSON.stringify(stage.voices)));

    await picker.page.evaluate(() => dispatchEvent(new Event("online")));

    await eventuallyEqual(async () => (await picker.names()).length, 8);
  });
});

describe("a removed picker", () => {
  it("sends no requests while the service is down", async (test) => {
    const picker = await stage.open(test, { prepare: mockClock });
    await picker.voice("Ada").waitFor();
    /** @type {Route[]} */
    const held = [];
    await picker.routeAction("favorites", (route) => held.push(route));
    await picker.evaluate((element) => element.refresh());
    await eventuallyEqual(() => held.length, 1);

    await picker.evaluate((element) => {
      window.removed = element;
      element.remove();
    });
    await held[0].fulfill({ status: 500 });
    await eventuallyEqual(async () => (await picker.events("error"))[0]?.action, "favorites");
    await picker.page.clock.runFor(60_000);
    await picker.page.evaluate(() => dispatchEvent(new Event("online")));

    // Only a picker that is in the page again sends a request.
    await picker.page.evaluate(() => document.body.append(window.removed));
    await eventuallyEqual(() => held.length, 2);
  });
});
