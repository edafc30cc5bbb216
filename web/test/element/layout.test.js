/** How the picker fits: narrow screens, both directions, and what a person has asked their system for. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PickerPage } from "../support/picker-page.js";
import { becomes, useStage } from "../support/stage.js";
import { someone } from "../support/tokens.js";

const stage = useStage();
const NARROW = { viewport: { width: 320, height: 640 } };

/** Whatever in the picker is cut, or out of its frame, by its text. */
const cut = (picker) =>
  picker.element.evaluate(({ shadowRoot }) => {
    const frame = shadowRoot.querySelector('[part="picker"]').getBoundingClientRect();
    const isSeen = (element) => element.checkVisibility() && !element.closest(".hidden");
    const isCut = (element) => {
      const { left, right } = element.getBoundingClientRect();
      const isOut = left < frame.left || right > frame.right;
      return isOut || element.scrollWidth > element.clientWidth + 1;
    };
    return [...shadowRoot.querySelectorAll("button, input, select, .row, .banner, .state, .count")]
      .filter(isSeen)
      .filter(isCut)
      .map((element) => element.ariaLabel ?? element.textContent);
  });

const scrollsSideways = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

const styleOf = (locator, property) =>
  locator.evaluate((element, name) => getComputedStyle(element)[name], property);

describe("on a screen of 320 pixels", () => {
  for (const dir of ["ltr", "rtl"]) {
    it(`nothing is cut, and nothing scrolls sideways, ${dir}`, async (test) => {
      const user = someone();
      await stage.client(user).trackUsage("ada");
      await becomes(async () => (await stage.client(user).recent()).length, 1);
      const picker = await stage.open(test, { user, context: NARROW, root: { dir } });
      await picker.voice("Ada").waitFor();

      for (const tab of ["All", "Favorites", "Recent", "Popular"]) {
        await picker.tab(tab).click();
        await becomes(
          () => picker.element.getByRole("tabpanel").getAttribute("aria-busy"),
          "false",
        );
        assert.deepEqual(await cut(picker), [], tab);
        assert.equal(await scrollsSideways(picker.page), false, tab);
      }
    });
  }

  it("longer words than English ones are not cut", async (test) => {
    const labels = {
      all: "Alle",
      favorites: "Favoriten",
      recent: "Zuletzt benutzt",
      popular: "Beliebt",
    };
    const picker = await stage.open(test, { context: NARROW, properties: { labels } });
    await picker.voice("Ada").waitFor();

    assert.deepEqual(await cut(picker), []);
  });

  it("the page of make run fits", async (test) => {
    const page = await stage.newPage(test, NARROW);
    await page.goto(stage.service.url);
    const picker = new PickerPage(page);
    await picker.voice("Rachel").waitFor();

    assert.equal(await scrollsSideways(page), false);
    assert.deepEqual(await cut(picker), []);
  });
});

describe("where one reads from the right", () => {
  it("the star is on the left, and the preview on the right", async (test) => {
    const picker = await stage.open(test, { root: { dir: "rtl" } });
    await picker.voice("Ada").waitFor();

    const [star, name, preview] = await Promise.all(
      [picker.star("Ada"), picker.voice("Ada"), picker.play("Ada")].map(async (locator) => {
        const { x } = await locator.boundingBox();
        return x;
      }),
    );

    assert.ok(star < name && name < preview, `${star}, ${name}, ${preview}`);
  });
});

describe("the look", () => {
  const background = (picker) =>
    styleOf(picker.element.locator('[part="picker"]'), "backgroundColor");

  it("is dark where the system is, or where the page is", async (test) => {
    const light = await stage.open(test);
    const dark = await stage.open(test, {
      context: { colorScheme: "dark" },
      root: { style: "color-scheme: light dark" },
    });
    const darkPage = await stage.open(test, { root: { style: "color-scheme: dark" } });

    assert.equal(await background(light), "rgb(255, 255, 255)");
    assert.notEqual(await background(dark), "rgb(255, 255, 255)");
    assert.equal(await background(darkPage), await background(dark));
  });

  it("is the page's, by its custom properties and by parts", async (test) => {
    const picker = await stage.open(test);
    await picker.page.addStyleTag({
      content: `voice-picker { --voices-background: rgb(1, 2, 3); --voices-height: 400px; }
        voice-picker::part(name) { color: rgb(4, 5, 6); }`,
    });

    await becomes(() => background(picker), "rgb(1, 2, 3)");
    assert.equal((await picker.element.boundingBox()).height, 400);
    assert.equal(
      await styleOf(picker.element.locator('[part="name"]').first(), "color"),
      "rgb(4, 5, 6)",
    );
  });

  it("tells a chosen voice and a star apart in forced colors", async (test) => {
    const context = { forcedColors: "active" };
    const picker = await stage.open(test, { context, attributes: { selected: "ada" } });
    await picker.star("Ada").click();
    await becomes(picker.starred, ["Ada"]);

    const outlines = ["Ada", "Bruno"].map((name) => styleOf(picker.row(name), "outlineStyle"));
    assert.deepEqual(await Promise.all(outlines), ["solid", "none"]);
    const [starred, not] = ["Ada", "Bruno"].map((name) => styleOf(picker.star(name), "color"));
    assert.notEqual(await starred, await not);
  });

  for (const [reducedMotion, expected] of [
    ["no-preference", true],
    ["reduce", false],
  ]) {
    it(`with motion ${reducedMotion} ${expected ? "moves" : "stands still"}`, async (test) => {
      const picker = await stage.open(test, { context: { reducedMotion } });
      await picker.play("Ada").click();
      await picker.star("Ada").click();

      const moves = await picker.element.evaluate(
        ({ shadowRoot }) => shadowRoot.getAnimations().length > 0,
      );

      assert.equal(moves, expected);
    });
  }
});
