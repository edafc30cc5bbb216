/**
 * The element's attributes, properties and life cycle.
 *
 * @import * as Client from "../../src/api-service.js"
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PickerPage } from "../support/picker-page.js";
import { useStage } from "../support/stage.js";
import { newUser, tokenOf } from "../support/tokens.js";
import { eventuallyEqual } from "../support/waiting.js";

const stage = useStage();

describe("the attribute", () => {
  it("tab opens a tab and follows the open tab", async (test) => {
    const picker = await stage.open(test, { attributes: { tab: "recent" } });
    assert.equal(await picker.tab("Recent").getAttribute("aria-selected"), "true");

    await picker.tab("Favorites").click();
    assert.equal(await picker.element.getAttribute("tab"), "favorites");
    await picker.evaluate((element) => element.setAttribute("tab", "popular"));
    await eventuallyEqual(() => picker.tab("Popular").getAttribute("aria-selected"), "true");
    await picker.evaluate((element) => element.setAttribute("tab", "no such tab"));

    await eventuallyEqual(() => picker.tab("All").getAttribute("aria-selected"), "true");
    assert.equal(await picker.evaluate((element) => element.tab), "all");
  });

  it("selected marks a voice and follows the user's choice", async (test) => {
    const picker = await stage.open(test, { attributes: { selected: "bruno" } });
    await eventuallyEqual(() => picker.row("Bruno").getAttribute("aria-selected"), "true");

    await picker.voice("Chen").click();
    assert.equal(await picker.selected(), "chen");
    await picker.evaluate((element) => element.removeAttribute("selected"));

    await eventuallyEqual(() => picker.row("Chen").getAttribute("aria-selected"), "false");
    assert.equal(await picker.evaluate((element) => element.selected), null);
    assert.equal(await picker.eventCount("voice-selected"), 1);
  });

  it("label is the accessible name", async (test) => {
    const picker = await stage.open(test, { attributes: { label: "Voice of the agent" } });

    await picker.element.getByRole("grid", { name: "Voice of the agent" }).waitFor();
    await picker.element.getByRole("region", { name: "Voice of the agent" }).waitFor();
  });

  it("catalogue is a URL relative to the page", async (test) => {
    stage.host.serve("/own.json", (response) => response.end(JSON.stringify(stage.voices)));
    const attributes = { catalogue: "own.json" };

    const picker = await stage.open(test, { attributes, properties: { catalogue: undefined } });

    await eventuallyEqual(picker.names, stage.voiceNames);
  });

  it("endpoint is not needed with the shared ApiService", async (test) => {
    const user = newUser();
    await stage.client(user).addFavorite("bruno");
    const picker = await stage.open(test, { attributes: { endpoint: null }, user: null });
    await picker.voice("Bruno").waitFor();

    await picker.evaluate(
      async (element, { url, token }) => {
        /** @type {typeof Client} */
        const client = await import(`${url}/api-service.js`);
        client.ApiService.configure({ endpoint: url, getToken: () => token });
        element.refresh();
      },
      { url: stage.service.url, token: tokenOf(user) },
    );

    await eventuallyEqual(picker.starred, ["Bruno"]);
  });
});

describe("the element", () => {
  it("keeps properties that were set before its definition", async (test) => {
    const properties = { selected: "chen", tab: "all", labels: { all: "Alle" } };
    const picker = await stage.open(test, { properties });

    await eventuallyEqual(picker.names, stage.voiceNames);
    await picker.tab("Alle").waitFor();
    await eventuallyEqual(() => picker.row("Chen").getAttribute("aria-selected"), "true");
    const own = await picker.evaluate((element) => Object.keys(element));
    assert.deepEqual(own, []);
  });

  it("can be removed and added again", async (test) => {
    const user = newUser();
    await stage.client(user).addFavorite("bruno");
    const picker = await stage.open(test, { user, attributes: { selected: "chen" } });
    await eventuallyEqual(picker.starred, ["Bruno"]);

    await picker.evaluate((element) => {
      const { parentElement } = element;
      element.remove();
      parentElement?.append(element);
    });

    await eventuallyEqual(picker.names, stage.voiceNames);
    await eventuallyEqual(picker.starred, ["Bruno"]);
    assert.equal(await picker.row("Chen").getAttribute("aria-selected"), "true");
    await picker.star("Ada").click();
    await eventuallyEqual(() => picker.eventCount("favorite-changed"), 1);
  });

  it("can be created by a script, next to another picker", async (test) => {
    const picker = await stage.open(test, { attributes: { selected: "chen" } });
    await picker.page.evaluate(
      ({ catalogue, endpoint }) => {
        const created = document.createElement("voice-picker");
        Object.assign(created, { id: "created", catalogue, tab: "all" });
        created.setAttribute("endpoint", endpoint);
        document.body.append(created);
      },
      { catalogue: stage.voices.slice(0, 2), endpoint: stage.service.url },
    );
    const created = new PickerPage(picker.page, "#created");

    await created.voice("Ada").click();

    await eventuallyEqual(created.names, ["Ada", "Bruno"]);
    assert.equal(await created.selected(), "ada");
    const first = new PickerPage(picker.page, "voice-picker:not(#created)");
    assert.equal(await first.selected(), "chen");
    assert.equal((await first.names()).length, 8);
  });

  it("uses the texts and the locale of the page", async (test) => {
    const labels = {
      locale: "de",
      favorites: "Favoriten",
      search: "Stimmen suchen",
      voices: { one: "{n} Stimme", other: "{n} Stimmen" },
      favorite: "Favorit: {name}",
      female: "Weiblich",
    };
    const picker = await stage.open(test, { properties: { labels } });

    await picker.tab("Favoriten").waitFor();
    await picker.button("Favorit: Ada").waitFor();
    await picker.row("Ada").getByText("Englisch · British · Weiblich").waitFor();
    await picker.element.getByText("8 Stimmen").first().waitFor();
    await picker.element.getByRole("searchbox", { name: "Stimmen suchen" }).fill("ada");
    await picker.element.getByText("1 Stimme").first().waitFor();
    await picker.set({ labels: undefined });
    await picker.tab("Favorites").waitFor();
  });

  it("works with an invalid locale", async (test) => {
    const picker = await stage.open(test, { properties: { labels: { locale: "de_DE" } } });

    await eventuallyEqual(picker.names, stage.voiceNames);
  });

  it("works on a page without storage", async (test) => {
    const page = await stage.newPage(test);
    await page.addInitScript(() => {
      for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
        Object.defineProperty(window, name, {
          get() {
            throw new DOMException("blocked", "SecurityError");
          },
        });
    });
    await page.goto(stage.service.url);
    const picker = new PickerPage(page);

    await picker.star("Rachel").click();

    await eventuallyEqual(picker.starred, ["Rachel"]);
    await page.getByLabel("Bob").check();
    await eventuallyEqual(picker.starred, []);
  });
});

describe("a placeholder token", () => {
  for (const token of ["…", "TOKEN", "<token>"]) {
    it(`causes one warning that says how to get a token: ${token}`, async (test) => {
      /** @type {string[]} */
      const warnings = [];
      const picker = await stage.open(test, {
        attributes: { token },
        prepare: async (page) => {
          page.on("console", (message) => {
            if (message.type() === "warning") warnings.push(message.text());
          });
        },
      });
      await picker.voice("Ada").waitFor();

      await picker.evaluate((element) => element.refresh());
      await picker.star("Ada").click();
      await picker.notice.waitFor();

      assert.equal(warnings.length, 1);
      assert.ok(warnings[0].includes(`token="${token}" is a placeholder and not a token.`));
      assert.ok(warnings[0].includes("`make -s token USER=alice` prints a token"));
    });
  }
});
