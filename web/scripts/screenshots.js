/**
 * Write the pictures in docs/images, which show the states of the picker and the demo page.
 *
 * @import { Page, ViewportSize } from "playwright-core"
 * @import { PopularVoice } from "../src/api-service.js"
 */

import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ApiClient } from "../src/api-service.js";
import { openBrowser } from "../test/support/browser.js";
import { Host } from "../test/support/host.js";
import { startLocalService } from "../test/support/local-service.js";
import { ROOT } from "../test/support/paths.js";
import { PickerPage } from "../test/support/picker-page.js";
import { tokenOf } from "../test/support/tokens.js";
import { eventually } from "../test/support/waiting.js";

const FOLDER = join(ROOT, "docs/images");
const SAMPLE_VOICES = new URL("../demo/sample-voices.json", import.meta.url);
/** The usage counts of popular voices. */
const USAGE_COUNTS = {
  wren: 9,
  rachel: 7,
  solene: 6,
  joschka: 4,
  tamsin: 3,
  marlowe: 3,
  fiammetta: 2,
  alder: 1,
};
const FAVORITES = ["fiammetta", "solene", "rachel", "wren"];
const LOOK = `
  body { margin: 0; padding: 24px; background: light-dark(#f4f3f9, #0e0d13); }
  :root { --voices-font: 400 15px/1.4 "Helvetica Neue", "Liberation Sans", Arial, sans-serif; }
  h1, h2, body { font-family: "Helvetica Neue", "Liberation Sans", Arial, sans-serif; }
`;
const SIGN_IN = `
  .sign-in {
    margin-top: 8px;
    padding: 8px 20px;
    font: inherit;
    font-weight: 600;
    color: #fff;
    background: #4f46e5;
    border: 0;
    border-radius: 99px;
  }
`;
const ARABIC = {
  locale: "ar",
  all: "الكل",
  favorites: "المفضلة",
  recent: "الأخيرة",
  popular: "الشائعة",
  search: "ابحث عن صوت",
  language: "اللغة",
  accent: "اللهجة",
  gender: "النوع",
  female: "أنثوي",
  male: "ذكوري",
  neutral: "محايد",
  voices: { one: "صوت واحد", two: "صوتان", few: "{n} أصوات", other: "{n} صوتًا" },
};

/**
 * @typedef {object} Picture
 * @property {number} [width]
 * @property {number} [scale]
 * @property {"light" | "dark"} [colorScheme]
 * @property {string | null} [user]
 * @property {Record<string, string>} [attributes]
 * @property {string} [content]  the HTML inside the element
 * @property {"ltr" | "rtl"} [direction]
 * @property {object} [labels]
 * @property {string[]} [languages]  the languages of the offered voices; by default all
 * @property {(picker: PickerPage) => Promise<void>} [reach]  creates the state to show
 *
 * @typedef {{voice_id: string, language: string, preview_url?: string}} SampleVoice
 */

/**
 * The pictures by name. The README shows the first two pictures, so they have a larger scale.
 *
 * @type {Record<string, Picture>}
 */
const PICTURES = {
  "picker-light": { scale: 2, attributes: { selected: "alder" } },
  "picker-dark": { scale: 2, colorScheme: "dark", attributes: { tab: "popular" } },
  popular: { attributes: { tab: "popular", selected: "wren" } },
  favorites: { attributes: { tab: "favorites" } },
  search: {
    reach: async (picker) => {
      await picker.search.fill("a");
      await picker.element.getByLabel("Gender").selectOption("Female");
    },
  },
  "signed-out": {
    user: null,
    attributes: { tab: "favorites" },
    content: '<button slot="sign-in" class="sign-in">Sign in</button>',
    reach: (picker) => picker.state.waitFor(),
  },
  offline: {
    attributes: { tab: "favorites" },
    reach: async (picker) => {
      await picker.rows.first().waitFor();
      await picker.page.context().setOffline(true);
      await picker.tab("Recent").click();
      await picker.state.waitFor();
      await picker.tab("Favorites").click();
      await picker.banner.waitFor();
    },
  },
  narrow: { width: 320 },
  rtl: { direction: "rtl", labels: ARABIC, languages: ["ar", "he", "en"] },
};

const host = new Host();
const [service, browser] = await Promise.all([startLocalService(), openBrowser(), host.start()]);
try {
  await mkdir(FOLDER, { recursive: true });
  await addHistory();
  for (const [name, picture] of Object.entries(PICTURES)) await take(name, picture);
  await takePage();
} finally {
  await browser.close();
  await Promise.all([service.stop(), host.stop()]);
}

/** Add favorites for Alice, including an unavailable voice, and usage events of several users. */
async function addHistory() {
  const alice = clientOf("alice");
  await alice.addFavorite("bellamy", { name: "Bellamy", language: "en" });
  for (const id of FAVORITES) await alice.addFavorite(id);
  for (const [id, count] of Object.entries(USAGE_COUNTS))
    for (let user = 0; user < count; user += 1) await clientOf(`user-${user}`).trackUsage(id);
  await eventually(
    () => alice.popular(),
    (voices) => Object.entries(USAGE_COUNTS).every(([id, count]) => countOf(voices, id) === count),
  );
}

/** @param {PopularVoice[]} voices @param {string} id */
function countOf(voices, id) {
  return voices.find((voice) => voice.voice_id === id)?.usage_count;
}

/** @param {string} user */
function clientOf(user) {
  return new ApiClient({ endpoint: service.url, getToken: () => tokenOf(user) });
}

/** Take a picture of a picker. @param {string} name @param {Picture} picture */
async function take(name, picture) {
  const { width = 540, reach = showList } = picture;
  const page = await open({ width, height: 640 }, picture);
  await page.goto(host.servePage(`/${name}`, await html(picture)));
  await reach(new PickerPage(page));
  await shoot(page, name);
}

/** @param {PickerPage} picker */
async function showList(picker) {
  await picker.rows.first().waitFor();
}

/** Take a picture of the demo page with a favorite and a selected voice. */
async function takePage() {
  const page = await open({ width: 1280, height: 960 });
  await page.goto(service.url);
  await page.addStyleTag({ content: LOOK.replace(/body \{ margin.*/, "") });
  const picker = new PickerPage(page);
  await picker.star("Marlowe").click();
  await picker.voice("Rachel").click();
  await eventually(
    () => page.locator("#wire .good").count(),
    (count) => count >= 3,
  );
  await page.locator("#wire details").nth(1).click();
  await page.mouse.move(0, 0);
  await shoot(page, "page");
}

/** @param {ViewportSize} viewport @param {Picture} [picture] */
async function open(viewport, { scale = 1, colorScheme = "light" } = {}) {
  const context = await browser.newContext({
    bypassCSP: true,
    colorScheme,
    deviceScaleFactor: scale,
    locale: "en-US",
    reducedMotion: "reduce",
    viewport,
  });
  return context.newPage();
}

/** @param {Page} page @param {string} name */
async function shoot(page, name) {
  await page.screenshot({ path: join(FOLDER, `${name}.png`), animations: "disabled" });
  console.log(`docs/images/${name}.png`);
  await page.context().close();
}

/** @param {Picture} picture */
async function html(picture) {
  const { attributes, content = "", direction = "ltr", labels = {}, languages } = picture;
  const { user = "alice" } = picture;
  const { url } = service;
  const all = /** @type {SampleVoice[]} */ (JSON.parse(await readFile(SAMPLE_VOICES, "utf8")));
  const voices = languages?.flatMap((language) => all.filter((each) => each.language === language));
  const catalogue = (voices ?? all).map((voice) => ({
    ...voice,
    preview_url: voice.preview_url && url + voice.preview_url,
  }));
  const given = Object.entries({ ...attributes, ...(user && { token: tokenOf(user) }) });
  return `<!doctype html>
    <html lang="en" dir="${direction}">
    <meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <title>Voices</title>
    <style>:root { color-scheme: light dark } ${LOOK} ${SIGN_IN}</style>
    <script type="module" src="${url}/voice-picker.js"></script>
    <voice-picker endpoint="${url}" ${given.map(([key, value]) => `${key}="${value}"`).join(" ")}
      style="--voices-height: 592px">${content}</voice-picker>
    <script>
      Object.assign(document.querySelector("voice-picker"), ${JSON.stringify({ catalogue, labels })});
    </script>`;
}
