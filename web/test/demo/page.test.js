/**
 * The demo page of `make run`, in a browser.
 *
 * @import { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core"
 * @import * as Client from "../../src/api-service.js"
 * @import { LocalService } from "../support/local-service.js"
 */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { openBrowser } from "../support/browser.js";
import { Host } from "../support/host.js";
import { startLocalService } from "../support/local-service.js";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

const host = new Host();
/** @type {LocalService} */
let service;
/** @type {Browser} */
let browser;
/** @type {BrowserContext} */
let context;
/** @type {Page} */
let page;
/** @type {string[]} the errors that the browser reports */
let problems;

before(async () => {
  await host.start();
  service = await startLocalService();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await Promise.all([host.stop(), service?.stop()]);
});
beforeEach(async () => {
  await open();
});
afterEach(async () => {
  await context.close();
});

/**
 * Open the page in a new browser context.
 *
 * @param {BrowserContextOptions} [options]
 * @param {() => Promise<unknown>} [prepare]
 */
async function open(options, prepare) {
  await context?.close();
  context = await browser.newContext({
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
  page = await context.newPage();
  problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  await prepare?.();
  await page.goto(service.url);
  await row("Rachel").waitFor();
}

/** @param {string} name */
const row = (name) => page.getByRole("row").filter({ hasText: name });
/** @param {string} name */
const star = (name) => row(name).locator("[aria-pressed]");
/** @param {string} action */
const calls = (action) => page.locator("#wire > li").filter({ hasText: action });
/** @param {string} text */
const eventShown = (text) => page.locator("#event").filter({ hasText: text }).waitFor();
/** @param {string} user */
const signIn = (user) => page.locator(`[name=user][value="${user}"]`).check();

test("DOM events and calls are shown", async () => {
  await star("Wren").click();
  await eventShown("wren is now a favorite of Alice");
  await row("Alder").getByText("Alder").click();
  await eventShown(
    "You chose Alder. The page received voice-selected, and one usage event was reported.",
  );

  const call = calls("add-favorite");
  await call.filter({ hasText: "201" }).waitFor();
  assert.equal(await call.locator("pre").first().isVisible(), false);
  await call.locator("summary").click();
  const [request, response] = await call.locator("pre").allInnerTexts();
  assert.match(request, /^POST \/v1(\/voices)?\n/);
  assert.match(request, /"id": "wren"/);
  assert.match(response, /^201 Created\nx-request-id: [\w-]+\n/);
  assert.match(response, /"user_id": "alice"/);
  await calls("track-usage").filter({ hasText: "200" }).waitFor();
  assert.deepEqual(problems, []);
});

test("only the first characters of a token are shown", async () => {
  await calls("favorites").filter({ hasText: "200" }).waitFor();

  const shown = (await page.locator("body").textContent()) ?? "";
  assert.match(shown, /authorization: Bearer eyJ\w{3}…/);
  assert.doesNotMatch(shown, /eyJ\w{4}/);
});

test("a failed call is shown, and the caller gets the error", async () => {
  await context.route("**/v1/**", (route) => route.abort());
  await context.route("**/v1", (route) => route.abort());
  const failure = await page.evaluate(async () => {
    /** @type {typeof Client} */
    const { ApiService } = await import(`${location.origin}/api-service.js`);
    return ApiService.invoke({ resource: "voices", action: "future" }).catch(({ code }) => code);
  });

  assert.equal(failure, "NETWORK_ERROR");
  const call = calls("future").filter({ hasText: "failed" });
  await call.locator("summary").click();
  assert.match(await call.locator("pre").nth(1).innerText(), /^No response: /);
});

test("the last hundred calls are shown, newest first", async () => {
  await page.evaluate(async () => {
    /** @type {typeof Client} */
    const { ApiService } = await import(`${location.origin}/api-service.js`);
    for (let limit = 1; limit <= 100; limit++) await ApiService.popular({ limit });
    await ApiService.invoke({ resource: "voices", action: "popular", id: "the last" });
  });

  assert.equal(await page.locator("#wire > li").count(), 100);
  assert.match(await page.locator("#wire > li").first().innerText(), /the last/);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByText("No calls yet.").waitFor();
  assert.equal(await page.locator("#wire > li").count(), 0);
});

test("the options survive a reload", async () => {
  await signIn("bob");
  await page.locator("[name=theme][value=dark]").check();
  await page.locator("[name=direction][value=rtl]").check();
  await page.reload();
  await star("Tamsin").click();

  await eventShown("tamsin is now a favorite of Bob");
  const [scheme, direction] = await page.locator("voice-picker").evaluate((picker) => {
    const style = getComputedStyle(picker);
    return [style.colorScheme, style.direction];
  });
  assert.deepEqual([scheme, direction], ["dark", "rtl"]);
});

test("a user does not see the favorites of another user", async () => {
  await star("Juniper").click();
  await eventShown("juniper is now a favorite of Alice");
  await page.getByRole("tab", { name: "Favorites" }).click();
  await row("Juniper").waitFor();
  await signIn("bob");
  await row("Juniper").waitFor({ state: "detached" });
  await signIn("alice");
  await row("Juniper").waitFor();
});

test("the page works without storage", async () => {
  await open(undefined, () =>
    page.addInitScript(() => {
      Object.defineProperty(globalThis, "localStorage", {
        get() {
          throw new DOMException("blocked", "SecurityError");
        },
      });
    }),
  );
  await signIn("bob");

  await eventShown("Bob is signed in now.");
  assert.deepEqual(problems, []);
});

test("the copied HTML works on another origin", async () => {
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByText("Copied.").waitFor();
  const lines = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(lines.split("\n").length, 2);

  problems.length = 0;
  const icon = '<link rel="icon" href="data:,">';
  await page.goto(host.servePage("/", `<!doctype html><title>Other page</title>${icon}${lines}`));
  await star("Marlowe").click();
  await page.getByRole("tab", { name: "Favorites" }).click();
  await row("Marlowe").waitFor();
  assert.deepEqual(problems, []);
  await page.goto(service.url);
  await page.getByRole("tab", { name: "Favorites" }).click();
  await row("Marlowe").waitFor(); // the service has stored the favorite
});

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  test(`axe finds no violations, ${colorScheme}`, async () => {
    await open({ colorScheme, bypassCSP: true });
    await calls("favorites").first().locator("summary").click();
    await page.evaluate(await readFile(AXE, "utf8"));
    const { violations, passes } = await page.evaluate(() => window.axe.run());

    assert.deepEqual(
      violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
      [],
    );
    assert.ok(passes.length > 20);
  });
}

for (const width of [320, 375, 768]) {
  test(`the page fits into a window of ${width} pixels`, async () => {
    await open({ viewport: { width, height: 700 } });
    await calls("favorites").first().locator("summary").click();

    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
  });
}
