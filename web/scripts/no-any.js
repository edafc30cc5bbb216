/** Fail if a type in web/ is `any`, or if a comment disables a check. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["src", "demo", "test", "scripts"];
const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*/g;
const SUPPRESSION = /@ts-(ignore|nocheck|expect-error)|biome-ignore/;

for (const folder of FOLDERS) {
  const files = await readdir(join(ROOT, folder), { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => /\.(js|ts)$/.test(name))) {
    const path = join(folder, file);
    if (join(ROOT, path) === fileURLToPath(import.meta.url)) continue;
    const text = await readFile(join(ROOT, path), "utf8");
    const types = path.endsWith(".ts") ? text.replace(COMMENT, "") : jsdocTypes(text);
    report(path, types.match(/\bany\b/) && "the type any");
    report(path, text.match(SUPPRESSION)?.[0]);
  }
}

/** @param {string} path @param {string | null | undefined} problem */
function report(path, problem) {
  if (!problem) return;
  console.error(`web/${path} contains ${problem}: declare the type, or use unknown`);
  process.exitCode = 1;
}

/** Return the types in all JSDoc comments. Each type is in braces. @param {string} text */
function jsdocTypes(text) {
  const comments = text.match(/\/\*\*[\s\S]*?\*\//g) ?? [];
  return comments.flatMap(bracedParts).join("\n");
}

/** Return the parts of a comment in braces, including nested braces. @param {string} comment */
function bracedParts(comment) {
  const parts = [];
  let depth = 0;
  let start = 0;
  for (const [index, character] of [...comment].entries()) {
    if (character === "{" && depth++ === 0) start = index;
    if (character === "}" && --depth === 0) parts.push(comment.slice(start, index + 1));
  }
  return parts;
}
