/**
 * Print the size of each published module, minified and compressed with gzip. Fail if a module is
 * larger than its limit.
 */

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

// The size of voice-picker.js includes all modules that it imports, except the client.
const MAX_BYTES = { "api-service.js": 5_000, "voice-picker.js": 15_000 };

for (const [module, maxBytes] of Object.entries(MAX_BYTES)) {
  const size = await sizeOf(module);
  const isTooLarge = size > maxBytes;
  const verdict = isTooLarge ? "too large" : "ok";
  console.log(`${module.padEnd(16)} ${size} of ${maxBytes} bytes: ${verdict}`);
  if (isTooLarge) process.exitCode = 1;
}

/** @param {string} module */
async function sizeOf(module) {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(new URL("../src", import.meta.url)),
    entryPoints: [module],
    external: module === "voice-picker.js" ? ["*/api-service.js"] : [],
    bundle: true,
    format: "esm",
    legalComments: "none",
    minify: true,
    write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}
