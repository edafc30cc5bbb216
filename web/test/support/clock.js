/** The client's timers in a test's hand, so that none waits; those of Node itself go on. */

const TIME_LIMIT = 10_000;

/**
 * From now to the test's end the client's waits are noted in `waits` and end at once, unless `hold`
 * is set; its time limits come when `runOut` is called.
 *
 * @param {import("node:test").TestContext} test
 */
export function takeClock(test, { hold = false } = {}) {
  const { setTimeout } = globalThis;
  /** @type {number[]} */
  const waits = [];
  /** @type {((...args: any[]) => void)[]} */
  const limits = [];
  /** @type {() => void} */
  let noticeWait;
  /** Resolves when the client has begun to wait. @type {Promise<void>} */
  const waiting = new Promise((resolve) => {
    noticeWait = resolve;
  });
  /** @param {(...args: any[]) => void} act @param {number} milliseconds @param {...any} rest */
  const take = (act, milliseconds, ...rest) => {
    const caller = new Error().stack?.split("\n")[2];
    if (!caller?.includes("api-service.js")) return setTimeout(act, milliseconds, ...rest);
    if (milliseconds === TIME_LIMIT) {
      limits.push(act);
      return undefined;
    }
    waits.push(milliseconds);
    noticeWait();
    return hold ? undefined : setTimeout(act, 0);
  };
  globalThis.setTimeout = /** @type {any} */ (take);
  test.after(() => {
    globalThis.setTimeout = setTimeout;
  });
  test.mock.method(Math, "random", () => 0.5);
  return {
    waits,
    waiting,
    runOut: () => {
      for (const act of limits) act();
    },
  };
}
