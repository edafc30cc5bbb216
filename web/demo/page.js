/**
 * The demo page of `make run`. The page shows a picker, the calls to the service, and the HTML to
 * embed the picker.
 *
 * @import { GetToken } from "./api-service.js"
 * @import { VoicePicker } from "./voice-picker.js"
 */

import { ApiService } from "./api-service.js";
import { recordingFetch, shortened } from "./wire.js";

const STORAGE_KEY = "voices-page";

const picker = /** @type {VoicePicker} */ (byId("picker"));
const switches = /** @type {HTMLFormElement} */ (byId("switches"));
const wire = /** @type {HTMLOListElement} */ (byId("wire"));
const wireClear = /** @type {HTMLButtonElement} */ (byId("wire-clear"));
/** @type {Map<string, string>} by user */
const tokens = new Map();

/** @param {string} id */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * Return a token for a user. A cached token is returned without a promise, so that a usage event is
 * sent before the page can be closed.
 *
 * @param {string} user
 */
function tokenFor(user, refresh = false) {
  if (!user) return null;
  const cached = refresh ? undefined : tokens.get(user);
  return cached ?? newToken(user);
}

/**
 * Request a development token from the local server, which issues such tokens for any user.
 *
 * @param {string} user
 */
async function newToken(user) {
  const response = await fetch(`/dev/token?user=${encodeURIComponent(user)}`);
  if (!response.ok) throw new Error(`no token for ${user}: HTTP ${response.status}`);
  const { token } = /** @type {{token: string}} */ (await response.json());
  tokens.set(user, token);
  return token;
}

/** Return the chosen options. */
function options() {
  const form = new FormData(switches);
  const value = (/** @type {string} */ name) => String(form.get(name));
  return { user: value("user"), theme: value("theme"), direction: value("direction") };
}

/** @param {string} user */
function nameOf(user) {
  return user ? user[0].toUpperCase() + user.slice(1) : "Nobody";
}

/* The options are stored, so that a reload keeps them. Some browsers do not allow storage. */

function restoreOptions() {
  try {
    const stored = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}");
    const values = /** @type {Record<string, string>} */ (stored);
    for (const input of switches.querySelectorAll("input")) {
      if (values[input.name] === input.value) input.checked = true;
    }
  } catch {
    // If the stored options cannot be read, the page starts with its default options.
  }
}

function storeOptions() {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(options()));
  } catch {
    // If the options cannot be stored, a reloaded page starts with its default options.
  }
}

function applyLook() {
  const { theme, direction } = options();
  document.documentElement.dataset.theme = theme;
  byId("picker-place").dir = direction;
}

function signIn() {
  const { user } = options();
  /** @type {GetToken} */
  const getToken = ({ refresh }) => tokenFor(user, refresh);
  ApiService.configure({ getToken });
  showSnippet(user);
}

/* The HTML to embed the picker. */

/** @param {string | null} token */
function snippet(token) {
  const { origin } = location;
  const tokenAttribute = token ? ` token="${token}"` : "";
  return (
    `<script type="module" src="${origin}/voice-picker.js"></script>\n` +
    `<voice-picker endpoint="${origin}" catalogue="${origin}/sample-voices.json"${tokenAttribute}></voice-picker>`
  );
}

/** @param {string} user */
async function showSnippet(user) {
  const token = await Promise.resolve(tokenFor(user)).catch(() => null);
  if (user !== options().user) return;
  byId("snippet").textContent = snippet(token && shortened(token));
  byId("copied").textContent = user
    ? `The copy contains ${nameOf(user)}’s full development token, which only a local service accepts.`
    : "The copy contains no token. The tabs All and Popular work, and usage events are anonymous.";
}

async function copySnippet() {
  const copied = byId("copied");
  try {
    await navigator.clipboard.writeText(snippet(await tokenFor(options().user)));
    copied.textContent = "Copied.";
  } catch {
    copied.textContent =
      "This browser does not allow copying. Select the lines above instead. " +
      "If they contain a shortened token, replace it with the output of `make -s token`.";
  }
}

/* The DOM events of the picker. */

/**
 * Show a sentence that consists of texts and elements.
 *
 * @param {...(string | {b: string} | {code: string})} parts
 */
function showEvent(...parts) {
  byId("event").replaceChildren(
    ...parts.map((part) => {
      if (typeof part === "string") return part;
      const [[tag, text]] = Object.entries(part);
      const element = document.createElement(tag);
      element.textContent = text;
      element.dir = "auto";
      return element;
    }),
  );
}

picker.addEventListener("voice-selected", ({ detail: { voice, voice_id } }) => {
  showEvent(
    "You chose ",
    { b: voice?.name ?? voice_id },
    ". The page received ",
    { code: "voice-selected" },
    ", and one usage event was reported.",
  );
});
picker.addEventListener("favorite-changed", ({ detail: { voice_id, favorite } }) => {
  const change = favorite ? " is now a favorite of " : " is no longer a favorite of ";
  showEvent(
    { b: voice_id },
    `${change}${nameOf(options().user)}. The page received `,
    { code: "favorite-changed" },
    ".",
  );
});
picker.addEventListener("error", ({ detail }) => {
  if (!detail?.error) return;
  const { error } = detail;
  const code = "code" in error ? error.code : error.name;
  showEvent("The page received ", { code: "error" }, ` with ${code}: ${error.message}`);
});

switches.addEventListener("change", ({ target }) => {
  storeOptions();
  applyLook();
  if (/** @type {HTMLInputElement} */ (target).name !== "user") return;
  signIn();
  picker.removeAttribute("selected");
  picker.refresh?.();
  const { user } = options();
  showEvent(user ? `${nameOf(user)} is signed in now.` : "Nobody is signed in now.");
});
switches.addEventListener("submit", (event) => event.preventDefault());
byId("copy").addEventListener("click", copySnippet);

/* The list of calls. */

function updateWire() {
  const isEmpty = wire.children.length === 0;
  byId("wire-empty").hidden = !isEmpty;
  wireClear.disabled = isEmpty;
}
wireClear.addEventListener("click", () => {
  wire.replaceChildren();
  updateWire();
});

restoreOptions();
applyLook();
ApiService.configure({ endpoint: location.origin, fetch: recordingFetch(wire, updateWire) });
signIn();
// This import comes last, because the element calls the service as soon as it is defined.
await import("./voice-picker.js");
