/** Prints what a page downloads of each module, minified and gzipped; fails over a limit. */

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

// Bytes. The picker's own modules count with it; the client does not count twice.
const LIMITS = { "api-service.js": 5_000, "voice-picker.js": 15_000 };

for (const [module, limit] of Object.entries(LIMITS)) {
  const size = await sizeOf(module);
  const verdict = size > limit ? "TOO LARGE" : "fits";
  console.log(`${module.padEnd(16)} ${size} of ${limit} bytes: ${verdict}`);
  if (size > limit) process.exitCode = 1;
}

/** @param {string} module */
async function sizeOf(module) {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(new URL("../src", import.meta.url)),
    entryPoints: [module],
    external: ["./api-service.js"].filter((other) => other !== `./${module}`),
    bundle: true,
    format: "esm",
    legalComments: "none",
    minify: true,
    write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}
