/**
 * The times at which a picker retries failed requests.
 *
 * @import { TestContext } from "node:test"
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Retry } from "../../src/picker/retry.js";

/**
 * Create a connected `Retry` with mocked timers, and mock the parts of a page that it needs.
 *
 * @param {TestContext} test
 */
function setUp(test) {
  test.mock.timers.enable({ apis: ["setTimeout"] });
  const window = new EventTarget();
  const document = { hidden: false };
  Object.assign(globalThis, {
    addEventListener: window.addEventListener.bind(window),
    removeEventListener: window.removeEventListener.bind(window),
    document,
  });
  const attempts = { count: 0 };
  const retry = new Retry(() => {
    attempts.count += 1;
    retry.schedule(); // the attempt fails
  });
  retry.connect();
  const tick = (/** @type {number} */ milliseconds) => test.mock.timers.tick(milliseconds);
  const goOnline = () => window.dispatchEvent(new Event("online"));
  return { retry, attempts, document, tick, goOnline };
}

describe("a retry", () => {
  it("runs after 2 seconds, then after doubled delays", (test) => {
    const { retry, attempts, tick } = setUp(test);
    retry.schedule();
    for (const [index, seconds] of [2, 4, 8, 16, 30, 30].entries()) {
      tick(seconds * 1000 - 1);
      assert.equal(attempts.count, index);
      tick(1);
      assert.equal(attempts.count, index + 1);
    }
  });

  it("is not delayed by further failures", (test) => {
    const { retry, attempts, tick } = setUp(test);
    retry.schedule();
    tick(1_500);
    retry.schedule();
    tick(500);

    assert.equal(attempts.count, 1);
  });

  it("starts with 2 seconds again after a reset", (test) => {
    const { retry, attempts, tick } = setUp(test);
    retry.schedule();
    tick(2_000);
    retry.reset();
    tick(60_000);
    assert.equal(attempts.count, 1);

    retry.schedule();
    tick(2_000);

    assert.equal(attempts.count, 2);
  });

  it("runs at once when the browser is online again", (test) => {
    const { retry, attempts, goOnline } = setUp(test);
    retry.schedule();

    goOnline();

    assert.equal(attempts.count, 1);
  });

  it("waits while the page is hidden", (test) => {
    const { retry, attempts, document, tick } = setUp(test);
    document.hidden = true;
    retry.schedule();
    tick(2_000);
    assert.equal(attempts.count, 0);

    document.hidden = false;
    tick(4_000);

    assert.equal(attempts.count, 1);
  });

  it("does not run after the picker was removed", (test) => {
    const { retry, attempts, tick, goOnline } = setUp(test);
    retry.schedule();
    retry.disconnect();
    retry.schedule();
    tick(60_000);
    goOnline();

    assert.equal(attempts.count, 0);
  });

  it("runs again after the picker was added again", (test) => {
    const { retry, attempts, tick } = setUp(test);
    retry.disconnect();
    retry.connect();
    retry.schedule();
    tick(2_000);

    assert.equal(attempts.count, 1);
  });
});
