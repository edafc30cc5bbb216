/**
 * axe-core finds no accessibility violations in any state of the picker.
 *
 * @import { Page } from "playwright-core"
 * @import { PageOptions } from "../support/stage.js"
 */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { neverRespond } from "../support/gateway.js";
import { PickerPage } from "../support/picker-page.js";
import { useStage } from "../support/stage.js";
import { newUser } from "../support/tokens.js";
import { eventuallyEqual } from "../support/waiting.js";

const stage = useStage();
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const axe = await readFile(AXE, "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Return the violations of a page in both color schemes. @param {Page} page */
async function violations(page) {
  const found = [];
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
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

/** Create a user with a favorite, an unavailable favorite and a recent voice. */
async function userWithLists() {
  const user = newUser();
  const client = stage.client(user);
  await client.addFavorite("ada");
  await client.addFavorite("zoe", { name: "Zoë" });
  await client.trackUsage("bruno");
  await eventuallyEqual(async () => (await client.recent()).length, 1);
  return user;
}

/** @typedef {(options?: PageOptions) => Promise<PickerPage>} Open */

/** @type {Record<string, (open: Open) => Promise<void>>} */
const STATES = {
  "all voices with a selected voice and a star": async (open) => {
    const picker = await open({ user: await userWithLists(), attributes: { selected: "bruno" } });
    await eventuallyEqual(picker.starred, ["Ada"]);
  },
  "favorites with an unavailable voice": async (open) => {
    const picker = await open({ user: await userWithLists(), attributes: { tab: "favorites" } });
    await picker.row("Zoë").getByText("No longer available").waitFor();
  },
  "recent voices": async (open) => {
    const picker = await open({ user: await userWithLists(), attributes: { tab: "recent" } });
    await picker.row("Bruno").getByText("1 use").waitFor();
  },
  "popular voices": async (open) => {
    await userWithLists();
    const picker = await open({ attributes: { tab: "popular" } });
    await picker.row("Bruno").getByText("#1").waitFor();
  },
  "an empty list": async (open) => {
    const picker = await open({ attributes: { tab: "favorites" } });
    await picker.state.getByText("No favorites yet").waitFor();
  },
  "a search without results": async (open) => {
    const picker = await open();
    await picker.search.fill("nobody");
    await picker.state.getByText("No voices found").waitFor();
  },
  "a signed-out user": async (open) => {
    const content = '<button slot="sign-in">Sign in</button>';
    const picker = await open({ user: null, content, attributes: { tab: "favorites" } });
    await picker.state.getByText("You are signed out").waitFor();
  },
  "a loading catalogue": async (open) => {
    const catalogue = stage.host.serve("/never.json", neverRespond);
    const picker = await open({ properties: { catalogue } });
    await picker.element.locator('[part="skeleton"]').waitFor();
  },
  "an unreachable service and a rejected star": async (open) => {
    const prepare = (/** @type {Page} */ page) => page.route("**/v1", (route) => route.abort());
    const picker = await open({ prepare });
    await picker.banner.waitFor();
    await picker.star("Ada").click();
    await picker.notice.waitFor();
  },
  "a playing preview and a chosen filter": async (open) => {
    const picker = await open();
    await picker.element.getByLabel("Gender").selectOption("Female");
    await picker.play("Ada").click();
    await picker.element.locator('[data-state="playing"]').waitFor();
  },
  "a right-to-left page": async (open) => {
    const picker = await open({ root: { dir: "rtl" } });
    await picker.voice("Ada").waitFor();
  },
};

describe("axe finds no violations in", () => {
  for (const [name, reach] of Object.entries(STATES)) {
    it(name, async (test) => {
      /** @type {Page[]} */
      const pages = [];
      await reach(async (options = {}) => {
        const root = { style: "color-scheme: light dark", ...options.root };
        const picker = await stage.open(test, { ...options, root });
        pages.push(picker.page);
        return picker;
      });

      for (const page of pages) assert.deepEqual(await violations(page), []);
      assert.equal(pages.length, 1);
    });
  }

  for (const width of [1280, 320]) {
    it(`the demo page with a width of ${width} pixels`, async (test) => {
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
