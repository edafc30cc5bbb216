/** Chromium without a window, driven by playwright-core. */

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Start the browser that `CHROMIUM` names, or else one on the path. */
export function openBrowser() {
  return chromium.launch({ executablePath: findChromium(process.env) });
}

function findChromium({ CHROMIUM, PATH = "" }) {
  if (CHROMIUM) return CHROMIUM;
  const folders = PATH.split(delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(canRun);
  if (found) return found;
  throw new Error(
    `none of ${NAMES.join(", ")} is on the path: install one (on Debian: apt-get install chromium), ` +
      "or name one: CHROMIUM=/path/to/chromium",
  );
}

function canRun(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
