/** The element as a page handles it: attributes, properties, labels, comings and goings. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PickerPage } from "../support/picker-page.js";
import { becomes, useStage } from "../support/stage.js";
import { someone, tokenOf } from "../support/tokens.js";

const stage = useStage();
const all = () => stage.voices.map(({ name }) => name);

describe("the attribute", () => {
  it("tab opens a tab, and follows the one that is open", async (test) => {
    const picker = await stage.open(test, { attributes: { tab: "recent" } });
    assert.equal(await picker.tab("Recent").getAttribute("aria-selected"), "true");

    await picker.tab("Favorites").click();
    assert.equal(await picker.element.getAttribute("tab"), "favorites");
    await picker.element.evaluate((element) => element.setAttribute("tab", "popular"));
    await becomes(() => picker.tab("Popular").getAttribute("aria-selected"), "true");
    await picker.element.evaluate((element) => element.setAttribute("tab", "no such tab"));

    await becomes(() => picker.tab("All").getAttribute("aria-selected"), "true");
    assert.equal(await picker.element.evaluate((element) => element.tab), "all");
  });

  it("selected marks a voice, and follows the one that is chosen", async (test) => {
    const picker = await stage.open(test, { attributes: { selected: "bruno" } });
    await becomes(() => picker.row("Bruno").getAttribute("aria-selected"), "true");

    await picker.voice("Chen").click();
    assert.equal(await picker.selected(), "chen");
    await picker.element.evaluate((element) => element.removeAttribute("selected"));

    await becomes(() => picker.row("Chen").getAttribute("aria-selected"), "false");
    assert.equal(await picker.element.evaluate((element) => element.selected), null);
    assert.equal((await picker.told("voice-selected")).length, 1);
  });

  it("label names it for screen readers", async (test) => {
    const picker = await stage.open(test, { attributes: { label: "Voice of the agent" } });

    await picker.element.getByRole("grid", { name: "Voice of the agent" }).waitFor();
    await picker.element.getByRole("region", { name: "Voice of the agent" }).waitFor();
  });

  it("catalogue is an address relative to the page", async (test) => {
    stage.host.serve("/mine.json", (response) => response.end(JSON.stringify(stage.voices)));
    const attributes = { catalogue: "mine.json" };

    const picker = await stage.open(test, { attributes, properties: { catalogue: undefined } });

    await becomes(picker.names, all());
  });

  it("endpoint may be left out: then the page's own ApiService is asked", async (test) => {
    const user = someone();
    await stage.client(user).addFavorite("bruno");
    const picker = await stage.open(test, { attributes: { endpoint: null }, user: null });
    await picker.voice("Bruno").waitFor();

    await picker.element.evaluate(
      async (element, { url, token }) => {
        const { ApiService } = await import(`${url}/api-service.js`);
        ApiService.configure({ endpoint: url, getToken: () => token });
        element.refresh();
      },
      { url: stage.service.url, token: tokenOf(user) },
    );

    await becomes(picker.starred, ["Bruno"]);
  });
});

describe("the element", () => {
  it("takes what was set on it before its script came", async (test) => {
    const properties = { selected: "chen", tab: "all", labels: { all: "Alle" } };
    const picker = await stage.open(test, { properties });

    await becomes(picker.names, all());
    await picker.tab("Alle").waitFor();
    await becomes(() => picker.row("Chen").getAttribute("aria-selected"), "true");
    const own = await picker.element.evaluate((element) => Object.keys(element));
    assert.deepEqual(own, []);
  });

  it("can be taken off the page and put there again", async (test) => {
    const user = someone();
    await stage.client(user).addFavorite("bruno");
    const picker = await stage.open(test, { user, attributes: { selected: "chen" } });
    await becomes(picker.starred, ["Bruno"]);

    await picker.element.evaluate((element) => {
      const { parentElement } = element;
      element.remove();
      parentElement.append(element);
    });

    await becomes(picker.names, all());
    await becomes(picker.starred, ["Bruno"]);
    assert.equal(await picker.row("Chen").getAttribute("aria-selected"), "true");
    await picker.star("Ada").click();
    await becomes(async () => (await picker.told("favorite-changed")).length, 1);
  });

  it("can be made by script, and stands beside another without either knowing", async (test) => {
    const picker = await stage.open(test, { attributes: { selected: "chen" } });
    await picker.page.evaluate(
      ([voices, endpoint]) => {
        const made = document.createElement("voice-picker");
        Object.assign(made, { id: "made", catalogue: voices, tab: "all" });
        made.setAttribute("endpoint", endpoint);
        document.querySelector("main").append(made);
      },
      [stage.voices.slice(0, 2), stage.service.url],
    );
    const made = new PickerPage(picker.page, "#made");

    await made.voice("Ada").click();

    await becomes(made.names, ["Ada", "Bruno"]);
    assert.equal(await made.selected(), "ada");
    const first = new PickerPage(picker.page, "voice-picker:not(#made)");
    assert.equal(await first.selected(), "chen");
    assert.equal((await first.names()).length, 8);
  });

  it("speaks the page's language, and the tongue of its numbers", async (test) => {
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

  it("does not stop at a language that does not exist", async (test) => {
    const picker = await stage.open(test, { properties: { labels: { locale: "de_DE" } } });

    await becomes(picker.names, all());
  });

  it("works on a page that may keep nothing", async (test) => {
    const refuse = (page) =>
      page.addInitScript(() => {
        for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
          Object.defineProperty(window, name, {
            get() {
              throw new DOMException("refused", "SecurityError");
            },
          });
      });
    const page = await stage.newPage(test);
    await refuse(page);
    await page.goto(stage.service.url);
    const picker = new PickerPage(page);

    await picker.star("Rachel").click();

    await becomes(picker.starred, ["Rachel"]);
    await page.getByLabel("Bob").check();
    await becomes(picker.starred, []);
  });
});
