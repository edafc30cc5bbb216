/**
 * The web server of a page, on a different origin from the service.
 *
 * @import { Responder } from "./gateway.js"
 */

import { respond } from "./gateway.js";
import { LocalServer } from "./local-server.js";

const HTML = { "content-type": "text/html; charset=utf-8" };
const notFound = respond(404, "");

export class Host extends LocalServer {
  /** @type {Map<string, Responder>} by path */
  #responders = new Map();

  constructor() {
    super(({ url = "" }, response) => {
      const responder = this.#responders.get(url) ?? notFound;
      responder(response);
    });
  }

  /** Serve a path, and return its URL. @param {string} path @param {Responder} responder */
  serve(path, responder) {
    this.#responders.set(path, responder);
    return this.url + path;
  }

  /**
   * Serve an HTML page, and return its URL.
   *
   * @param {string} path
   * @param {string} html
   * @param {Record<string, string>} [headers]
   */
  servePage(path, html, headers) {
    return this.serve(path, respond(200, html, { ...HTML, ...headers }));
  }
}
