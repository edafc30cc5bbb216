/** The client in a real browser: a use outlives the page that told it. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, it } from "node:test";
import { openBrowser } from "../support/browser.js";
import { Gateway, raw, success } from "../support/gateway.js";
import { Host } from "../support/host.js";

const CODE = new URL("../../src/api-service.js", import.meta.url);
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "authorization, content-type",
};
const gateway = new Gateway();
const host = new Host();
let browser;

before(async () => {
  [browser] = await Promise.all([openBrowser(), host.start(), gateway.start()]);
  const type = { "content-type": "text/javascript" };
  host.serve("/api-service.js", raw(200, await readFile(CODE, "utf8"), type));
});
after(async () => {
  await browser?.close();
  await Promise.all([host.stop(), gateway.stop()]);
});

it("a use is told although the page is left before the preflight is answered", {
  timeout: 30_000,
}, async () => {
  let preflight;
  const hold = (response) => {
    preflight = response;
  };
  gateway.willAnswer(hold, success({ success: true }, CORS));
  const page = await browser.newPage();
  const elsewhere = host.show("/elsewhere", "<title>Elsewhere</title>");
  const address = host.show(
    "/",
    `<script type="module">
      import { ApiClient } from "./api-service.js";
      new ApiClient({ endpoint: "${gateway.url}", getToken: () => "token" }).trackUsage("rachel");
    </script>`,
  );
  await page.goto(address);
  await gateway.came(1);

  await page.goto(elsewhere); // and not closed: with its only page the browser drops its requests
  preflight.writeHead(204, CORS).end();
  await gateway.came(2);

  const [{ method }, { body, headers }] = gateway.requests;
  assert.equal(method, "OPTIONS");
  assert.equal(headers.authorization, "Bearer token");
  assert.equal(body.id, "rachel");
});
