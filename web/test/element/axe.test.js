/** What axe-core finds wrong for people who use a screen reader, a keyboard, or weak eyes: nothing. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { silent } from "../support/gateway.js";
import { PickerPage } from "../support/picker-page.js";
import { becomes, useStage } from "../support/stage.js";
import { someone } from "../support/tokens.js";

const stage = useStage();
const axe = await readFile(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** The rules that a page breaks, light and dark, with what breaks them. */
async function violations(page) {
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.evaluate(axe);
    const results = await page.evaluate(
      (values) => window.axe.run({ runOnly: { type: "tag", values } }),
      TAGS,
    );
    assert.ok(results.passes.some(({ id }) => id === "color-contrast"));
    for (const { id, nodes } of results.violations)
      for (const { target, failureSummary } of nodes)
        found.push({ colorScheme, id, target: target.join(" "), failureSummary });
  }
  return found;
}

/** A user with a star, a voice that is gone, and a use. */
async function somebody() {
  const user = someone();
  const client = stage.client(user);
  await client.addFavorite("ada");
  await client.addFavorite("zoe", { name: "Zoë" });
  await client.trackUsage("bruno");
  await becomes(async () => (await client.recent()).length, 1);
  return user;
}

const STATES = {
  "all voices, one chosen and one starred": async (open) => {
    const picker = await open({ user: await somebody(), attributes: { selected: "bruno" } });
    await becomes(picker.starred, ["Ada"]);
  },
  "favorites, one of them gone": async (open) => {
    const picker = await open({ user: await somebody(), attributes: { tab: "favorites" } });
    await picker.row("Zoë").getByText("No longer available").waitFor();
  },
  "recent voices": async (open) => {
    const picker = await open({ user: await somebody(), attributes: { tab: "recent" } });
    await picker.row("Bruno").getByText("1 use").waitFor();
  },
  "popular voices": async (open) => {
    await somebody();
    const picker = await open({ attributes: { tab: "popular" } });
    await picker.row("Bruno").getByText("#1").waitFor();
  },
  "an empty tab": async (open) => {
    const picker = await open({ attributes: { tab: "favorites" } });
    await picker.state.getByText("No favorites yet").waitFor();
  },
  "a search without a match": async (open) => {
    const picker = await open();
    await picker.search.fill("nobody");
    await picker.state.getByText("No voice matches").waitFor();
  },
  "nobody signed in": async (open) => {
    const content = '<button slot="sign-in">Sign in</button>';
    const picker = await open({ user: null, content, attributes: { tab: "favorites" } });
    await picker.state.getByText("You are signed out").waitFor();
  },
  loading: async (open) => {
    const catalogue = stage.host.serve("/never.json", silent);
    const picker = await open({ properties: { catalogue } });
    await picker.element.locator('[part="skeleton"]').waitFor();
  },
  "a service that is down, and a star that it refused": async (open) => {
    const prepare = (page) => page.route("**/v1", (route) => route.abort());
    const picker = await open({ prepare });
    await picker.banner.waitFor();
    await picker.star("Ada").click();
    await picker.notice.waitFor();
  },
  "a preview that plays, and filters that are chosen": async (open) => {
    const picker = await open();
    await picker.element.getByLabel("Gender").selectOption("Female");
    await picker.play("Ada").click();
    await picker.element.locator('[data-state="playing"]').waitFor();
  },
  "a page that is written from the right": async (open) => {
    const picker = await open({ root: { dir: "rtl" } });
    await picker.voice("Ada").waitFor();
  },
};

describe("axe finds nothing wrong in", () => {
  for (const [name, reach] of Object.entries(STATES)) {
    it(name, async (test) => {
      let page;
      await reach(async (options = {}) => {
        const root = { style: "color-scheme: light dark", ...options.root };
        const picker = await stage.open(test, { ...options, root });
        page = picker.page;
        return picker;
      });

      assert.deepEqual(await violations(page), []);
    });
  }

  for (const width of [1280, 320]) {
    it(`the page of make run, ${width} pixels wide`, async (test) => {
      const page = await stage.newPage(test, { bypassCSP: true, viewport: { width, height: 900 } });
      await page.goto(stage.service.url);
      const picker = new PickerPage(page);
      await picker.voice("Rachel").click();
      await page.locator("#event").getByText("You chose Rachel").waitFor();
      await page.locator("#wire details").first().click();

      assert.deepEqual(await violations(page), []);
    });
  }
});
