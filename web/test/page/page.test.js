/** The page of `make run` in a real Chromium: what it shows, and that its two lines work elsewhere. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { chromium } from "playwright-core";
import { startLocalService } from "../support/local-service.js";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
];
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

let service;
let browser;
let context;
let page;
let problems;

before(async () => {
  service = await startLocalService();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: FLAGS,
  });
});
after(async () => {
  await browser?.close();
  await service?.stop();
});
beforeEach(async () => {
  await open();
});
afterEach(async () => {
  await context.close();
});

/** The page, as a browser of its own shows it. */
async function open(options = {}, prepare = async () => {}) {
  await context?.close();
  context = await browser.newContext({
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
  page = await context.newPage();
  problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await prepare();
  await page.goto(service.url);
  await row("Rachel").waitFor();
}

const row = (name) => page.getByRole("row").filter({ hasText: name });
const star = (name) => row(name).locator("[aria-pressed]");
const calls = (action) => page.locator("#wire > li").filter({ hasText: action });
const told = (text) => page.locator("#event").filter({ hasText: text }).waitFor();
const signIn = (user) => page.locator(`[name=user][value="${user}"]`).check();

test("what happens is told in words and shown on the wire, both sides of it", async () => {
  await star("Wren").click();
  await told("wren is now a favorite of Alice");
  await row("Alder").getByText("Alder").click();
  await told("You chose Alder: the page got voice-selected, and one use was reported.");

  const call = calls("add-favorite");
  await call.filter({ hasText: "201" }).waitFor();
  assert.equal(await call.locator("pre").first().isVisible(), false);
  await call.locator("summary").click();
  const [request, reply] = await call.locator("pre").allInnerTexts();
  assert.match(request, /^POST \/v1(\/voices)?\n/);
  assert.match(request, /"id": "wren"/);
  assert.match(reply, /^201 Created\nx-request-id: [\w-]+\n/);
  assert.match(reply, /"user_id": "alice"/);
  await calls("track-usage").filter({ hasText: "200" }).waitFor();
  assert.deepEqual(problems, []);
});

test("a token is shown by its first letters only", async () => {
  await calls("favorites").filter({ hasText: "200" }).waitFor();

  const shown = await page.locator("body").textContent();
  assert.match(shown, /authorization: Bearer eyJ\w{3}…/);
  assert.doesNotMatch(shown, /eyJ\w{4}/);
});

test("a call that no reply comes to is shown, and still fails for who made it", async () => {
  await context.route("**/v1/**", (route) => route.abort());
  await context.route("**/v1", (route) => route.abort());
  const failure = await page.evaluate(async () => {
    const { ApiService } = await import("/api-service.js");
    return ApiService.invoke({ resource: "voices", action: "future" }).catch(({ code }) => code);
  });

  assert.equal(failure, "NETWORK_ERROR");
  const call = calls("future").filter({ hasText: "failed" });
  await call.locator("summary").click();
  assert.match(await call.locator("pre").nth(1).innerText(), /^No reply: /);
});

test("the wire keeps the last hundred calls, the newest first, until it is cleared", async () => {
  await page.evaluate(async () => {
    const { ApiService } = await import("/api-service.js");
    for (let limit = 1; limit <= 100; limit++) await ApiService.popular({ limit });
    await ApiService.invoke({ resource: "voices", action: "popular", id: "the last" });
  });

  assert.equal(await page.locator("#wire > li").count(), 100);
  assert.match(await page.locator("#wire > li").first().innerText(), /the last/);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByText("Nothing was sent yet.").waitFor();
  assert.equal(await page.locator("#wire > li").count(), 0);
});

test("who is signed in, the theme and the direction outlive a reload", async () => {
  await signIn("bob");
  await page.locator("[name=theme][value=dark]").check();
  await page.locator("[name=direction][value=rtl]").check();
  await page.reload();
  await star("Tamsin").click();

  await told("tamsin is now a favorite of Bob");
  const [scheme, direction] = await page.locator("voice-picker").evaluate((picker) => {
    const style = getComputedStyle(picker);
    return [style.colorScheme, style.direction];
  });
  assert.deepEqual([scheme, direction], ["dark", "rtl"]);
});

test("another user does not see what this one starred", async () => {
  await star("Juniper").click();
  await told("juniper is now a favorite of Alice");
  await page.getByRole("tab", { name: "Favorites" }).click();
  await row("Juniper").waitFor();
  await signIn("bob");
  await row("Juniper").waitFor({ state: "detached" });
  await signIn("alice");
  await row("Juniper").waitFor();
});

test("a browser that lets the page keep nothing shows it all the same", async () => {
  await open({}, () =>
    page.addInitScript(() => {
      Object.defineProperty(globalThis, "localStorage", {
        get() {
          throw new DOMException("refused", "SecurityError");
        },
      });
    }),
  );
  await signIn("bob");

  await told("Bob is signed in now.");
  assert.deepEqual(problems, []);
});

test("the two lines that it copies work on a page served from another port", async () => {
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByText("Copied.").waitFor();
  const lines = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(lines.split("\n").length, 2);

  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><title>Another</title>${lines}`);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    problems.length = 0;
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await star("Marlowe").click();
    await page.getByRole("tab", { name: "Favorites" }).click();
    await row("Marlowe").waitFor();
    assert.deepEqual(
      problems.filter((problem) => !problem.includes("favicon")),
      [],
    );
    await page.goto(service.url);
    await page.getByRole("tab", { name: "Favorites" }).click();
    await row("Marlowe").waitFor(); // so the service has it
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds no violation, ${colorScheme}`, async () => {
    await open({ colorScheme, bypassCSP: true });
    await calls("favorites").first().locator("summary").click();
    await page.evaluate(await readFile(AXE, "utf8"));
    const { violations, passes } = await page.evaluate(() => globalThis.axe.run());

    assert.deepEqual(
      violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
      [],
    );
    assert.ok(passes.length > 20);
  });
}

for (const width of [320, 375, 768]) {
  test(`nothing is wider than a window of ${width} pixels`, async () => {
    await open({ viewport: { width, height: 700 } });
    await calls("favorites").first().locator("summary").click();

    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
  });
}
