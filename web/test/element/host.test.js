/**
 * The picker on pages with strict policies, and the requests that the picker sends.
 *
 * @import { TestContext } from "node:test"
 */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { respond } from "../support/gateway.js";
import { README } from "../support/paths.js";
import { PickerPage } from "../support/picker-page.js";
import { useStage } from "../support/stage.js";
import { newUser, tokenOf } from "../support/tokens.js";
import { eventuallyEqual } from "../support/waiting.js";

const stage = useStage();

/**
 * Open a page, and record its requests and the problems that the browser reports.
 *
 * @param {TestContext} test
 * @param {string} url
 */
async function openRecorded(test, url) {
  const page = await stage.newPage(test);
  /** @type {string[]} */
  const requests = [];
  /** @type {string[]} */
  const problems = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      problems.push(`${message.text()} ${message.location().url}`);
    }
  });
  page.on("pageerror", (error) => problems.push(error.message));
  await page.exposeFunction("reportViolation", (/** @type {string} */ violation) =>
    problems.push(violation),
  );
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      window.reportViolation(`${violatedDirective} ${blockedURI}`),
    );
  });
  await page.goto(url);
  return { picker: new PickerPage(page), requests, problems };
}

/** Do everything that a user can do with a picker. @param {PickerPage} picker */
async function useAll(picker) {
  await picker.search.fill("a");
  await picker.search.fill("");
  await picker.element.getByLabel("Language").selectOption({ index: 1 });
  await picker.element.getByLabel("Language").selectOption({ index: 0 });
  const name = (await picker.names())[0];
  await picker.star(name).click();
  await eventuallyEqual(picker.starred, [name]);
  await picker.voice(name).click();
  await picker.play(name).click();
  await picker.element.locator('[data-state="playing"]').waitFor();
  for (const tab of ["Favorites", "Recent"]) {
    await picker.tab(tab).click();
    await picker.voice(name).waitFor();
  }
  await picker.tab("Popular").click();
  await eventuallyEqual(() => picker.panel.getAttribute("aria-busy"), "false");
}

describe("the demo page", () => {
  it("follows its policy, and uses its own origin only", async (test) => {
    const { url } = stage.service;
    const { picker, requests, problems } = await openRecorded(test, url);
    const { headers } = await fetch(url);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'.*require-trusted-types-for 'script'/);

    await useAll(picker);
    await picker.page.getByLabel("Bob").check();
    await picker.page.getByLabel("Dark").check();
    await picker.page.getByLabel("RTL").check();
    await picker.tab("Recent").click();
    await picker.state.getByText("No recent voices yet").waitFor();

    assert.deepEqual(problems, []);
    assert.deepEqual(
      requests.filter((requested) => !requested.startsWith(url)),
      [],
    );
  });
});

describe("a page of another origin", () => {
  it("can have a strict policy", async (test) => {
    const { url } = stage.service;
    const policy = [
      "default-src 'none'",
      `script-src ${url}`,
      `connect-src ${url}`,
      `media-src ${url}`,
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join("; ");
    const html = `<!doctype html><title>Strict</title>
      <script type="module" src="${url}/voice-picker.js"></script>
      <voice-picker endpoint="${url}" token="${tokenOf(newUser())}"
        catalogue="${url}/sample-voices.json"></voice-picker>`;
    const page = stage.host.servePage("/strict", html, { "content-security-policy": policy });
    const { picker, problems } = await openRecorded(test, page);

    await useAll(picker);

    assert.deepEqual(problems, []);
  });

  it("causes only necessary requests, all to the service", async (test) => {
    const { url } = stage.service;
    const html = `<!doctype html><title>Quiet</title><link rel="icon" href="data:,">
      <script type="module" src="${url}/voice-picker.js"></script>
      <voice-picker endpoint="${url}" token="${tokenOf(newUser())}"></voice-picker>`;
    const { picker, requests, problems } = await openRecorded(
      test,
      stage.host.servePage("/quiet", html),
    );
    await picker.set({ catalogue: stage.voices });

    await useAll(picker);

    const [page, ...others] = requests;
    assert.equal(page, `${stage.host.url}/quiet`);
    const paths = new Set(others.map((requested) => requested.replace(url, "")));
    const modules = [...paths].filter((path) => path.endsWith(".js"));
    const [{ preview_url: preview = "" }] = stage.voices;
    assert.deepEqual(
      [...paths].filter((path) => !modules.includes(path)).sort(),
      ["/v1", "/v1/voices/popular?limit=100", preview.replace(url, "")].sort(),
    );
    for (const path of modules)
      assert.match(path, /^\/(voice-picker|api-service|picker\/[\w/-]+)\.js$/);
    assert.deepEqual(problems, []);
  });
});

describe("the HTML in the README", () => {
  it("works on a page of another origin", async (test) => {
    const { url } = stage.service;
    const readme = await readFile(README, "utf8");
    const [, lines] = readme.match(/```html\n([^`]*<voice-picker[^`]*)```/) ?? [];
    assert.ok(lines, "README.md contains no HTML with a <voice-picker>");
    assert.equal(lines.trim().split("\n").length, 2);
    const html = lines
      .replaceAll("http://127.0.0.1:8787", url)
      .replace(/token="[^"]*"/, `token="${tokenOf(newUser())}"`);
    assert.match(html, /token="ey/);
    stage.host.serve("/favicon.ico", respond(204, "")); // browsers request this icon
    const { picker, problems } = await openRecorded(test, stage.host.servePage("/two-lines", html));

    await useAll(picker);

    assert.deepEqual(problems, []);
  });
});
