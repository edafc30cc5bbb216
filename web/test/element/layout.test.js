/**
 * The layout on narrow screens, in both directions, and with the user's system preferences.
 *
 * @import { Locator, Page } from "playwright-core"
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PickerPage } from "../support/picker-page.js";
import { useStage } from "../support/stage.js";
import { newUser } from "../support/tokens.js";
import { eventuallyEqual } from "../support/waiting.js";

const stage = useStage();
const NARROW = { viewport: { width: 320, height: 640 } };

/**
 * Return the texts of elements that are cut off or outside the picker.
 *
 * @param {PickerPage} picker
 */
function cutOff(picker) {
  return picker.evaluate(({ shadowRoot }) => {
    const frame = shadowRoot.querySelector('[part="picker"]')?.getBoundingClientRect();
    if (!frame) return ["no picker"];
    const isVisible = (/** @type {Element} */ element) =>
      element.checkVisibility() && !element.closest(".hidden");
    const isCutOff = (/** @type {Element} */ element) => {
      const { left, right } = element.getBoundingClientRect();
      const isOutside = left < frame.left || right > frame.right;
      return isOutside || element.scrollWidth > element.clientWidth + 1;
    };
    return [...shadowRoot.querySelectorAll("button, input, select, .row, .banner, .state, .count")]
      .filter(isVisible)
      .filter(isCutOff)
      .map((element) => element.ariaLabel ?? element.textContent);
  });
}

/** @param {Page} page */
function scrollsSideways(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth;
  });
}

/** @param {Locator} locator @param {string} property */
function styleOf(locator, property) {
  return locator.evaluate(
    (element, name) => getComputedStyle(element).getPropertyValue(name),
    property,
  );
}

/** Return the position and the size of an element. @param {Locator} locator */
async function boxOf(locator) {
  const box = await locator.boundingBox();
  assert.ok(box);
  return box;
}

describe("on a screen of 320 pixels", () => {
  for (const dir of ["ltr", "rtl"]) {
    it(`nothing is cut off, ${dir}`, async (test) => {
      const user = newUser();
      await stage.client(user).trackUsage("ada");
      await eventuallyEqual(async () => (await stage.client(user).recent()).length, 1);
      const picker = await stage.open(test, { user, context: NARROW, root: { dir } });
      await picker.voice("Ada").waitFor();

      for (const tab of ["All", "Favorites", "Recent", "Popular"]) {
        await picker.tab(tab).click();
        await eventuallyEqual(() => picker.panel.getAttribute("aria-busy"), "false");
        assert.deepEqual(await cutOff(picker), [], tab);
        assert.equal(await scrollsSideways(picker.page), false, tab);
      }
    });
  }

  it("long labels are not cut off", async (test) => {
    const labels = {
      all: "Alle",
      favorites: "Favoriten",
      recent: "Zuletzt benutzt",
      popular: "Beliebt",
    };
    const picker = await stage.open(test, { context: NARROW, properties: { labels } });
    await picker.voice("Ada").waitFor();

    assert.deepEqual(await cutOff(picker), []);
  });

  it("the demo page fits", async (test) => {
    const page = await stage.newPage(test, NARROW);
    await page.goto(stage.service.url);
    const picker = new PickerPage(page);
    await picker.voice("Rachel").waitFor();

    assert.equal(await scrollsSideways(page), false);
    assert.deepEqual(await cutOff(picker), []);
  });
});

describe("on a right-to-left page", () => {
  it("the star is on the left", async (test) => {
    const picker = await stage.open(test, { root: { dir: "rtl" } });
    await picker.voice("Ada").waitFor();

    const [star, name, preview] = await Promise.all(
      [picker.star("Ada"), picker.voice("Ada"), picker.play("Ada")].map(async (locator) => {
        const { x } = await boxOf(locator);
        return x;
      }),
    );

    assert.ok(star < name && name < preview, `${star}, ${name}, ${preview}`);
  });
});

describe("the look", () => {
  const background = (/** @type {PickerPage} */ picker) =>
    styleOf(picker.element.locator('[part="picker"]'), "background-color");

  it("follows the color scheme of the system and the page", async (test) => {
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

  it("can be changed with custom properties and parts", async (test) => {
    const picker = await stage.open(test);
    await picker.page.addStyleTag({
      content: `voice-picker { --voices-background: rgb(1, 2, 3); --voices-height: 400px; }
        voice-picker::part(name) { color: rgb(4, 5, 6); }`,
    });

    await eventuallyEqual(() => background(picker), "rgb(1, 2, 3)");
    const { height } = await boxOf(picker.element);
    assert.equal(height, 400);
    assert.equal(
      await styleOf(picker.element.locator('[part="name"]').first(), "color"),
      "rgb(4, 5, 6)",
    );
  });

  it("shows selection and stars in forced colors", async (test) => {
    const context = { forcedColors: /** @type {const} */ ("active") };
    const picker = await stage.open(test, { context, attributes: { selected: "ada" } });
    await picker.star("Ada").click();
    await eventuallyEqual(picker.starred, ["Ada"]);

    const outlines = ["Ada", "Bruno"].map((name) => styleOf(picker.row(name), "outline-style"));
    assert.deepEqual(await Promise.all(outlines), ["solid", "none"]);
    const [starred, other] = ["Ada", "Bruno"].map((name) => styleOf(picker.star(name), "color"));
    assert.notEqual(await starred, await other);
  });

  for (const { reducedMotion, expected } of /** @type {const} */ ([
    { reducedMotion: "no-preference", expected: true },
    { reducedMotion: "reduce", expected: false },
  ])) {
    it(`${expected ? "has" : "has no"} animations with ${reducedMotion}`, async (test) => {
      const picker = await stage.open(test, { context: { reducedMotion } });
      await picker.play("Ada").click();
      await picker.star("Ada").click();

      const isAnimated = await picker.evaluate(
        ({ shadowRoot }) => shadowRoot.getAnimations().length > 0,
      );

      assert.equal(isAnimated, expected);
    });
  }
});
