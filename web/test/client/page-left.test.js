/**
 * The client in a browser sends a usage event even if the user leaves the page.
 *
 * @import { ServerResponse } from "node:http"
 * @import { Browser } from "playwright-core"
 * @import { Responder } from "../support/gateway.js"
 */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, it } from "node:test";
import { openBrowser } from "../support/browser.js";
import { Gateway, respond, success } from "../support/gateway.js";
import { Host } from "../support/host.js";

const CLIENT = new URL("../../src/api-service.js", import.meta.url);
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "authorization, content-type",
};
const gateway = new Gateway();
const host = new Host();
/** @type {Browser} */
let browser;

before(async () => {
  [browser] = await Promise.all([openBrowser(), host.start(), gateway.start()]);
  const type = { "content-type": "text/javascript" };
  host.serve("/api-service.js", respond(200, await readFile(CLIENT, "utf8"), type));
});
after(async () => {
  await browser?.close();
  await Promise.all([host.stop(), gateway.stop()]);
});

it("a usage event is sent after the user leaves the page", {
  timeout: 30_000,
}, async () => {
  /** @type {ServerResponse[]} */
  const preflights = [];
  /** @type {Responder} */
  const hold = (response) => void preflights.push(response);
  gateway.respondWith(hold, success({ success: true }, CORS));
  const page = await browser.newPage();
  const elsewhere = host.servePage("/elsewhere", "<title>Elsewhere</title>");
  const address = host.servePage(
    "/",
    `<script type="module">
      import { ApiClient } from "./api-service.js";
      new ApiClient({ endpoint: "${gateway.url}", getToken: () => "token" }).trackUsage("rachel");
    </script>`,
  );
  await page.goto(address);
  await gateway.received(1);

  await page.goto(elsewhere); // the browser would end all requests if its only page were closed
  preflights[0].writeHead(204, CORS).end();
  await gateway.received(2);

  const [{ method }, { body, headers }] = gateway.requests;
  assert.equal(method, "OPTIONS");
  assert.equal(headers.authorization, "Bearer token");
  assert.equal(body.id, "rachel");
});
