/**
 * Tokens of the development issuer. The issuer's secret is public (src/voices_core/settings.py).
 *
 * @import { GetToken } from "../../src/api-service.js"
 */

import { createHmac, randomUUID } from "node:crypto";

const SECRET = "voices-development-secret-known-to-everybody";
const ISSUER = { iss: "https://development.voices.invalid/", aud: "voices-development" };

/** Create the id of a user that no other test uses. */
export function newUser() {
  return `user-${randomUUID()}`;
}

/** Create the id of a voice that no other test uses. */
export function newVoice() {
  return `voice-${randomUUID()}`;
}

/** @param {string} sub @param {number} [lifetimeS] */
export function tokenOf(sub, lifetimeS = 3600, secret = SECRET) {
  const claims = { ...ISSUER, sub, exp: Math.floor(Date.now() / 1000) + lifetimeS };
  const signed = [{ alg: "HS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/**
 * Create a `getToken` that returns these values in turn, and then repeats the last value.
 * `refreshes` records the `refresh` option of each call.
 *
 * @param {...unknown} tokens  unknown, because some tests pass invalid values
 */
export function getTokenReturning(...tokens) {
  /** @type {boolean[]} */
  const refreshes = [];
  /** @type {GetToken} */
  const getToken = ({ refresh }) => {
    refreshes.push(refresh);
    const token = tokens.length > 1 ? tokens.shift() : tokens[0];
    return /** @type {ReturnType<GetToken>} */ (token);
  };
  return Object.assign(getToken, { refreshes });
}
