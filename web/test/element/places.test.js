/** Where a page may put a picker, and what it may do to it there. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { becomes, useStage } from "../support/stage.js";

const stage = useStage();
const all = () => stage.voices.map(({ name }) => name);
const many = (count) =>
  Array.from({ length: count }, (_, n) => ({ voice_id: `v${n}`, name: `Voice ${n}` }));

/** Wrap the picker in an element with this style. */
const wrap = (picker, tag, style) =>
  picker.element.evaluate(
    (element, [tag, style]) => {
      const around = document.createElement(tag);
      around.style.cssText = style;
      document.body.prepend(around);
      around.append(element);
      if (tag === "dialog") around.showModal();
    },
    [tag, style],
  );

describe("in", () => {
  for (const [place, tag, style] of [
    ["a dialog", "dialog", ""],
    ["a flex row", "div", "display: flex"],
    ["an inline block", "div", "display: inline-block"],
    ["a box that is as wide as its content", "div", "position: absolute"],
  ]) {
    it(`${place} with nothing else in it, it is as wide as a picker`, async (test) => {
      const picker = await stage.open(test);
      await becomes(picker.names, all());

      await wrap(picker, tag, style);

      const { width } = await picker.element.boundingBox();
      assert.ok(width > 400, `${width} px`);
    });
  }

  it("a narrow column of a grid it is as narrow as the column", async (test) => {
    const picker = await stage.open(test);
    await wrap(picker, "div", "display: grid; grid-template-columns: 200px 1fr");

    assert.equal((await picker.element.boundingBox()).width, 200);
  });

  it("a box without a height it shows no more rows than are seen", async (test) => {
    const picker = await stage.open(test, { properties: { catalogue: many(5000) } });
    await wrap(picker, "div", "--voices-height: auto");

    await picker.voice("Voice 0").waitFor();
    assert.ok((await picker.rows.count()) < 60);
  });

  it("a dialog it keeps the key that clears the search to itself", async (test) => {
    const picker = await stage.open(test);
    await wrap(picker, "dialog", "");
    const isOpen = () => picker.page.evaluate(() => document.querySelector("dialog").open);
    await picker.search.fill("ada");

    await picker.search.press("Escape");
    assert.deepEqual([await picker.search.inputValue(), await isOpen()], ["", true]);

    await picker.search.press("Escape");
    await becomes(isOpen, false);
  });

  it("another document it looks the same", async (test) => {
    const picker = await stage.open(test);
    await becomes(picker.names, all());

    const sheets = await picker.element.evaluate((element) => {
      const frame = document.createElement("iframe");
      document.body.append(frame);
      frame.contentDocument.body.append(element);
      return element.shadowRoot.adoptedStyleSheets.length;
    });

    assert.equal(sheets, 1);
  });
});

describe("while it is moved", () => {
  it("the last choice still wins, and the page is told", async (test) => {
    const picker = await stage.open(test);
    let go;
    const held = new Promise((resolve) => {
      go = resolve;
    });
    await picker.playNetwork("add-favorite", async (route) => {
      await held;
      await route.fallback();
    });
    await picker.star("Ada").click();
    await picker.star("Ada").click();

    await picker.element.evaluate((element) => document.body.append(element));
    go();

    await becomes(
      async () => (await picker.told("favorite-changed")).map(({ favorite }) => favorite),
      [true, false],
    );
    await becomes(picker.starred, []);
  });

  it("it asks for nothing anew", async (test) => {
    const picker = await stage.open(test);
    await becomes(picker.names, all());
    const calls = [];
    picker.page.on("request", (request) => calls.push(request.url()));

    await picker.element.evaluate((element) => document.body.append(element));
    await picker.voice("Chen").click(); // reports a use, after whatever came first

    await becomes(async () => calls.length, 1);
  });
});

describe("a page may", () => {
  it("set an attribute while it is off the page", async (test) => {
    const picker = await stage.open(test, { attributes: { tab: "all" } });
    const other = JSON.stringify([{ voice_id: "x", name: "Xenia" }]);
    stage.host.serve("/other.json", (response) => response.end(other));

    await picker.element.evaluate(async (element) => {
      const { parentNode } = element;
      element.remove();
      await new Promise(requestAnimationFrame);
      element.setAttribute("catalogue", "/other.json");
      parentNode.append(element);
    });

    await becomes(picker.names, ["Xenia"]);
  });

  it("take it away when a voice is chosen, and it asks nothing more", async (test) => {
    const picker = await stage.open(test, { attributes: { tab: "all" } });
    await picker.page.clock.install();
    await picker.element.evaluate((element) => {
      element.addEventListener("voice-selected", () => element.remove());
    });
    const calls = new Set();
    picker.page.on("request", (request) => calls.add(request.postDataJSON()?.action));

    await picker.voice("Ada").click();
    await picker.page.clock.runFor(60_000); // the report of the use may be tried again meanwhile

    assert.deepEqual([...calls], ["track-usage"]);
  });

  it("give the catalogue again, and scroll, focus and filter stay", async (test) => {
    const catalogue = many(200).map((voice, n) => ({
      ...voice,
      gender: n % 2 ? "male" : "female",
    }));
    const picker = await stage.open(test, { properties: { catalogue } });
    await picker.voice("Voice 0").click();
    await picker.element.getByLabel("Gender").selectOption("female");
    await picker.voice("Voice 0").focus();
    await picker.press("PageDown", "PageDown", "PageDown");
    const look = () =>
      picker.element.evaluate(({ shadowRoot }) => [
        shadowRoot.querySelector("[role=grid]").scrollTop,
        shadowRoot.activeElement?.textContent,
        shadowRoot.querySelector("select[name=gender]").value,
      ]);
    const before = await look();

    await picker.set({ catalogue });
    await picker.page.evaluate(() => new Promise(requestAnimationFrame));

    assert.ok(before[0] > 0);
    assert.deepEqual(await look(), before);
  });

  it("import it where there are no elements, as servers that render pages do", async () => {
    const { VoicePicker } = await import("../../src/voice-picker.js");

    assert.equal(typeof VoicePicker, "function");
  });
});

describe("a catalogue that stays missing", () => {
  it("is asked for less and less often, and is told of once", async (test) => {
    let asked = 0;
    stage.host.serve("/gone.json", (response) => {
      asked += 1;
      response.writeHead(404).end();
    });
    const picker = await stage.open(test, {
      attributes: { catalogue: "/gone.json" },
      properties: { catalogue: undefined },
      prepare: (page) => page.clock.install(),
    });
    await picker.button("Try again").waitFor();
    await picker.element.evaluate(({ shadowRoot }) => {
      window.spoken = [];
      const status = shadowRoot.querySelector("[role=status]");
      const note = () => window.spoken.push(status.textContent);
      new MutationObserver(note).observe(status, { childList: true });
    });
    for (const [seconds, times] of [
      [2, 2],
      [2, 2],
      [2, 3],
      [6, 3],
      [2, 4],
    ]) {
      await picker.page.clock.runFor(seconds * 1000);
      await becomes(async () => asked, times);
    }
    assert.deepEqual(await picker.page.evaluate(() => window.spoken), []);
  });
});
