/** A picker on a page of somebody's own, served from another port than the service. */

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before } from "node:test";
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { ApiClient } from "../../src/api-service.js";
import { openBrowser } from "./browser.js";
import { Host } from "./host.js";
import { PickerPage } from "./picker-page.js";
import { startService } from "./service.js";
import { someone, tokenOf } from "./tokens.js";

const SECONDS = 15;
const PAUSE = 40; // milliseconds

/** Eight voices, the last of which has no preview. */
const voices = (service) => [
  voice("Ada", "en", "British", "female", `${service}/previews/rachel.wav`),
  voice("Bruno", "de", "Austrian", "male", `${service}/previews/alder.wav`),
  voice("Chen", "en", "American", "neutral", `${service}/previews/wren.wav`),
  voice("Dalia", "es", "Mexican", "female", `${service}/previews/rachel.wav`),
  voice("Emre", "tr", "Istanbul", "male", `${service}/previews/rachel.wav`),
  voice("Freya", "da", "Danish", "female", `${service}/previews/rachel.wav`),
  voice("Goran", "hr", "Zagreb", "male", `${service}/previews/rachel.wav`),
  voice("Hana", "cs", "Moravian", "female"),
];

function voice(name, language, accent, gender, preview_url) {
  const description = `${name} reads to you`;
  const voice_id = name.toLowerCase();
  return { voice_id, name, language, accent, gender, description, preview_url };
}

/** Waits until what is looked at equals this; if it does not, fails with the difference. */
export async function becomes(look, expected) {
  for (const deadline = Date.now() + SECONDS * 1000; ; ) {
    const value = await look();
    if (isDeepStrictEqual(value, expected)) return;
    if (Date.now() > deadline) assert.deepEqual(value, expected);
    await setTimeout(PAUSE);
  }
}

/** One service, one browser and one host for the tests of a file. */
export function useStage(serviceOptions) {
  const stage = new Stage(serviceOptions);
  before(() => stage.start());
  after(() => stage.stop());
  return stage;
}

class Stage {
  host = new Host();

  constructor(serviceOptions) {
    this.serviceOptions = serviceOptions;
  }

  async start() {
    // One after the other, so that `stop` knows what there is if the next one fails.
    await this.host.start();
    this.browser = await openBrowser();
    this.service = await startService(this.serviceOptions);
    this.voices = voices(this.service.url);
  }

  async stop() {
    await this.browser?.close();
    await Promise.all([this.host.stop(), this.service?.stop()]);
  }

  /** A client of the service, as this user. */
  client(user) {
    return new ApiClient({ endpoint: this.service.url, getToken: () => tokenOf(user) });
  }

  /**
   * Open a page with a picker. It and its browser context close with the test.
   *
   * @param test the test's context
   * @param user who is signed in; null for nobody
   * @param properties what the page sets on the element, before the picker's script has come
   * @param attributes what it has beside `endpoint` and `token`
   * @param content what is in the element
   * @param context options of the browser's context
   * @param prepare called with the page before it opens
   */
  async open(test, { user = someone(), context, prepare, ...of } = {}) {
    const page = await this.newPage(test, context);
    await prepare?.(page);
    await page.goto(this.host.show(`/${randomUUID()}`, this.#html(user, of)));
    return new PickerPage(page);
  }

  async newPage(test, options) {
    const context = await this.browser.newContext({ locale: "en-US", ...options });
    context.setDefaultTimeout(SECONDS * 1000);
    test.after(() => context.close());
    return context.newPage();
  }

  #html(user, { attributes, properties, content = "", root = {} }) {
    const { url } = this.service;
    const token = user && tokenOf(user);
    const given = { catalogue: this.voices, ...properties };
    return `<!doctype html>
      <html ${written({ lang: "en", ...root })}>
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>A page of one's own</title>
        <link rel="icon" href="data:,">
        <script type="module" src="${url}/voice-picker.js"></script>
      </head>
      <body>
        <main>
          <h1>A page of one's own</h1>
          <voice-picker ${written({ endpoint: url, token, ...attributes })}>${content}</voice-picker>
        </main>
        <script>
          const picker = document.querySelector("voice-picker");
          Object.assign(picker, ${JSON.stringify(given).replaceAll("<", "\\u003c")});
          window.told = [];
          const note = ({ type, detail: { error, ...detail } }) => {
            const { code, message } = error ?? {};
            told.push({ type, ...detail, ...(error && { code, message }) });
          };
          for (const type of ["voice-selected", "favorite-changed"])
            document.addEventListener(type, note);
          picker.addEventListener("error", note);
        </script>
      </body>
      </html>`;
  }
}

function written(attributes) {
  const escaped = (value) => String(value).replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  const present = Object.entries(attributes).filter(([, value]) => value != null);
  return present.map(([name, value]) => `${name}="${escaped(value)}"`).join(" ");
}
