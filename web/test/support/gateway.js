/** A gateway that answers what a test tells it to: for what API Gateway does when it is in trouble. */

import { once } from "node:events";
import { createServer } from "node:http";

/**
 * @typedef {object} Request
 * @property {string | undefined} method
 * @property {string | undefined} url
 * @property {import("node:http").IncomingHttpHeaders} headers
 * @property {any} body  the JSON that came, undefined if none
 *
 * @typedef {(response: import("node:http").ServerResponse) => void} Answer
 */

/** @param {number} status @param {string} body @param {Record<string, string>} [headers] @returns {Answer} */
export function raw(status, body, headers = {}) {
  return (response) => response.writeHead(status, headers).end(body);
}

/** @param {object} data @param {Record<string, string>} [headers] */
export function success(data, headers) {
  return raw(200, JSON.stringify({ success: true, data }), headers);
}

/** @param {number} status @param {string} code @param {Record<string, string>} [headers] @param {object} [more] */
export function failure(status, code, headers, more) {
  const error = { code, message: `It is ${code}.`, status, ...more };
  return raw(status, JSON.stringify({ success: false, error }), headers);
}

/** The connection ends without an answer. @type {Answer} */
export const dropped = (response) => response.destroy();

/** No answer comes. @type {Answer} */
export const silent = () => {};

/** Requests are answered in turn; the last answer serves all that come after it. */
export class Gateway {
  /** @type {Request[]} */
  requests = [];
  /** @type {Answer[]} */
  answers = [];
  /** @type {(() => void)[]} */
  #watches = [];
  #server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const { method, url, headers } = request;
    this.requests.push({ method, url, headers, body: text ? JSON.parse(text) : undefined });
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    answer?.(response);
    for (const watch of this.#watches) watch();
  });

  async start() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  async stop() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  get url() {
    const address = /** @type {import("node:net").AddressInfo} */ (this.#server.address());
    return `http://127.0.0.1:${address.port}`;
  }

  /** @param {...Answer} answers */
  willAnswer(...answers) {
    this.requests = [];
    this.answers = answers;
  }

  /** Resolves once so many requests have come. @param {number} count @returns {Promise<void>} */
  came(count) {
    return new Promise((resolve) => {
      const watch = () => this.requests.length >= count && resolve();
      this.#watches.push(watch);
      watch();
    });
  }
}
