/**
 * picker.md and client.md name exactly the attributes, properties, events, styling hooks and error
 * codes of the code.
 */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { VoicePicker } from "../../src/picker/element.js";
import { TABS } from "../../src/picker/view/header.js";
import { API_DOCS, CLIENT_DOCS, PICKER_DOCS, TEMPLATE } from "../support/paths.js";

const SOURCE = fileURLToPath(new URL("../../src", import.meta.url));
const CLIENT = read(join(SOURCE, "api-service.js"));
const ELEMENT = read(join(SOURCE, "picker/element.js"));
const PICKER = readdirSync(join(SOURCE, "picker"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".js"))
  .map((file) => read(join(SOURCE, "picker", file)))
  .join("\n");

/** @param {string} file */
function read(file) {
  return readFileSync(file, "utf8");
}

/**
 * Return the first group of each match, sorted and without duplicates.
 *
 * @param {RegExp} pattern
 * @param {string} text
 */
function matches(pattern, text) {
  return [...new Set(Array.from(text.matchAll(pattern), ([, group]) => group))].sort();
}

/** Return the part of a page below a heading. @param {string} file @param {string} heading */
function section(file, heading) {
  const [, rest] = read(file).split(`\n## ${heading}\n`);
  assert.ok(rest, `${file} has no heading "${heading}"`);
  return rest.split(/\n##/)[0];
}

/** Return the names in a column of the first table. @param {string} text @param {number} column */
function tableNames(text, column) {
  const [table = ""] = text.match(/(^\|.*\n)+/m) ?? [];
  const rows = table.trim().split("\n").slice(2);
  return rows.flatMap((row) => matches(/`([^`]+)`/g, row.split("|")[column + 1])).sort();
}

test("picker.md names every attribute", () => {
  const documented = tableNames(section(PICKER_DOCS, "Attributes and properties"), 0);

  assert.deepEqual(documented, [...VoicePicker.observedAttributes].sort());
});

test("picker.md names every property", () => {
  const documented = tableNames(section(PICKER_DOCS, "Attributes and properties"), 1);

  assert.deepEqual(documented, matches(/^ {2}set (\w+)\(/gm, ELEMENT));
});

test("picker.md names every DOM event", () => {
  const types = matches(/type: "([a-z-]+)", detail/g, PICKER).filter((type) => type !== "tab");

  assert.equal(types.length, 3);
  assert.deepEqual(tableNames(section(PICKER_DOCS, "Events"), 0), types);
});

test("picker.md names every custom property", () => {
  const documented = matches(/`(--voices-[a-z-]+)`/g, section(PICKER_DOCS, "Styling"));

  assert.deepEqual(documented, matches(/var\((--voices-[a-z-]+)/g, PICKER));
});

test("picker.md names every part", () => {
  const parts = matches(/part: ["`]([a-z]+)/g, PICKER);
  const buttons = matches(/#button\("[a-z]+", "([a-z]+)"\)/g, PICKER);
  const tabs = TABS.map((tab) => `tab-${tab}`);

  const [, documented] = section(PICKER_DOCS, "Styling").split("use `::part()` with");
  assert.deepEqual(matches(/`([a-z-]+)`/g, documented), [...parts, ...buttons, ...tabs].sort());
});

test("client.md names the error codes of the client", () => {
  const codes = matches(/"([A-Z]+_[A-Z_]+)"/g, CLIENT);
  const ofService = matches(/^\| `([A-Z_]+)` \|/gm, read(API_DOCS));

  const own = codes.filter((code) => !ofService.includes(code));
  assert.deepEqual(tableNames(section(CLIENT_DOCS, "Errors"), 0), own);
});

test("client.md names only existing template parameters", () => {
  const parameters = matches(/^ {2}(\w+):$/gm, read(TEMPLATE).split("\nResources:")[0]);
  const documented = matches(/\[`(\w+)`\]\(configuration\.md(?:#[\w-]+)?\)/g, read(CLIENT_DOCS));

  assert.ok(documented.length > 0);
  assert.deepEqual(
    documented.filter((name) => !parameters.includes(name)),
    [],
  );
});
