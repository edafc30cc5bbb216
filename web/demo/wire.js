/**
 * The panel of calls: a `fetch` that shows what it sends and gets, and otherwise is the browser's.
 *
 * Whatever goes wrong in showing a call, the call itself goes on as if nobody watched.
 */

const MOST_CALLS = 100;
const SHOWN_OF_TOKEN = 6;

/**
 * A `fetch` that records each call in `list`, the newest first.
 *
 * @param {HTMLOListElement} list
 * @param {() => void} changed called after the number of calls did
 * @returns {typeof fetch}
 */
export function recordingFetch(list, changed) {
  return async (input, init) => {
    const call = attempt(() => {
      const shown = new Call(input, init);
      list.prepend(shown.item);
      while (list.children.length > MOST_CALLS) list.lastElementChild.remove();
      changed();
      return shown;
    });
    try {
      const reply = await fetch(input, init);
      attempt(() => call?.show(reply));
      return reply;
    } catch (error) {
      attempt(() => call?.fail(error));
      throw error;
    }
  };
}

function attempt(action) {
  try {
    return action();
  } catch (error) {
    console.warn("This call could not be shown.", error);
  }
}

/** One call: its line, and behind it the JSON of both sides. */
class Call {
  #started = performance.now();
  #status = element("span", { className: "status pending", textContent: "…" });
  #duration = element("span", { className: "duration" });
  #reply = block("Reply", "No reply yet.");

  constructor(input, init = {}) {
    const { pathname, search } = new URL(input?.url ?? input, location.href);
    const method = init.method ?? "GET";
    const headers = [...new Headers(init.headers)].map(
      ([name, value]) =>
        `${name}: ${value.replace(/^(Bearer )(.*)/, (_, scheme, token) => scheme + shortened(token))}`,
    );
    const body = parsed(init.body);
    const request = block("Request", [`${method} ${pathname}${search}`, ...headers].join("\n"));
    if (body !== undefined) request.append("\n\n", ...highlighted(body));
    const action = body?.action ?? pathname.split("/").at(-1);
    const summary = element("summary", {}, [
      element("span", { className: "verb", textContent: method }),
      element("b", { className: "action", textContent: action }),
      element("bdi", { className: "subject", textContent: body?.id ?? "" }),
      this.#status,
      this.#duration,
    ]);
    const details = element("details", {}, [
      summary,
      element("h3", { textContent: "Request" }),
      request,
      element("h3", { textContent: "Reply" }),
      this.#reply,
    ]);
    this.item = element("li", {}, [details]);
  }

  /** Shows a reply, out of a copy: the body itself is the caller's to read. */
  show(reply) {
    this.#finish(String(reply.status), reply.ok ? "good" : "bad");
    const head = [`${reply.status} ${reply.statusText}`.trim()];
    for (const name of ["x-request-id", "retry-after", "cache-control", "etag"]) {
      if (reply.headers.has(name)) head.push(`${name}: ${reply.headers.get(name)}`);
    }
    this.#reply.replaceChildren(head.join("\n"));
    reply
      .clone()
      .text()
      .then(
        (text) => {
          const body = parsed(text);
          if (text)
            this.#reply.append("\n\n", ...(body === undefined ? [text] : highlighted(body)));
        },
        () => this.#reply.append("\n\nThe rest of it did not come."),
      );
  }

  /** Shows that no reply came. */
  fail(error) {
    const aborted = error?.name === "AbortError";
    this.#finish(aborted ? "aborted" : "failed", aborted ? "pending" : "bad");
    this.#reply.textContent = aborted ? "The page did not wait for it." : `No reply: ${error}`;
  }

  #finish(text, kind) {
    this.#status.textContent = text;
    this.#status.className = `status ${kind}`;
    this.#duration.textContent = `${Math.round(performance.now() - this.#started)} ms`;
  }
}

/** So much of a token that one knows what it is: `eyJhbG…`. */
export const shortened = (token) => `${token.slice(0, SHOWN_OF_TOKEN)}…`;

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// A string that a colon follows is a member's name.
const TOKENS = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d[\d.eE+-]*/g;

/** JSON as text and coloured spans. */
function highlighted(value) {
  const text = JSON.stringify(value, null, 2);
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    const [whole, string, colon] = match;
    const className = colon ? "name" : string ? "string" : "literal";
    const textContent = string ?? whole;
    parts.push(text.slice(end, match.index), element("span", { className, textContent }));
    end = match.index + textContent.length;
  }
  return [...parts, text.slice(end)];
}

/** A block of text that scrolls, which takes the focus so that the keyboard can scroll it too. */
function block(ariaLabel, textContent) {
  return element("pre", { role: "group", ariaLabel, textContent, tabIndex: 0 });
}

function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
