/** docs/client.md names what there is, all of it, and nothing else. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const CLIENT_MD = read("docs/client.md");
const PICKER = readdirSync(new URL("../picker", import.meta.url)).map((name) =>
  read(`web/picker/${name}`),
);
const ELEMENT = read("web/voice-picker.js");

/** What a pattern's group finds in texts, each once, sorted. */
const all = (pattern, ...texts) =>
  [
    ...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, found]) => found))),
  ].sort();

/** The part of docs/client.md below a heading. */
const section = (heading) => CLIENT_MD.split(`\n${heading}\n`)[1].split(/\n##/)[0];

/** What the first or second column of the n-th table of a text names. */
const named = (text, table, column) => {
  const tables = text.match(/(^\|.*\n)+/gm);
  const rows = tables[table].trim().split("\n").slice(2);
  return rows.flatMap((row) => all(/`([^`]+)`/g, row.split("|")[column + 1])).sort();
};

test("docs/client.md names every attribute", () => {
  const observed = all(/"([a-z-]+)"/g, ELEMENT.match(/observedAttributes = \[([^\]]+)\]/)[1]);

  assert.deepEqual(named(section("## `<voice-picker>`"), 0, 0), observed);
});

test("docs/client.md names every property", () => {
  assert.deepEqual(named(section("## `<voice-picker>`"), 0, 1), all(/^ {2}set (\w+)\(/gm, ELEMENT));
});

test("docs/client.md names every event", () => {
  const told = all(/tell\(\s*"([a-z-]+)"/g, ...PICKER).filter((type) => type !== "tab");

  assert.deepEqual(named(section("## `<voice-picker>`"), 1, 0), told);
});

test("docs/client.md names every custom property", () => {
  const custom = all(/var\((--voices-[a-z-]+)/g, ...PICKER);

  assert.deepEqual(all(/`(--voices-[a-z-]+)`/g, section("### Looks")), custom);
});

test("docs/client.md names every part", () => {
  const parts = all(/part: ["`]([a-z]+)/g, ...PICKER);
  const tabs = all(/"([a-z]+)"/g, ELEMENT.concat(...PICKER).match(/TABS = \[([^\]]+)\]/)[1]);
  const made = all(/#button\("[a-z]+", "([a-z]+)"\)/g, ...PICKER);
  const expected = [...parts, ...made, ...tabs.map((tab) => `tab-${tab}`)].sort();

  const paragraph = section("### Looks").split("`::part()` reaches")[1];
  assert.deepEqual(all(/`([a-z-]+)`/g, paragraph), expected);
});

test("docs/client.md names the codes of errors that the client makes", () => {
  const made = all(/"([A-Z]+_[A-Z_]+)"/g, read("web/api-service.js"));
  const ofService = all(/^\| `([A-Z_]+)` \|/gm, read("docs/api.md"));

  const own = made.filter((code) => !ofService.includes(code));
  assert.deepEqual(named(section("## ApiService"), 1, 0), own);
});

test("docs/client.md names no deploy parameter that is none", () => {
  const parameters = all(/^ {2}(\w+):$/gm, read("template.yaml").split("\nResources:")[0]);
  const named = all(/\[`(\w+)`\]\(deploy\.md\)/g, CLIENT_MD);

  assert.ok(named.length > 0);
  assert.deepEqual(
    named.filter((name) => !parameters.includes(name)),
    [],
  );
});
