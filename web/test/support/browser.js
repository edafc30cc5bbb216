/** A headless Chromium, controlled by playwright-core. */

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Start the browser in the environment variable `CHROMIUM`, or a browser on the path. */
export function openBrowser() {
  return chromium.launch({ executablePath: findChromium(process.env) });
}

/** @param {NodeJS.ProcessEnv} environment */
function findChromium({ CHROMIUM, PATH = "" }) {
  if (CHROMIUM) return CHROMIUM;
  const folders = PATH.split(delimiter);
  const files = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = files.find(isExecutable);
  if (found) return found;
  throw new Error(
    `found none of ${NAMES.join(", ")} on the path: install Chromium ` +
      "(on Debian: apt-get install chromium) or set CHROMIUM=/path/to/chromium",
  );
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
