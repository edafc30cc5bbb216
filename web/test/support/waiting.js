/** Waiting for what comes. */

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";

const SECONDS = 20;
const PAUSE = 50; // milliseconds

/**
 * What an expression gives once it is as expected; fails if it is not within 20 seconds.
 *
 * @template T
 * @param {() => Promise<T>} look
 * @param {(value: T) => boolean} isAsExpected
 * @returns {Promise<T>}
 */
export async function eventually(look, isAsExpected) {
  for (const deadline = Date.now() + SECONDS * 1000; ; ) {
    const value = await look();
    if (isAsExpected(value)) return value;
    assert.ok(Date.now() < deadline, `not within ${SECONDS} s: ${isAsExpected}`);
    await setTimeout(PAUSE);
  }
}

/**
 * The error that a promise rejects with.
 *
 * @param {Promise<unknown>} promise
 * @returns {Promise<import("../../src/api-service.js").ApiError>}
 */
export async function rejection(promise) {
  const nothing = Symbol("nothing");
  const error = await promise.then(
    () => nothing,
    (reason) => reason,
  );
  assert.notEqual(error, nothing, "the promise was kept");
  return error;
}
