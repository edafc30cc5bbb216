/**
 * An HTTP server for a test, on a free port of this machine.
 *
 * @import { RequestListener } from "node:http"
 * @import { AddressInfo } from "node:net"
 */

import { once } from "node:events";
import { createServer } from "node:http";

export class LocalServer {
  #server;

  /** @param {RequestListener} listener */
  constructor(listener) {
    this.#server = createServer(listener);
  }

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
}
