/**
 * The stage of a browser test, with a browser, the service, and a web server for pages.
 *
 * @import { TestContext } from "node:test"
 * @import { Browser, BrowserContextOptions, Page } from "playwright-core"
 * @import { LocalService, LocalServiceOptions } from "./local-service.js"
 * @import { Properties } from "./picker-page.js"
 */

import { randomUUID } from "node:crypto";
import { after, before } from "node:test";
import { ApiClient } from "../../src/api-service.js";
import { openBrowser } from "./browser.js";
import { Host } from "./host.js";
import { startLocalService } from "./local-service.js";
import { PickerPage } from "./picker-page.js";
import { newUser, tokenOf } from "./tokens.js";

const TIMEOUT_MS = 15_000;

/**
 * @typedef {Record<string, string | null | undefined>} Attributes
 *
 * @typedef {object} PageOptions
 * @property {string | null} [user]  the signed-in user, or null for nobody; by default a new user
 * @property {Properties} [properties]  set on the element before its script is loaded
 * @property {Attributes} [attributes]  of the element, in addition to `endpoint` and `token`
 * @property {Attributes} [root]  attributes of the `html` element
 * @property {string} [content]  the HTML inside the element
 * @property {BrowserContextOptions} [context]
 * @property {(page: Page) => Promise<unknown>} [prepare]  called before the page is loaded
 */

/** Return eight voices. The last voice has no preview. @param {string} url  of the service */
function voicesFor(url) {
  return [
    voice("Ada", "en", "British", "female", `${url}/previews/rachel.wav`),
    voice("Bruno", "de", "Austrian", "male", `${url}/previews/alder.wav`),
    voice("Chen", "en", "American", "neutral", `${url}/previews/wren.wav`),
    voice("Dalia", "es", "Mexican", "female", `${url}/previews/rachel.wav`),
    voice("Emre", "tr", "Istanbul", "male", `${url}/previews/rachel.wav`),
    voice("Freya", "da", "Danish", "female", `${url}/previews/rachel.wav`),
    voice("Goran", "hr", "Zagreb", "male", `${url}/previews/rachel.wav`),
    voice("Hana", "cs", "Moravian", "female"),
  ];
}

/**
 * @param {string} name
 * @param {string} language
 * @param {string} accent
 * @param {string} gender
 * @param {string} [preview_url]
 */
function voice(name, language, accent, gender, preview_url) {
  const description = `${name} reads to you`;
  const voice_id = name.toLowerCase();
  return { voice_id, name, language, accent, gender, description, preview_url };
}

/** Set up one stage for all tests of a file. @param {LocalServiceOptions} [serviceOptions] */
export function useStage(serviceOptions) {
  const stage = new Stage(serviceOptions);
  before(() => stage.start());
  after(() => stage.stop());
  return stage;
}

class Stage {
  host = new Host();
  /** @type {Browser | undefined} */
  #browser;
  /** @type {LocalService | undefined} */
  #service;

  /** @param {LocalServiceOptions} [serviceOptions] */
  constructor(serviceOptions) {
    this.serviceOptions = serviceOptions;
  }

  async start() {
    // The parts start one after the other. If one part fails, `stop` can stop the parts before it.
    await this.host.start();
    this.#browser = await openBrowser();
    this.#service = await startLocalService(this.serviceOptions);
  }

  async stop() {
    await this.#browser?.close();
    await Promise.all([this.host.stop(), this.#service?.stop()]);
  }

  get service() {
    return /** @type {LocalService} */ (this.#service);
  }
  set service(service) {
    this.#service = service;
  }

  get voices() {
    return voicesFor(this.service.url);
  }

  get voiceNames() {
    return this.voices.map(({ name }) => name);
  }

  /** Create a client for a user, or an anonymous client. @param {string | null} user */
  client(user) {
    const getToken = () => user && tokenOf(user);
    return new ApiClient({ endpoint: this.service.url, getToken });
  }

  /**
   * Open a page with a picker. The page is closed at the end of the test.
   *
   * @param {TestContext} test
   * @param {PageOptions} [options]
   */
  async open(test, { user = newUser(), context, prepare, ...options } = {}) {
    const page = await this.newPage(test, context);
    await prepare?.(page);
    await page.goto(this.host.servePage(`/${randomUUID()}`, this.#html(user, options)));
    return new PickerPage(page);
  }

  /** @param {TestContext} test @param {BrowserContextOptions} [options] */
  async newPage(test, options) {
    const browser = /** @type {Browser} */ (this.#browser);
    const context = await browser.newContext({ locale: "en-US", ...options });
    context.setDefaultTimeout(TIMEOUT_MS);
    test.after(() => context.close());
    return context.newPage();
  }

  /** @param {string | null} user @param {PageOptions} options */
  #html(user, { attributes, properties, content = "", root = {} }) {
    const { url } = this.service;
    const token = user && tokenOf(user);
    const values = { catalogue: this.voices, ...properties };
    return `<!doctype html>
      <html ${markup({ lang: "en", ...root })}>
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Test page</title>
        <link rel="icon" href="data:,">
        <script type="module" src="${url}/voice-picker.js"></script>
      </head>
      <body>
        <main>
          <h1>Test page</h1>
          <voice-picker ${markup({ endpoint: url, token, ...attributes })}>${content}</voice-picker>
        </main>
        <script>
          const picker = document.querySelector("voice-picker");
          Object.assign(picker, ${JSON.stringify(values).replaceAll("<", "\\u003c")});
          window.events = [];
          const record = ({ type, detail: { error, ...detail } }) => {
            const { code, message } = error ?? {};
            events.push({ type, ...detail, ...(error && { code, message }) });
          };
          for (const type of ["voice-selected", "favorite-changed"])
            document.addEventListener(type, record);
          picker.addEventListener("error", record);
        </script>
      </body>
      </html>`;
  }
}

/** @param {Attributes} attributes */
function markup(attributes) {
  return Object.entries(attributes)
    .filter(([, value]) => value != null)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(" ");
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
}
