/**
 * An HTTP server with scripted responses, for the errors of API Gateway and of the network.
 *
 * @import { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http"
 */

import { LocalServer } from "./local-server.js";

/**
 * @typedef {object} Envelope
 * @property {string} resource
 * @property {string} action
 * @property {string | number} id
 * @property {Record<string, unknown> & {event_id: string}} data
 *
 * @typedef {object} ReceivedRequest
 * @property {string | undefined} method
 * @property {string | undefined} url
 * @property {IncomingHttpHeaders} headers
 * @property {Envelope} body  undefined for a request without a body
 *
 * @typedef {(response: ServerResponse) => void} Responder
 */

/**
 * @param {number} status
 * @param {string} body
 * @param {Record<string, string>} [headers]
 * @returns {Responder}
 */
export function respond(status, body, headers = {}) {
  return (response) => response.writeHead(status, headers).end(body);
}

/** @param {object} data @param {Record<string, string>} [headers] */
export function success(data, headers) {
  return respond(200, JSON.stringify({ success: true, data }), headers);
}

/**
 * @param {number} status
 * @param {string} code
 * @param {Record<string, string>} [headers]
 * @param {object} [details]
 */
export function failure(status, code, headers, details) {
  const error = { code, message: `The code is ${code}.`, status, ...details };
  return respond(status, JSON.stringify({ success: false, error }), headers);
}

/** Close the connection without a response. @type {Responder} */
export const disconnect = (response) => response.destroy();

/** Never respond. @type {Responder} */
export const neverRespond = () => {};

/** A server with one responder for each request. The last responder serves all further requests. */
export class Gateway extends LocalServer {
  /** @type {ReceivedRequest[]} */
  requests = [];
  /** @type {Responder[]} */
  #responders = [];
  /** @type {(() => void)[]} */
  #listeners = [];

  constructor() {
    super((request, response) => this.#handle(request, response));
  }

  /** Forget all requests, and use these responders. @param {...Responder} responders */
  respondWith(...responders) {
    this.requests = [];
    this.#responders = responders;
  }

  /** Wait for a number of requests. @param {number} count @returns {Promise<void>} */
  received(count) {
    return new Promise((resolve) => {
      const check = () => this.requests.length >= count && resolve();
      this.#listeners.push(check);
      check();
    });
  }

  /** @param {IncomingMessage} request @param {ServerResponse} response */
  async #handle(request, response) {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const { method, url, headers } = request;
    const body = /** @type {Envelope} */ (text ? JSON.parse(text) : undefined);
    this.requests.push({ method, url, headers, body });
    const [next] = this.#responders;
    if (this.#responders.length > 1) this.#responders.shift();
    next?.(response);
    for (const listener of this.#listeners) listener();
  }
}
