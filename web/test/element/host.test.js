/** The picker on strict pages of another origin, and what it asks of the network there. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { raw } from "../support/gateway.js";
import { PickerPage } from "../support/picker-page.js";
import { becomes, useStage } from "../support/stage.js";
import { someone, tokenOf } from "../support/tokens.js";

const stage = useStage();

/** Opens a page, and notes what it asks for and whatever its browser complains of. */
async function watched(test, address) {
  const page = await stage.newPage(test);
  const seen = { requests: [], complaints: [] };
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      seen.complaints.push(`${message.text()} ${message.location().url}`);
    }
  });
  page.on("pageerror", (error) => seen.complaints.push(error.message));
  await page.exposeFunction("complain", (violation) => seen.complaints.push(violation));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      window.complain(`${violatedDirective} ${blockedURI}`),
    );
  });
  await page.goto(address);
  return { picker: new PickerPage(page), ...seen };
}

/** Everything a person does with a picker. */
async function useAll(picker) {
  await picker.search.fill("a");
  await picker.search.fill("");
  await picker.element.getByLabel("Language").selectOption({ index: 1 });
  await picker.element.getByLabel("Language").selectOption({ index: 0 });
  const name = (await picker.names())[0];
  await picker.star(name).click();
  await becomes(picker.starred, [name]);
  await picker.voice(name).click();
  await picker.play(name).click();
  await picker.element.locator('[data-state="playing"]').waitFor();
  for (const tab of ["Favorites", "Recent"]) {
    await picker.tab(tab).click();
    await picker.voice(name).waitFor();
  }
  await picker.tab("Popular").click();
  await becomes(() => picker.element.getByRole("tabpanel").getAttribute("aria-busy"), "false");
}

describe("the page of make run", () => {
  it("breaks none of its policy, and asks nobody but its own service", async (test) => {
    const { url } = stage.service;
    const { picker, requests, complaints } = await watched(test, url);
    const policy = await fetch(url).then((reply) => reply.headers.get("content-security-policy"));
    assert.match(policy, /default-src 'none'.*require-trusted-types-for 'script'/);

    await useAll(picker);
    await picker.page.getByLabel("Bob").check();
    await picker.page.getByLabel("Dark").check();
    await picker.page.getByLabel("RTL").check();
    await picker.tab("Recent").click();
    await picker.state.getByText("Nothing used yet").waitFor();

    assert.deepEqual(complaints, []);
    assert.deepEqual(
      requests.filter((address) => !address.startsWith(url)),
      [],
    );
  });
});

describe("a strict page of another origin", () => {
  it("has a picker that works, and breaks none of its policy", async (test) => {
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
      <voice-picker endpoint="${url}" token="${tokenOf(someone())}"
        catalogue="${url}/sample-voices.json"></voice-picker>`;
    const address = stage.host.show("/strict", html, { "content-security-policy": policy });
    const { picker, complaints } = await watched(test, address);

    await useAll(picker);

    assert.deepEqual(complaints, []);
  });

  it("is asked for nothing: all goes to the service, and there only where it must", async (test) => {
    const { url } = stage.service;
    const html = `<!doctype html><title>Quiet</title><link rel="icon" href="data:,">
      <script type="module" src="${url}/voice-picker.js"></script>
      <voice-picker endpoint="${url}" token="${tokenOf(someone())}"></voice-picker>`;
    const { picker, requests, complaints } = await watched(test, stage.host.show("/quiet", html));
    await picker.set({ catalogue: stage.voices });

    await useAll(picker);

    const [page, ...others] = requests;
    assert.equal(page, `${stage.host.url}/quiet`);
    const paths = new Set(others.map((address) => address.replace(url, "")));
    const modules = [...paths].filter((path) => path.endsWith(".js"));
    const [preview] = stage.voices;
    assert.deepEqual(
      [...paths].filter((path) => !modules.includes(path)).sort(),
      ["/v1", "/v1/voices/popular?limit=100", preview.preview_url.replace(url, "")].sort(),
    );
    for (const path of modules)
      assert.match(path, /^\/(voice-picker|api-service|picker\/\w+)\.js$/);
    assert.deepEqual(complaints, []);
  });
});

describe("two lines of HTML", () => {
  it("as the README shows them give a working picker on a page of another port", async (test) => {
    const { url } = stage.service;
    const readme = await readFile(new URL("../../../README.md", import.meta.url), "utf8");
    const [, lines] = readme.match(/```html\n([^`]*<voice-picker[^`]*)```/) ?? [];
    assert.ok(lines, "README.md shows no HTML with a <voice-picker>");
    assert.equal(lines.trim().split("\n").length, 2);
    const html = lines
      .replaceAll("http://127.0.0.1:8787", url)
      .replace(/token="[^"]*"/, `token="${tokenOf(someone())}"`);
    assert.match(html, /token="ey/);
    stage.host.serve("/favicon.ico", raw(204, "")); // which the browser looks for by itself
    const { picker, complaints } = await watched(test, stage.host.show("/two-lines", html));

    await useAll(picker);

    assert.deepEqual(complaints, []);
  });
});
