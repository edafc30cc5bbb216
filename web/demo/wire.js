/**
 * The list of calls on the demo page. An error in this module never affects a call itself.
 */

const MAX_CALLS = 100;
const TOKEN_PREFIX_LENGTH = 6;
const RESPONSE_HEADERS = ["x-request-id", "retry-after", "cache-control", "etag"];

/** @typedef {Parameters<typeof fetch>[0]} FetchInput */

/**
 * Create a `fetch` that shows each call in a list, newest first.
 *
 * @param {HTMLOListElement} list
 * @param {() => void} changed  called when the number of calls has changed
 * @returns {typeof fetch}
 */
export function recordingFetch(list, changed) {
  return async (input, init) => {
    const call = attempt(() => {
      const added = new Call(input, init);
      list.prepend(added.item);
      while (list.children.length > MAX_CALLS) list.lastElementChild?.remove();
      changed();
      return added;
    });
    try {
      const response = await fetch(input, init);
      attempt(() => call?.showResponse(response));
      return response;
    } catch (error) {
      attempt(() => call?.showFailure(error));
      throw error;
    }
  };
}

/**
 * @template Result
 * @param {() => Result} action
 * @returns {Result | undefined}
 */
function attempt(action) {
  try {
    return action();
  } catch (error) {
    console.warn("A call could not be shown.", error);
    return undefined;
  }
}

/** A call in the list. The user can open the call to see the request and the response. */
class Call {
  #startedAt = performance.now();
  #status = element("span", { className: "status pending", textContent: "…" });
  #duration = element("span", { className: "duration" });
  #response = block("Response", "No response yet.");

  /** @param {FetchInput} input @param {RequestInit} [init] */
  constructor(input, init = {}) {
    const address = input instanceof Request ? input.url : input;
    const { pathname, search } = new URL(address, location.href);
    const method = init.method ?? "GET";
    const body = parsed(init.body);
    const envelope = /** @type {{action?: string, id?: unknown} | null | undefined} */ (body);
    const head = [`${method} ${pathname}${search}`, ...headerLines(init.headers)].join("\n");
    const request = block("Request", head);
    if (body !== undefined) request.append("\n\n", ...highlighted(body));
    const action = envelope?.action ?? pathname.split("/").at(-1);
    const summary = element("summary", {}, [
      element("span", { className: "verb", textContent: method }),
      element("b", { className: "action", textContent: action }),
      element("bdi", { className: "subject", textContent: String(envelope?.id ?? "") }),
      this.#status,
      this.#duration,
    ]);
    const details = element("details", {}, [
      summary,
      element("h3", { textContent: "Request" }),
      request,
      element("h3", { textContent: "Response" }),
      this.#response,
    ]);
    this.item = element("li", {}, [details]);
  }

  /**
   * Show a response. This method reads a clone, because the caller reads the original body.
   *
   * @param {Response} response
   */
  showResponse(response) {
    this.#finish(String(response.status), response.ok ? "good" : "bad");
    const head = [`${response.status} ${response.statusText}`.trim()];
    for (const name of RESPONSE_HEADERS) {
      if (response.headers.has(name)) head.push(`${name}: ${response.headers.get(name)}`);
    }
    this.#response.replaceChildren(head.join("\n"));
    response
      .clone()
      .text()
      .then(
        (text) => this.#showBody(text),
        () => this.#response.append("\n\nThe rest of the response was not received."),
      );
  }

  /** Show that there was no response. @param {unknown} error */
  showFailure(error) {
    const isAborted = error instanceof Error && error.name === "AbortError";
    this.#finish(isAborted ? "aborted" : "failed", isAborted ? "pending" : "bad");
    this.#response.textContent = isAborted ? "The page aborted the call." : `No response: ${error}`;
  }

  /** @param {string} text */
  #showBody(text) {
    if (!text) return;
    const body = parsed(text);
    this.#response.append("\n\n", ...(body === undefined ? [text] : highlighted(body)));
  }

  /** @param {string} text @param {string} kind */
  #finish(text, kind) {
    this.#status.textContent = text;
    this.#status.className = `status ${kind}`;
    this.#duration.textContent = `${Math.round(performance.now() - this.#startedAt)} ms`;
  }
}

/**
 * Return the first characters of a token, such as `eyJhbG…`. They show that there is a token, and
 * reveal nothing about the user.
 *
 * @param {string} token
 */
export function shortened(token) {
  return `${token.slice(0, TOKEN_PREFIX_LENGTH)}…`;
}

/** Return the headers as lines of text, with a shortened token. @param {HeadersInit} [headers] */
function headerLines(headers) {
  return [...new Headers(headers)].map(([name, value]) => {
    const [, token] = /^Bearer (.*)/.exec(value) ?? [];
    return `${name}: ${token === undefined ? value : `Bearer ${shortened(token)}`}`;
  });
}

/** @param {unknown} text */
function parsed(text) {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

// A string before a colon is the name of a member.
const JSON_TOKENS = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d[\d.eE+-]*/g;

/**
 * Format a value as indented JSON with syntax highlighting.
 *
 * Returns a list of strings and `<span>` elements.
 *
 * @param {unknown} value
 */
function highlighted(value) {
  const text = JSON.stringify(value, null, 2);
  /** @type {(string | HTMLElement)[]} */
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(JSON_TOKENS)) {
    const [whole, string, colon] = match;
    const className = colon ? "name" : string ? "string" : "literal";
    const textContent = string ?? whole;
    parts.push(text.slice(end, match.index), element("span", { className, textContent }));
    end = match.index + textContent.length;
  }
  return [...parts, text.slice(end)];
}

/**
 * Create a block of text that scrolls. The block is focusable, so that users can scroll it with the
 * keyboard.
 *
 * @param {string} ariaLabel
 * @param {string} textContent
 */
function block(ariaLabel, textContent) {
  return element("pre", { role: "group", ariaLabel, textContent, tabIndex: 0 });
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElement>} [properties]
 * @param {Node[]} [children]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function element(tag, properties = {}, children = []) {
  const created = Object.assign(document.createElement(tag), properties);
  created.append(...children);
  return created;
}
