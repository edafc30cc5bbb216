/**
 * Poll for results that are not available at once.
 *
 * @import { ApiError } from "../../src/api-service.js"
 */

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

const TIMEOUT_MS = 20_000;
const POLL_MS = 40;

/**
 * Poll a value until it is as expected, and return it. Fail after 20 seconds.
 *
 * @template T
 * @param {() => T | Promise<T>} read
 * @param {(value: T) => boolean} isAsExpected
 * @returns {Promise<T>}
 */
export async function eventually(read, isAsExpected) {
  for (const deadline = Date.now() + TIMEOUT_MS; ; ) {
    const value = await read();
    if (isAsExpected(value)) return value;
    assert.ok(Date.now() < deadline, `not as expected after ${TIMEOUT_MS} ms: ${isAsExpected}`);
    await setTimeout(POLL_MS);
  }
}

/**
 * Poll a value until it equals the expected value. Fail with the difference after 20 seconds.
 *
 * @template T
 * @param {() => T | Promise<T>} read
 * @param {T} expected
 */
export async function eventuallyEqual(read, expected) {
  for (const deadline = Date.now() + TIMEOUT_MS; ; ) {
    const value = await read();
    if (isDeepStrictEqual(value, expected)) return;
    if (Date.now() > deadline) assert.deepEqual(value, expected);
    await setTimeout(POLL_MS);
  }
}

/**
 * Return the error with which a promise rejects.
 *
 * @param {Promise<unknown>} promise
 * @returns {Promise<ApiError>}
 */
export async function rejection(promise) {
  const fulfilled = Symbol("fulfilled");
  const error = await promise.then(
    () => fulfilled,
    (reason) => reason,
  );
  assert.notEqual(error, fulfilled, "the promise was fulfilled");
  return error;
}
