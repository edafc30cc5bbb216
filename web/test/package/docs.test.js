/** docs/reference/client.md and picker.md name everything that exists, and nothing else. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const CLIENT_MD = read("docs/reference/client.md");
const PICKER_MD = read("docs/reference/picker.md");
const PICKER = readdirSync(new URL("../../src/picker", import.meta.url)).map((name) =>
  read(`web/src/picker/${name}`),
);
const ELEMENT = read("web/src/voice-picker.js");

/** What a pattern's group finds in texts, each once, sorted. */
const all = (pattern, ...texts) =>
  [
    ...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, found]) => found))),
  ].sort();

/** The part of a page below a heading. */
const section = (page, heading) => page.split(`\n${heading}\n`)[1].split(/\n##/)[0];

/** What the first or second column of the n-th table of a text names. */
const named = (text, table, column) => {
  const tables = text.match(/(^\|.*\n)+/gm);
  const rows = tables[table].trim().split("\n").slice(2);
  return rows.flatMap((row) => all(/`([^`]+)`/g, row.split("|")[column + 1])).sort();
};

test("picker.md names every attribute", () => {
  const observed = all(/"([a-z-]+)"/g, ELEMENT.match(/observedAttributes = \[([^\]]+)\]/)[1]);

  assert.deepEqual(named(section(PICKER_MD, "## Attributes and properties"), 0, 0), observed);
});

test("picker.md names every property", () => {
  const properties = named(section(PICKER_MD, "## Attributes and properties"), 0, 1);
  assert.deepEqual(properties, all(/^ {2}set (\w+)\(/gm, ELEMENT));
});

test("picker.md names every event", () => {
  const told = all(/tell\(\s*"([a-z-]+)"/g, ...PICKER).filter((type) => type !== "tab");

  assert.deepEqual(named(section(PICKER_MD, "## Events"), 0, 0), told);
});

test("picker.md names every custom property", () => {
  const custom = all(/var\((--voices-[a-z-]+)/g, ...PICKER);

  assert.deepEqual(all(/`(--voices-[a-z-]+)`/g, section(PICKER_MD, "## Styling")), custom);
});

test("picker.md names every part", () => {
  const parts = all(/part: ["`]([a-z]+)/g, ...PICKER);
  const tabs = all(/"([a-z]+)"/g, ELEMENT.concat(...PICKER).match(/TABS = \[([^\]]+)\]/)[1]);
  const made = all(/#button\("[a-z]+", "([a-z]+)"\)/g, ...PICKER);
  const expected = [...parts, ...made, ...tabs.map((tab) => `tab-${tab}`)].sort();

  const paragraph = section(PICKER_MD, "## Styling").split("`::part()` reaches")[1];
  assert.deepEqual(all(/`([a-z-]+)`/g, paragraph), expected);
});

test("client.md names the error codes that the client adds", () => {
  const made = all(/"([A-Z]+_[A-Z_]+)"/g, read("web/src/api-service.js"));
  const ofService = all(/^\| `([A-Z_]+)` \|/gm, read("docs/reference/api.md"));

  const own = made.filter((code) => !ofService.includes(code));
  assert.deepEqual(named(section(CLIENT_MD, "## Errors"), 0, 0), own);
});

test("client.md names only existing template parameters", () => {
  const parameters = all(/^ {2}(\w+):$/gm, read("template.yaml").split("\nResources:")[0]);
  const named = all(/\[`(\w+)`\]\(configuration\.md\)/g, CLIENT_MD);

  assert.ok(named.length > 0);
  assert.deepEqual(
    named.filter((name) => !parameters.includes(name)),
    [],
  );
});
