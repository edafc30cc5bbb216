/** Somebody's own web server: another origin than the service's. */

import { once } from "node:events";
import { createServer } from "node:http";
import { raw } from "./gateway.js";

const HTML = { "content-type": "text/html; charset=utf-8" };
const nothing = raw(404, "");

export class Host {
  /** By path, what answers it: a function of the response. */
  #answers = new Map();
  #server = createServer(({ url }, response) => (this.#answers.get(url) ?? nothing)(response));

  async start() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  async stop() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** Answer a path so from now on. What it gives is the whole address. */
  serve(path, answer) {
    this.#answers.set(path, answer);
    return this.url + path;
  }

  /** Serve a page. */
  show(path, html, headers) {
    return this.serve(path, raw(200, html, { ...HTML, ...headers }));
  }
}
