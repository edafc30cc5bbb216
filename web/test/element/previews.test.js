/**
 * Previews of voices.
 *
 * @import { Page } from "playwright-core"
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { neverRespond, respond } from "../support/gateway.js";
import { PickerPage } from "../support/picker-page.js";
import { useStage } from "../support/stage.js";
import { eventuallyEqual } from "../support/waiting.js";

const stage = useStage();

/** Return the names of the voices whose preview buttons are active. @param {PickerPage} picker */
async function playing(picker) {
  const buttons = picker.element.locator('[part="preview"]:not([data-state="stopped"])');
  const labels = await buttons.evaluateAll((all) => all.map((button) => button.ariaLabel ?? ""));
  return labels.map((label) => label.replace("Stop the preview of ", ""));
}

/** Loop all previews of a page, and collect them in `window.sounds`. @param {Page} page */
async function loopPreviews(page) {
  await page.addInitScript(() => {
    window.sounds = [];
    const { Audio } = window;
    window.Audio = class extends Audio {
      /** @param {string} [url] */
      constructor(url) {
        super(url);
        this.loop = true;
        window.sounds.push(this);
      }
    };
  });
}

/** Count the sounds that are playing. @param {PickerPage} picker */
function soundCount(picker) {
  return picker.page.evaluate(() => window.sounds.filter((sound) => !sound.paused).length);
}

describe("a preview", () => {
  it("plays until it ends", async (test) => {
    const picker = await stage.open(test);

    await picker.play("Ada").click();

    await picker.element.locator('[data-state="playing"]').waitFor();
    await eventuallyEqual(() => playing(picker), ["Ada"]);
    await eventuallyEqual(() => playing(picker), []);
    await picker.play("Ada").waitFor();
  });

  it("stops when the user stops it", async (test) => {
    const picker = await stage.open(test, { prepare: loopPreviews });
    await picker.play("Ada").click();
    await eventuallyEqual(() => soundCount(picker), 1);

    await picker.stop("Ada").click();

    await eventuallyEqual(() => soundCount(picker), 0);
    await picker.play("Ada").waitFor();
  });

  it("stops when another preview starts", async (test) => {
    const picker = await stage.open(test, { prepare: loopPreviews });
    await picker.play("Ada").click();
    await picker.element.locator('[data-state="playing"]').waitFor();

    await picker.play("Bruno").click();

    await eventuallyEqual(() => playing(picker), ["Bruno"]);
    await eventuallyEqual(() => soundCount(picker), 1);
  });

  it("stops when a preview in another picker starts", async (test) => {
    const picker = await stage.open(test, { prepare: loopPreviews });
    await picker.page.evaluate((voices) => {
      const other = document.createElement("voice-picker");
      other.id = "other";
      other.catalogue = voices;
      document.body.append(other);
    }, stage.voices);
    const first = new PickerPage(picker.page, "voice-picker:not(#other)");
    const other = new PickerPage(picker.page, "#other");
    await first.play("Ada").click();
    await eventuallyEqual(() => playing(first), ["Ada"]);

    await other.play("Ada").click();

    await eventuallyEqual(() => playing(other), ["Ada"]);
    assert.deepEqual(await playing(first), []);
    await eventuallyEqual(() => soundCount(picker), 1);
  });

  it("stops when the picker leaves the page", async (test) => {
    const picker = await stage.open(test, { prepare: loopPreviews });
    await picker.play("Ada").click();
    await eventuallyEqual(() => soundCount(picker), 1);

    await picker.evaluate((element) => element.remove());

    await eventuallyEqual(() => soundCount(picker), 0);
  });

  it("does not choose its voice", async (test) => {
    const picker = await stage.open(test);

    await picker.play("Ada").click();
    await picker.stop("Ada").click();

    assert.equal(await picker.selected(), null);
    assert.deepEqual(await picker.events("voice-selected"), []);
  });

  it("can be stopped while it is loading", async (test) => {
    const preview_url = stage.host.serve("/slow.wav", neverRespond);
    const catalogue = [{ voice_id: "slow", name: "Slow", preview_url }];
    const picker = await stage.open(test, { properties: { catalogue } });
    await picker.play("Slow").click();
    await picker.element.locator('[data-state="loading"]').waitFor();

    await picker.stop("Slow").click();

    await eventuallyEqual(() => playing(picker), []);
    assert.equal(await picker.notice.isVisible(), false);
  });

  for (const { reason, serve } of [
    { reason: "is missing", serve: () => "/none.wav" },
    { reason: "is not audio", serve: () => stage.host.serve("/page.wav", respond(200, "<html>")) },
  ]) {
    it(`shows a notice if it ${reason}`, async (test) => {
      const broken = { voice_id: "broken", name: "Broken", preview_url: serve() };
      const catalogue = [broken, ...stage.voices];
      const picker = await stage.open(test, { properties: { catalogue } });

      await picker.play("Broken").click();

      await picker.notice.getByText("The preview of Broken could not be played.").waitFor();
      await eventuallyEqual(() => playing(picker), []);
      await picker.play("Ada").click();
      await picker.element.locator('[data-state="playing"]').waitFor();
    });
  }

  it("cannot be a script", async (test) => {
    const preview_url = "javascript:document.title='executed'";
    const catalogue = [{ voice_id: "evil", name: "Evil", preview_url }, ...stage.voices];
    const picker = await stage.open(test, { properties: { catalogue } });

    const noPreview = picker.button("No preview of Evil");
    await noPreview.click({ force: true }); // Playwright clicks a disabled button only with `force`
    await picker.play("Ada").click();

    await eventuallyEqual(() => playing(picker), ["Ada"]);
    assert.equal(await picker.page.title(), "Test page");
    assert.equal(await noPreview.getAttribute("aria-disabled"), "true");
  });
});
