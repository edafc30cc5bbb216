/** The voices that a page offers, whatever it offers. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { facets, matcher, readVoices, toKeep, unlisted } from "../../src/picker/catalogue.js";
import { Labels } from "../../src/picker/labels.js";

const BASE = "https://host.example/app/voices.json";
const read = (...list) => [...readVoices(list, BASE).values()];
const one = (fields) => read({ voice_id: "ada", ...fields })[0];

describe("a catalogue", () => {
  it("keeps the page's order, and its voices as the page gave them", () => {
    const given = [
      { voice_id: "ben", name: "Ben", mine: { deep: true } },
      { voice_id: "ada", name: "Ada" },
    ];

    assert.deepEqual(
      read(...given).map(({ raw }) => raw),
      given,
    );
  });

  for (const given of [null, undefined, {}, "voices", 5]) {
    it(`cannot be ${JSON.stringify(given)}`, () => {
      assert.throws(() => readVoices(given, BASE), { message: /not a list of voices/ });
    });
  }

  it("leaves out what has no id", () => {
    const list = [null, undefined, 5, "ada", [], {}, { voice_id: "" }, { voice_id: " " }];
    const strange = [{ voice_id: 1.5 }, { voice_id: true }, { voice_id: {} }, { voice_id: null }];

    assert.deepEqual(read(...list, ...strange, { voice_id: "ben" }).length, 1);
  });

  it("takes an integer for an id as its decimal string", () => {
    assert.equal(read({ voice_id: 42 })[0].voice_id, "42");
  });

  it("has the first voice of those with one id", () => {
    const voices = read({ voice_id: "1", name: "first" }, { voice_id: 1, name: "second" });

    assert.deepEqual(
      voices.map(({ name }) => name),
      ["first"],
    );
  });

  for (const id of ["a#b", "../x", "é", "🎙️", "__proto__", "constructor", "<b>"]) {
    it(`may have ${id} for an id`, () => {
      assert.deepEqual([...readVoices([{ voice_id: id }], BASE).keys()], [id]);
    });
  }
});

describe("a voice", () => {
  it("without a name goes by its id", () => {
    assert.equal(one({}).name, "ada");
    assert.equal(one({ name: " " }).name, "ada");
  });

  it("has no field that is not text", () => {
    const { name, language, accent, gender, description, preview_url } = one({
      name: 5,
      language: ["en"],
      accent: {},
      gender: true,
      description: null,
      preview_url: 42,
    });

    const fields = [name, language, accent, gender, description, preview_url];
    assert.deepEqual(fields, ["ada", "", "", "", "", ""]);
  });

  it("with 10,000 characters for a name is shown by the first of them", () => {
    assert.equal(one({ name: "a".repeat(10_000) }).name, `${"a".repeat(120)}…`);
  });

  it("is never cut within a character", () => {
    assert.equal(one({ name: `${"a".repeat(119)}🎙️` }).name, `${"a".repeat(119)}…`);
  });

  it("has a name to show even if its id is a blank", () => {
    assert.equal(unlisted("\ufeff", {}).name.length, 1);
  });

  it("that the catalogue has no more is shown by what was kept with the favorite", () => {
    const voice = one({ name: "Ada", language: "en", accent: "", description: "long" });

    const kept = toKeep(voice);

    assert.deepEqual(kept, { name: "Ada", language: "en" });
    const { name, language, unavailable } = unlisted("ada", kept);
    assert.deepEqual(
      { name, language, unavailable },
      { name: "Ada", language: "en", unavailable: true },
    );
  });

  for (const kept of [undefined, null, {}, { name: ["Ada"] }, { preview_url: "javascript:x" }]) {
    it(`that the catalogue has no more may have kept ${JSON.stringify(kept)}`, () => {
      assert.equal(unlisted("ada", kept).name, "ada");
      assert.equal(unlisted("ada", kept).preview_url, "");
    });
  }
});

describe("the address of a preview", () => {
  for (const [given, expected] of [
    ["ada.mp3", "https://host.example/app/ada.mp3"],
    ["/ada.mp3", "https://host.example/ada.mp3"],
    ["//cdn.example/ada.mp3", "https://cdn.example/ada.mp3"],
    ["http://cdn.example/ada.mp3", "http://cdn.example/ada.mp3"],
    ["data:audio/wav;base64,AA", "data:audio/wav;base64,AA"],
    ["blob:https://host.example/1", "blob:https://host.example/1"],
  ]) {
    it(`may be ${given}`, () => assert.equal(one({ preview_url: given }).preview_url, expected));
  }

  for (const given of [
    "javascript:alert(1)",
    " JavaScript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "https://",
    "",
  ]) {
    it(`is not ${JSON.stringify(given)}`, () => {
      assert.equal(one({ preview_url: given }).preview_url, "");
    });
  }
});

describe("searching", () => {
  const found = (query, wanted = {}) =>
    read(
      { voice_id: "jose", name: "José Ángel", language: "es", gender: "male" },
      { voice_id: "ada", name: "Ada", accent: "British", gender: "female" },
      { voice_id: "layla", name: "ليلى", language: "ar", gender: "female" },
      { voice_id: "full", name: "Ｗｉｄｅ" },
    )
      .filter(matcher(query, wanted))
      .map(({ voice_id }) => voice_id);

  for (const [query, expected] of [
    ["", ["jose", "ada", "layla", "full"]],
    ["  ", ["jose", "ada", "layla", "full"]],
    ["jose", ["jose"]],
    ["JOSÉ", ["jose"]],
    ["angel jos", ["jose"]],
    ["brit", ["ada"]],
    ["british jose", []],
    ["ليلى", ["layla"]],
    ["wide", ["full"]],
    ["(", []],
  ]) {
    it(`for “${query}” finds ${expected.length}`, () => assert.deepEqual(found(query), expected));
  }

  it("goes together with filters, of which each that is chosen counts", () => {
    assert.deepEqual(found("", { gender: "female" }), ["ada", "layla"]);
    assert.deepEqual(found("", { gender: "female", language: "ar", accent: "" }), ["layla"]);
    assert.deepEqual(found("ada", { gender: "male" }), []);
  });
});

describe("the filters", () => {
  it("offer what voices differ in, once each and sorted by what people read", () => {
    const voices = read(
      { voice_id: "1", language: "de" },
      { voice_id: "2", language: "ar" },
      { voice_id: "3", language: "de" },
      { voice_id: "4" },
    );

    const [language, accent] = facets(voices, new Labels({ locale: "de" }));

    assert.deepEqual(language, {
      field: "language",
      options: [
        { value: "ar", label: "Arabisch" },
        { value: "de", label: "Deutsch" },
      ],
    });
    assert.deepEqual(accent.options, []);
  });
});
