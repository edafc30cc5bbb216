/**
 * The voices that a page offers, including unusual voices.
 *
 * @import { ChosenFilters } from "../../src/picker/model/catalogue.js"
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  filtersFor,
  matcher,
  readVoices,
  unavailableVoice,
  voiceDataOf,
} from "../../src/picker/model/catalogue.js";
import { Labels } from "../../src/picker/model/labels.js";

const BASE = "https://host.example/app/voices.json";

/** Read the voices of a catalogue. @param {...unknown} list */
function read(...list) {
  return [...readVoices(list, BASE).values()];
}

/** Read a voice with these fields. @param {Record<string, unknown>} fields */
function voiceWith(fields) {
  return read({ voice_id: "ada", ...fields })[0];
}

describe("a catalogue", () => {
  it("keeps the order and the fields of the page", () => {
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
    it(`must not be ${JSON.stringify(given)}`, () => {
      assert.throws(() => readVoices(given, BASE), { message: /must be a list of voices/ });
    });
  }

  it("ignores entries without an id", () => {
    const list = [null, undefined, 5, "ada", [], {}, { voice_id: "" }, { voice_id: " " }];
    const invalid = [{ voice_id: 1.5 }, { voice_id: true }, { voice_id: {} }, { voice_id: null }];

    assert.deepEqual(read(...list, ...invalid, { voice_id: "ben" }).length, 1);
  });

  it("converts integer ids to decimal strings", () => {
    assert.equal(read({ voice_id: 42 })[0].voice_id, "42");
  });

  it("keeps the first of several voices with the same id", () => {
    const voices = read({ voice_id: "1", name: "first" }, { voice_id: 1, name: "second" });

    assert.deepEqual(
      voices.map(({ name }) => name),
      ["first"],
    );
  });

  for (const id of ["a#b", "../x", "é", "🎙️", "__proto__", "constructor", "<b>"]) {
    it(`accepts the id ${id}`, () => {
      assert.deepEqual([...readVoices([{ voice_id: id }], BASE).keys()], [id]);
    });
  }
});

describe("a voice", () => {
  it("without a name is shown with its id", () => {
    assert.equal(voiceWith({}).name, "ada");
    assert.equal(voiceWith({ name: " " }).name, "ada");
  });

  it("ignores fields that are not text", () => {
    const { name, language, accent, gender, description, preview_url } = voiceWith({
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

  it("shows the first characters of a long name", () => {
    assert.equal(voiceWith({ name: "a".repeat(10_000) }).name, `${"a".repeat(120)}…`);
  });

  it("is never cut inside a character", () => {
    assert.equal(voiceWith({ name: `${"a".repeat(119)}🎙️` }).name, `${"a".repeat(119)}…`);
  });

  it("has a name even if its id is blank", () => {
    assert.equal(unavailableVoice("\ufeff", {}).name.length, 1);
  });

  it("is described by its favorite if it is unavailable", () => {
    const voice = voiceWith({ name: "Ada", language: "en", accent: "", description: "long" });

    const voiceData = voiceDataOf(voice);

    assert.deepEqual(voiceData, { name: "Ada", language: "en" });
    const { name, language, unavailable } = unavailableVoice("ada", voiceData);
    assert.deepEqual(
      { name, language, unavailable },
      { name: "Ada", language: "en", unavailable: true },
    );
  });

  for (const data of [undefined, null, {}, { name: ["Ada"] }, { preview_url: "javascript:x" }]) {
    it(`can be unavailable with the data ${JSON.stringify(data)}`, () => {
      assert.equal(unavailableVoice("ada", data).name, "ada");
      assert.equal(unavailableVoice("ada", data).preview_url, "");
    });
  }
});

describe("the URL of a preview", () => {
  for (const [given, expected] of [
    ["ada.mp3", "https://host.example/app/ada.mp3"],
    ["/ada.mp3", "https://host.example/ada.mp3"],
    ["//cdn.example/ada.mp3", "https://cdn.example/ada.mp3"],
    ["http://cdn.example/ada.mp3", "http://cdn.example/ada.mp3"],
    ["data:audio/wav;base64,AA", "data:audio/wav;base64,AA"],
    ["blob:https://host.example/1", "blob:https://host.example/1"],
  ]) {
    it(`can be ${given}`, () =>
      assert.equal(voiceWith({ preview_url: given }).preview_url, expected));
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
    it(`must not be ${JSON.stringify(given)}`, () => {
      assert.equal(voiceWith({ preview_url: given }).preview_url, "");
    });
  }
});

describe("a search", () => {
  /** @param {string} query @param {ChosenFilters} [chosen] */
  const found = (query, chosen = {}) =>
    read(
      { voice_id: "jose", name: "José Ángel", language: "es", gender: "male" },
      { voice_id: "ada", name: "Ada", accent: "British", gender: "female" },
      { voice_id: "layla", name: "ليلى", language: "ar", gender: "female" },
      { voice_id: "full", name: "Ｗｉｄｅ" },
    )
      .filter(matcher(query, chosen))
      .map(({ voice_id }) => voice_id);

  for (const [query, expected] of /** @type {[string, string[]][]} */ ([
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
  ])) {
    it(`for “${query}” finds ${expected.length}`, () => assert.deepEqual(found(query), expected));
  }

  it("is combined with all chosen filters", () => {
    assert.deepEqual(found("", { gender: "female" }), ["ada", "layla"]);
    assert.deepEqual(found("", { gender: "female", language: "ar", accent: "" }), ["layla"]);
    assert.deepEqual(found("ada", { gender: "male" }), []);
  });
});

describe("the filters", () => {
  it("offer each value once, sorted by label", () => {
    const voices = read(
      { voice_id: "1", language: "de" },
      { voice_id: "2", language: "ar" },
      { voice_id: "3", language: "de" },
      { voice_id: "4" },
    );

    const [language, accent] = filtersFor(voices, new Labels({ locale: "de" }));

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
