/** Previews: heard, one at a time. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { raw, silent } from "../support/gateway.js";
import { PickerPage } from "../support/picker-page.js";
import { becomes, useStage } from "../support/stage.js";

const stage = useStage();

/** Names of the voices whose previews are on, by their buttons. */
const playing = async (picker) => {
  const buttons = picker.element.locator('[part="preview"]:not([data-state="stopped"])');
  const labels = await buttons.evaluateAll((all) => all.map((each) => each.ariaLabel));
  return labels.map((label) => label.replace("Stop the preview of ", ""));
};

/** Lets previews last until they are stopped, and notes every one of the page in `window.sounds`. */
async function endless(page) {
  await page.addInitScript(() => {
    window.sounds = [];
    const { Audio } = window;
    window.Audio = class extends Audio {
      constructor(address) {
        super(address);
        this.loop = true;
        window.sounds.push(this);
      }
    };
  });
}

const heard = (picker) =>
  picker.page.evaluate(() => window.sounds.filter((sound) => !sound.paused).length);

describe("a preview", () => {
  it("plays until it ends", async (test) => {
    const picker = await stage.open(test);

    await picker.play("Ada").click();

    await picker.element.locator('[data-state="playing"]').waitFor();
    await becomes(() => playing(picker), ["Ada"]);
    await becomes(() => playing(picker), []);
    await picker.play("Ada").waitFor();
  });

  it("stops when it is asked to", async (test) => {
    const picker = await stage.open(test, { prepare: endless });
    await picker.play("Ada").click();
    await becomes(() => heard(picker), 1);

    await picker.stop("Ada").click();

    await becomes(() => heard(picker), 0);
    await picker.play("Ada").waitFor();
  });

  it("stops when another one starts", async (test) => {
    const picker = await stage.open(test, { prepare: endless });
    await picker.play("Ada").click();
    await picker.element.locator('[data-state="playing"]').waitFor();

    await picker.play("Bruno").click();

    await becomes(() => playing(picker), ["Bruno"]);
    await becomes(() => heard(picker), 1);
  });

  it("stops when one of another picker on the page starts", async (test) => {
    const picker = await stage.open(test, { prepare: endless });
    await picker.page.evaluate((voices) => {
      const other = document.createElement("voice-picker");
      other.id = "other";
      other.catalogue = voices;
      document.body.append(other);
    }, stage.voices);
    const first = new PickerPage(picker.page, "voice-picker:not(#other)");
    const other = new PickerPage(picker.page, "#other");
    await first.play("Ada").click();
    await becomes(() => playing(first), ["Ada"]);

    await other.play("Ada").click();

    await becomes(() => playing(other), ["Ada"]);
    assert.deepEqual(await playing(first), []);
    await becomes(() => heard(picker), 1);
  });

  it("stops when the picker leaves the page", async (test) => {
    const picker = await stage.open(test, { prepare: endless });
    await picker.play("Ada").click();
    await becomes(() => heard(picker), 1);

    await picker.element.evaluate((element) => element.remove());

    await becomes(() => heard(picker), 0);
  });

  it("does not choose its voice", async (test) => {
    const picker = await stage.open(test);

    await picker.play("Ada").click();
    await picker.stop("Ada").click();

    assert.equal(await picker.selected(), null);
    assert.deepEqual(await picker.told("voice-selected"), []);
  });

  it("that comes slowly can be stopped before it has come", async (test) => {
    const preview_url = stage.host.serve("/slow.wav", silent);
    const catalogue = [{ voice_id: "slow", name: "Slow", preview_url }];
    const picker = await stage.open(test, { properties: { catalogue } });
    await picker.play("Slow").click();
    await picker.element.locator('[data-state="loading"]').waitFor();

    await picker.stop("Slow").click();

    await becomes(() => playing(picker), []);
    assert.equal(await picker.notice.isVisible(), false);
  });

  for (const [what, serve] of [
    ["is not there", () => "/none.wav"],
    ["is no sound", () => stage.host.serve("/page.wav", raw(200, "<html>"))],
  ]) {
    it(`that ${what} says so, and others can be played`, async (test) => {
      const broken = { voice_id: "broken", name: "Broken", preview_url: serve() };
      const catalogue = [broken, ...stage.voices];
      const picker = await stage.open(test, { properties: { catalogue } });

      await picker.play("Broken").click();

      await picker.notice.getByText("The preview of Broken could not be played.").waitFor();
      await becomes(() => playing(picker), []);
      await picker.play("Ada").click();
      await picker.element.locator('[data-state="playing"]').waitFor();
    });
  }

  it("that would be a script is none", async (test) => {
    const preview_url = "javascript:document.title='executed'";
    const catalogue = [{ voice_id: "evil", name: "Evil", preview_url }, ...stage.voices];
    const picker = await stage.open(test, { properties: { catalogue } });

    await picker.button("No preview of Evil").click({ force: true }); // disabled as it is
    await picker.play("Ada").click(); // and so all that the first click did is done

    await becomes(() => playing(picker), ["Ada"]);
    assert.equal(await picker.page.title(), "A page of one's own");
    assert.equal(await picker.button("No preview of Evil").getAttribute("aria-disabled"), "true");
  });
});
