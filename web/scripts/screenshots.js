/** Writes the pictures in docs/images: the states of the picker, over a service with a little history. */

import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ApiClient } from "../src/api-service.js";
import { openBrowser } from "../test/support/browser.js";
import { Host } from "../test/support/host.js";
import { PickerPage } from "../test/support/picker-page.js";
import { startLocalService } from "../test/support/local-service.js";
import { tokenOf } from "../test/support/tokens.js";
import { eventually } from "../test/support/waiting.js";

const FOLDER = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const USES = {
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

/** The pictures by name: how to come to what they show. Two of them stand in the README, so larger. */
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
  rtl: { root: { dir: "rtl" }, labels: ARABIC, languages: ["ar", "he", "en"] },
};

const host = new Host();
const [service, browser] = await Promise.all([startLocalService(), openBrowser(), host.start()]);
try {
  await mkdir(FOLDER, { recursive: true });
  await remember();
  for (const [name, picture] of Object.entries(PICTURES)) await take(name, picture);
  await takePage();
} finally {
  await browser.close();
  await Promise.all([service.stop(), host.stop()]);
}

/** Gives Alice her favorites, one of which the catalogue has no more, and everybody their uses. */
async function remember() {
  const alice = clientOf("alice");
  await alice.addFavorite("bellamy", { name: "Bellamy", language: "en" });
  for (const id of FAVORITES) await alice.addFavorite(id);
  for (const [id, count] of Object.entries(USES))
    for (let user = 0; user < count; user += 1) await clientOf(`user-${user}`).trackUsage(id);
  await eventually(
    () => alice.popular(),
    (voices) => Object.entries(USES).every(([id, count]) => countOf(voices, id) === count),
  );
}

function countOf(voices, id) {
  return voices.find((voice) => voice.voice_id === id)?.usage_count;
}

function clientOf(user) {
  return new ApiClient({ endpoint: service.url, getToken: () => tokenOf(user) });
}

/** Takes a picture of a picker on a page of its own. */
async function take(name, picture) {
  const { width = 540, scale = 1, colorScheme = "light", reach } = picture;
  const page = await open({ width, height: 640 }, { scale, colorScheme });
  await page.goto(host.servePage(`/${name}`, await html(picture)));
  const picker = new PickerPage(page);
  await (reach ?? ((it) => it.rows.first().waitFor()))(picker);
  await shoot(page, name);
}

/** Takes a picture of the page of `make run`, after a star and a choice. */
async function takePage() {
  const page = await open({ width: 1280, height: 960 }, {});
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

async function open(viewport, { scale = 1, colorScheme = "light" }) {
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

async function shoot(page, name) {
  await page.screenshot({ path: join(FOLDER, `${name}.png`), animations: "disabled" });
  console.log(`docs/images/${name}.png`);
  await page.context().close();
}

async function html({ attributes, content = "", labels = {}, languages, root, user = "alice" }) {
  const { url } = service;
  const all = JSON.parse(await readFile(new URL("../demo/sample-voices.json", import.meta.url), "utf8"));
  const voices = languages?.flatMap((language) => all.filter((each) => each.language === language));
  const given = Object.entries({ ...attributes, ...(user && { token: tokenOf(user) }) });
  return `<!doctype html>
    <html lang="en" dir="${root?.dir ?? "ltr"}">
    <meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <title>Voices</title>
    <style>:root { color-scheme: light dark } ${LOOK} ${SIGN_IN}</style>
    <script type="module" src="${url}/voice-picker.js"></script>
    <voice-picker endpoint="${url}" ${given.map(([key, value]) => `${key}="${value}"`).join(" ")}
      style="--voices-height: 592px">${content}</voice-picker>
    <script>
      Object.assign(document.querySelector("voice-picker"), {
        catalogue: ${JSON.stringify(voices ?? all)}.map((voice) => ({
          ...voice,
          preview_url: voice.preview_url && "${url}" + voice.preview_url,
        })),
        labels: ${JSON.stringify(labels)},
      });
    </script>`;
}
