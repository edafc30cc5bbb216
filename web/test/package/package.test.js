/** The files, the license and the entry points of the npm package. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { LICENSE } from "../support/paths.js";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));

test("the package contains only the published files", async () => {
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json"], {
    cwd: PACKAGE,
  });
  const [{ files }] = /** @type {{files: {path: string}[]}[]} */ (JSON.parse(stdout));

  assert.deepEqual(files.map(({ path }) => path).sort(), [
    "LICENSE",
    "README.md",
    "package.json",
    "src/api-service.d.ts",
    "src/api-service.js",
    "src/picker/element.d.ts",
    "src/picker/element.js",
    "src/picker/model/catalogue-source.js",
    "src/picker/model/catalogue.js",
    "src/picker/model/items.js",
    "src/picker/model/labels.js",
    "src/picker/model/lists.js",
    "src/picker/model/local-usage.js",
    "src/picker/model/states.js",
    "src/picker/picker.js",
    "src/picker/player.js",
    "src/picker/retry.js",
    "src/picker/view/dom.js",
    "src/picker/view/grid.js",
    "src/picker/view/header.js",
    "src/picker/view/list-style.js",
    "src/picker/view/panel.js",
    "src/picker/view/rows.js",
    "src/picker/view/style.js",
    "src/voice-picker.d.ts",
    "src/voice-picker.js",
  ]);
});

test("the package has the license of the repository", async () => {
  const license = await readFile(new URL("../../LICENSE", import.meta.url), "utf8");

  assert.equal(license, await readFile(LICENSE, "utf8"));
});

test("the entry points export the client and the element", async () => {
  const client = await import("voices-web");
  const definition = await import("voices-web/voice-picker");
  const element = await import("voices-web/voice-picker/element");

  assert.deepEqual(Object.keys(client).sort(), ["ApiClient", "ApiError", "ApiService"]);
  assert.deepEqual(Object.keys(definition), ["VoicePicker"]);
  assert.equal(definition.VoicePicker, element.VoicePicker);
});
