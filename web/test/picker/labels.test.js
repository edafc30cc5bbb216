/** The texts of the picker, and their formatting. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Labels } from "../../src/picker/model/labels.js";

describe("a text", () => {
  it("is English by default", () => {
    const labels = new Labels({ favorites: "Favoriten", recent: undefined, popular: null });

    assert.equal(labels.text("favorites"), "Favoriten");
    assert.equal(labels.text("recent"), "Recent");
    assert.equal(labels.text("popular"), "Popular");
  });

  it("contains its values unchanged", () => {
    const labels = new Labels();

    assert.equal(labels.text("play", { name: "$& {n} <b>" }), "Play a preview of $& {n} <b>");
  });

  it("has the plural form and the digits of its language", () => {
    const forms = { one: "{n} głos", few: "{n} głosy", many: "{n} głosów", other: "{n} głosu" };
    const polish = new Labels({ locale: "pl", voices: forms });

    const texts = [1, 2, 5, 12_345].map((n) => polish.text("voices", { n }));

    assert.deepEqual(texts, ["1 głos", "2 głosy", "5 głosów", "12\u00a0345 głosów"]);
    assert.equal(new Labels().text("voices", { n: 1 }), "1 voice");
    assert.equal(new Labels().text("voices", { n: 0 }), "0 voices");
  });

  it("has English numbers if the locale is invalid", () => {
    const labels = new Labels({ locale: "no_such tongue", all: "Alle" });

    assert.equal(labels.text("all"), "Alle");
    assert.equal(labels.text("voices", { n: 1_000 }), "1,000 voices");
  });
});

describe("the value of a field", () => {
  it("is the name of a language", () => {
    assert.equal(new Labels({ locale: "de" }).value("language", "ja"), "Japanisch");
    assert.equal(new Labels().value("language", "pt-BR"), "Brazilian Portuguese");
  });

  for (const [field, value] of [
    ["language", "Old Norse"],
    ["language", ""],
    ["language", "not a tag at all"],
    ["accent", "British"],
    ["gender", "agender"],
    ["gender", "locale"],
    ["gender", "search"],
    ["gender", "constructor"],
    ["gender", ""],
  ]) {
    it(`is unchanged for ${field} “${value}”`, () => {
      assert.equal(new Labels().value(field, value), value);
    });
  }

  it("has a label for common genders", () => {
    const german = new Labels({ female: "Weiblich" });
    const texts = ["female", "male", "neutral"].map((gender) => german.value("gender", gender));

    assert.deepEqual(texts, ["Weiblich", "Male", "Neutral"]);
  });
});

describe("the time since a moment", () => {
  const NOW = Date.parse("2026-05-17T12:00:00Z");
  for (const [timestamp, expected] of [
    ["2026-05-17T12:00:00Z", "now"],
    ["2026-05-17T11:59:01Z", "now"],
    ["2026-05-17T12:03:00Z", "now"], // a clock that is behind
    ["2026-05-17T11:55:00Z", "5 min. ago"],
    ["2026-05-17T09:00:00Z", "3 hr. ago"],
    ["2026-05-16T12:00:00Z", "yesterday"],
    ["2026-05-07T12:00:00Z", "10 days ago"],
    ["whenever", ""],
  ]) {
    it(`is “${expected}” for ${timestamp}`, (test) => {
      test.mock.timers.enable({ apis: ["Date"], now: NOW });

      assert.equal(new Labels().ago(timestamp), expected);
    });
  }
});
