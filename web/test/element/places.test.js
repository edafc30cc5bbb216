/**
 * The places where a page can put a picker, and later moves and changes of the picker.
 *
 * @import { PickerPage } from "../support/picker-page.js"
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { useStage } from "../support/stage.js";
import { deferred } from "../support/timers.js";
import { eventuallyEqual } from "../support/waiting.js";

const stage = useStage();

/** @param {number} count */
function voices(count) {
  return Array.from({ length: count }, (_, n) => ({ voice_id: `v${n}`, name: `Voice ${n}` }));
}

/**
 * Wrap the picker in an element with this style.
 *
 * @param {PickerPage} picker
 * @param {string} tag
 * @param {string} style
 */
function wrap(picker, tag, style) {
  return picker.evaluate(
    (element, { tag, style }) => {
      const wrapper = document.createElement(tag);
      wrapper.style.cssText = style;
      document.body.prepend(wrapper);
      wrapper.append(element);
      if (wrapper instanceof HTMLDialogElement) wrapper.showModal();
    },
    { tag, style },
  );
}

/** Return the width of the picker. @param {PickerPage} picker */
async function widthOf(picker) {
  const box = await picker.element.boundingBox();
  return box?.width ?? 0;
}

describe("a picker in", () => {
  for (const [place, tag, style] of [
    ["a dialog", "dialog", ""],
    ["a flex row", "div", "display: flex"],
    ["an inline block", "div", "display: inline-block"],
    ["an absolutely positioned box", "div", "position: absolute"],
  ]) {
    it(`${place} has its default width`, async (test) => {
      const picker = await stage.open(test);
      await eventuallyEqual(picker.names, stage.voiceNames);

      await wrap(picker, tag, style);

      const width = await widthOf(picker);
      assert.ok(width > 400, `${width} px`);
    });
  }

  it("a narrow grid column is as wide as the column", async (test) => {
    const picker = await stage.open(test);
    await wrap(picker, "div", "display: grid; grid-template-columns: 200px 1fr");

    assert.equal(await widthOf(picker), 200);
  });

  it("a box without a height renders only visible rows", async (test) => {
    const picker = await stage.open(test, { properties: { catalogue: voices(5000) } });
    await wrap(picker, "div", "--voices-height: auto");

    await picker.voice("Voice 0").waitFor();
    assert.ok((await picker.rows.count()) < 60);
  });

  it("a dialog handles Escape before the dialog does", async (test) => {
    const picker = await stage.open(test);
    await wrap(picker, "dialog", "");
    const isOpen = () => picker.page.evaluate(() => document.querySelector("dialog")?.open);
    await picker.search.fill("ada");

    await picker.search.press("Escape");
    assert.deepEqual([await picker.search.inputValue(), await isOpen()], ["", true]);

    await picker.search.press("Escape");
    await eventuallyEqual(isOpen, false);
  });

  it("another document keeps its style sheet", async (test) => {
    const picker = await stage.open(test);
    await eventuallyEqual(picker.names, stage.voiceNames);

    const sheets = await picker.evaluate((element) => {
      const frame = document.createElement("iframe");
      document.body.append(frame);
      frame.contentDocument?.body.append(element);
      return element.shadowRoot.adoptedStyleSheets.length;
    });

    assert.equal(sheets, 1);
  });
});

describe("a moved picker", () => {
  it("keeps the pending changes of the user", async (test) => {
    const picker = await stage.open(test);
    const released = deferred();
    await picker.routeAction("add-favorite", async (route) => {
      await released.promise;
      await route.fallback();
    });
    await picker.star("Ada").click();
    await picker.star("Ada").click();

    await picker.evaluate((element) => document.body.append(element));
    released.resolve();

    await eventuallyEqual(
      async () => (await picker.events("favorite-changed")).map(({ favorite }) => favorite),
      [true, false],
    );
    await eventuallyEqual(picker.starred, []);
  });

  it("does not load its lists again", async (test) => {
    const picker = await stage.open(test);
    await eventuallyEqual(picker.names, stage.voiceNames);
    /** @type {string[]} */
    const calls = [];
    picker.page.on("request", (request) => calls.push(request.url()));

    await picker.evaluate((element) => document.body.append(element));
    await picker.voice("Chen").click(); // this click causes the only call

    await eventuallyEqual(async () => calls.length, 1);
  });
});

describe("a page can", () => {
  it("set an attribute of a removed picker", async (test) => {
    const picker = await stage.open(test, { attributes: { tab: "all" } });
    const other = JSON.stringify([{ voice_id: "x", name: "Xenia" }]);
    stage.host.serve("/other.json", (response) => response.end(other));

    await picker.evaluate(async (element) => {
      const { parentNode } = element;
      element.remove();
      await new Promise(requestAnimationFrame);
      element.setAttribute("catalogue", "/other.json");
      parentNode?.append(element);
    });

    await eventuallyEqual(picker.names, ["Xenia"]);
  });

  it("remove the picker when the user chooses a voice", async (test) => {
    const picker = await stage.open(test, { attributes: { tab: "all" } });
    await picker.page.clock.install();
    await picker.evaluate((element) => {
      element.addEventListener("voice-selected", () => element.remove());
    });
    const calls = new Set();
    picker.page.on("request", (request) => calls.add(request.postDataJSON()?.action));

    await picker.voice("Ada").click();
    await picker.page.clock.runFor(60_000); // the usage event may be retried

    assert.deepEqual([...calls], ["track-usage"]);
  });

  it("set the catalogue again without losing the state", async (test) => {
    const catalogue = voices(200).map((voice, n) => ({
      ...voice,
      gender: n % 2 ? "male" : "female",
    }));
    const picker = await stage.open(test, { properties: { catalogue } });
    await picker.voice("Voice 0").click();
    await picker.element.getByLabel("Gender").selectOption("female");
    await picker.voice("Voice 0").focus();
    await picker.press("PageDown", "PageDown", "PageDown");
    const readState = () =>
      picker.evaluate(({ shadowRoot }) => {
        /** @type {HTMLSelectElement | null} */
        const filter = shadowRoot.querySelector("select[name=gender]");
        return {
          scrollTop: shadowRoot.querySelector("[role=grid]")?.scrollTop ?? 0,
          focused: shadowRoot.activeElement?.textContent,
          filter: filter?.value,
        };
      });
    const before = await readState();

    await picker.set({ catalogue });
    await picker.page.evaluate(() => new Promise(requestAnimationFrame));

    assert.ok(before.scrollTop > 0);
    assert.deepEqual(await readState(), before);
  });
});

it("the module can be imported on a server without a DOM", async () => {
  const { VoicePicker } = await import("../../src/voice-picker.js");

  assert.equal(typeof VoicePicker, "function");
});

describe("a missing catalogue", () => {
  it("is requested less and less often", async (test) => {
    let requests = 0;
    stage.host.serve("/gone.json", (response) => {
      requests += 1;
      response.writeHead(404).end();
    });
    const picker = await stage.open(test, {
      attributes: { catalogue: "/gone.json" },
      properties: { catalogue: undefined },
      prepare: (page) => page.clock.install(),
    });
    await picker.button("Try again").waitFor();
    await picker.evaluate(({ shadowRoot }) => {
      window.announcements = [];
      const status = shadowRoot.querySelector("[role=status]");
      if (!status) throw new Error("no status element");
      const record = () => window.announcements.push(status.textContent);
      new MutationObserver(record).observe(status, { childList: true });
    });
    for (const [seconds, expected] of [
      [2, 2],
      [2, 2],
      [2, 3],
      [6, 3],
      [2, 4],
    ]) {
      await picker.page.clock.runFor(seconds * 1000);
      await eventuallyEqual(() => requests, expected);
    }
    assert.deepEqual(await picker.page.evaluate(() => window.announcements), []);
  });
});
