/** Tokens of the development identity, which is published: see src/voices_core/settings.py. */

import { createHmac, randomUUID } from "node:crypto";

const SECRET = "voices-development-secret-known-to-everybody";
const IDENTITY = { iss: "https://development.voices.invalid/", aud: "voices-development" };

/** A user whom no other test knows. */
export const someone = () => `user-${randomUUID()}`;

/** A voice that no other test knows. */
export const someVoice = () => `voice-${randomUUID()}`;

/** @param {string} sub @param {number} [seconds]  until it expires */
export function tokenOf(sub, seconds = 3600, secret = SECRET) {
  const claims = { ...IDENTITY, sub, exp: Math.floor(Date.now() / 1000) + seconds };
  const signed = [{ alg: "HS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/**
 * A `getToken` that gives these tokens in turn, the last one again and again, and notes in `asked`
 * with which `refresh` each was asked for.
 *
 * @param {...unknown} tokens
 */
export function giving(...tokens) {
  /** @type {boolean[]} */
  const asked = [];
  /** @param {{refresh: boolean}} options */
  const getToken = ({ refresh }) => {
    asked.push(refresh);
    return /** @type {any} */ (tokens.length > 1 ? tokens.shift() : tokens[0]);
  };
  return Object.assign(getToken, { asked });
}
