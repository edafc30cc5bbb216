/** When a picker tries again what did not work. */

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { Retry } from "../../src/picker/retry.js";

let window;
let tries;
let retry;
let tick;
beforeEach((test) => {
  test.mock.timers.enable({ apis: ["setTimeout"] });
  tick = (milliseconds) => test.mock.timers.tick(milliseconds);
  // What it needs of a page.
  window = new EventTarget();
  globalThis.addEventListener = window.addEventListener.bind(window);
  globalThis.removeEventListener = window.removeEventListener.bind(window);
  globalThis.document = { hidden: false };
  tries = 0;
  retry = new Retry(() => {
    tries += 1;
    retry.needed(); // it does not work yet
  });
  retry.connect();
});

describe("trying again", () => {
  it("comes after 2 seconds, then after twice as long each time, up to half a minute", () => {
    retry.needed();
    for (const [index, seconds] of [2, 4, 8, 16, 30, 30].entries()) {
      tick(seconds * 1000 - 1);
      assert.equal(tries, index);
      tick(1);
      assert.equal(tries, index + 1);
    }
  });

  it("is not put off by what fails meanwhile", () => {
    retry.needed();
    tick(1_500);
    retry.needed();
    tick(500);

    assert.equal(tries, 1);
  });

  it("ends when all works, and begins anew with 2 seconds", () => {
    retry.needed();
    tick(2_000);
    retry.over();
    tick(60_000);
    assert.equal(tries, 1);

    retry.needed();
    tick(2_000);

    assert.equal(tries, 2);
  });

  it("comes at once when the network is back", () => {
    retry.needed();

    window.dispatchEvent(new Event("online"));

    assert.equal(tries, 1);
  });

  it("waits until somebody looks", () => {
    globalThis.document.hidden = true;
    retry.needed();
    tick(2_000);
    assert.equal(tries, 0);

    globalThis.document.hidden = false;
    tick(4_000);

    assert.equal(tries, 1);
  });

  it("is over for a picker that left the page, whatever still fails", () => {
    retry.needed();
    retry.disconnect();
    retry.needed();
    tick(60_000);
    window.dispatchEvent(new Event("online"));

    assert.equal(tries, 0);
  });

  it("goes on in a picker that comes back", () => {
    retry.disconnect();
    retry.connect();
    retry.needed();
    tick(2_000);

    assert.equal(tries, 1);
  });
});
