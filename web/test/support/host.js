/**
 * The web server of a page, on a different origin from the service.
 *
 * @import { AddressInfo } from "node:net"
 * @import { Responder } from "./gateway.js"
 */

import { once } from "node:events";
import { createServer } from "node:http";
import { respond } from "./gateway.js";

const HTML = { "content-type": "text/html; charset=utf-8" };
const notFound = respond(404, "");

export class Host {
  /** @type {Map<string, Responder>} by path */
  #responders = new Map();
  #server = createServer(({ url = "" }, response) => {
    const responder = this.#responders.get(url) ?? notFound;
    responder(response);
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
    const { port } = /** @type {AddressInfo} */ (this.#server.address());
    return `http://127.0.0.1:${port}`;
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
