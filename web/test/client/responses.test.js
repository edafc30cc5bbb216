/** The client's handling of responses, and of calls without a response. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiClient, ApiError } from "../../src/api-service.js";
import { failure, Gateway, neverRespond, respond, success } from "../support/gateway.js";
import { mockClientTimers } from "../support/timers.js";
import { rejection } from "../support/waiting.js";

const gateway = new Gateway();
before(() => gateway.start());
after(() => gateway.stop());

const client = () => new ApiClient({ endpoint: gateway.url, getToken: () => "opaque" });
const html = (/** @type {number} */ status) => respond(status, "<html>Sorry</html>");
const noFavorites = success({ favorites: [], count: 0 });
const NOT_IDEMPOTENT = { resource: "voices", action: "clone", id: "rachel" };

describe("a response of the gateway", () => {
  const codes = {
    400: "VALIDATION_ERROR",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "NOT_FOUND",
    413: "VALIDATION_ERROR",
    429: "RATE_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    502: "SERVICE_UNAVAILABLE",
    503: "SERVICE_UNAVAILABLE",
    504: "SERVICE_UNAVAILABLE",
    505: "INTERNAL_ERROR",
  };
  for (const [status, code] of Object.entries(codes)) {
    it(`with status ${status} causes the error ${code}`, async () => {
      for (const body of ['{"message": "No"}', "<html>No</html>", ""]) {
        gateway.respondWith(respond(Number(status), body));

        const error = await rejection(client().invoke(NOT_IDEMPOTENT));

        assert.ok(error instanceof ApiError);
        assert.deepEqual([error.code, error.status], [code, Number(status)]);
        assert.match(error.message, new RegExp(status));
        assert.deepEqual([error.requestId, error.retryAfter], [undefined, undefined]);
      }
    });
  }
});

describe("the error INVALID_RESPONSE", () => {
  const responders = {
    HTML: html(200),
    "an empty body": respond(200, ""),
    "a status 204": respond(204, ""),
    "JSON null": respond(200, "null"),
    "a missing data member": respond(200, '{"success": true}'),
    "data that is an array": respond(200, '{"success": true, "data": []}'),
    "a failure without a code": respond(200, '{"success": false, "error": {"message": "No"}}'),
    "a failure with a numeric code": respond(200, '{"success": false, "error": {"code": 7}}'),
    "a failure without an error": respond(200, '{"success": false, "error": null}'),
    "another envelope": respond(200, '{"ok": true, "data": {"favorites": []}}'),
  };
  for (const [what, responder] of Object.entries(responders)) {
    it(`is the result of ${what}`, async () => {
      gateway.respondWith(responder);

      const error = await rejection(client().invoke({ resource: "voices", action: "favorites" }));

      assert.equal(error.code, "INVALID_RESPONSE");
      assert.ok(error.status === 200 || error.status === 204);
      assert.equal(gateway.requests.length, 1);
    });
  }

  it("is the result of data without the expected member", async () => {
    gateway.respondWith(success({ favorites: {}, voices: null, favorite: "rachel" }));
    const calls = [
      client().favorites(),
      client().recent(),
      client().popular(),
      client().addFavorite("rachel"),
    ];

    for (const error of await Promise.all(calls.map(rejection))) {
      assert.equal(error.code, "INVALID_RESPONSE");
    }
  });
});

it("an error has the request id and the retry delay", async () => {
  const headers = { "x-request-id": "request-1", "retry-after": "3600" };
  gateway.respondWith(failure(503, "SERVICE_UNAVAILABLE", headers, { field: "data" }));

  const error = await rejection(client().favorites());

  assert.equal(error.code, "SERVICE_UNAVAILABLE");
  assert.equal(error.message, "The code is SERVICE_UNAVAILABLE.");
  assert.deepEqual([error.requestId, error.retryAfter, error.field], ["request-1", 3600, "data"]);
});

it("an unknown error code is kept", async () => {
  gateway.respondWith(failure(409, "VOICE_BUSY"));

  assert.equal((await rejection(client().favorites())).code, "VOICE_BUSY");
});

describe("the error NETWORK_ERROR", () => {
  it("is the result of a refused connection", async (test) => {
    mockClientTimers(test);
    const stopped = new Gateway();
    await stopped.start();
    const endpoint = stopped.url;
    await stopped.stop();

    const error = await rejection(new ApiClient({ endpoint }).popular());

    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.code, error.status], ["NETWORK_ERROR", 0]);
    assert.ok(error.cause instanceof Error);
  });

  it("is the result of an incomplete response", async () => {
    gateway.respondWith((response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write('{"success": true', () => response.destroy());
    });

    assert.equal((await rejection(client().invoke(NOT_IDEMPOTENT))).code, "NETWORK_ERROR");
  });

  it("is the result of ten seconds without a response", async (test) => {
    const { expireTimeouts } = mockClientTimers(test);
    gateway.respondWith(neverRespond);

    const call = rejection(client().invoke(NOT_IDEMPOTENT));
    await gateway.received(1);
    expireTimeouts();

    const error = await call;
    assert.equal(error.code, "NETWORK_ERROR");
    assert.match(String(error.cause), /10 s/);
  });

  it("is followed by a retry if the call is idempotent", async (test) => {
    const { expireTimeouts } = mockClientTimers(test);
    gateway.respondWith(neverRespond, noFavorites);

    const call = client().favorites();
    await gateway.received(1);
    expireTimeouts();

    assert.deepEqual(await call, []);
  });
});
