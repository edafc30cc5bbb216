/**
 * Control the client's timers in a test. Other timers stay real.
 *
 * @import { TestContext } from "node:test"
 */

const TIMEOUT_MS = 10_000; // the client's own limit

/**
 * Replace the client's timers until the end of the test.
 *
 * Delays before a retry are recorded in `delays` and end at once, unless `holdDelays` is set.
 * Timeouts expire when `expireTimeouts` is called.
 *
 * @param {TestContext} test
 */
export function mockClientTimers(test, { holdDelays = false } = {}) {
  const { setTimeout } = globalThis;
  /** @type {number[]} */
  const delays = [];
  /** @type {(() => void)[]} */
  const timeouts = [];
  const { promise: firstDelay, resolve: reportDelay } = deferred();
  /** @param {() => void} callback @param {number} milliseconds @param {...unknown} rest */
  const mockTimeout = (callback, milliseconds, ...rest) => {
    const caller = new Error().stack?.split("\n")[2];
    const isFromClient = caller?.includes("api-service.js");
    if (!isFromClient) return setTimeout(callback, milliseconds, ...rest);
    if (milliseconds === TIMEOUT_MS) {
      timeouts.push(callback);
      return undefined;
    }
    delays.push(milliseconds);
    reportDelay();
    return holdDelays ? undefined : setTimeout(callback, 0);
  };
  globalThis.setTimeout = /** @type {typeof setTimeout} */ (/** @type {unknown} */ (mockTimeout));
  test.after(() => {
    globalThis.setTimeout = setTimeout;
  });
  test.mock.method(Math, "random", () => 0.5);
  return {
    delays,
    firstDelay,
    expireTimeouts: () => {
      for (const callback of timeouts) callback();
    },
  };
}

/** Create a promise, and return it with the functions that settle the promise. */
export function deferred() {
  /** @type {(value?: unknown) => void} */
  let resolve = () => {};
  /** @type {(reason: unknown) => void} */
  let reject = () => {};
  const promise = new Promise((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}
