/** The page of `make run`: a picker as a product would have it, and what passes between it and the service. */

import { ApiService } from "./api-service.js";
import { recordingFetch, shortened } from "./wire.js";

const byId = (id) => document.getElementById(id);
const picker = byId("picker");
const switches = byId("switches");
const tokens = new Map();

/** A token of a user, at once where it is known: so a use is sent before the page can be closed. */
function token(user, { refresh = false } = {}) {
  if (!user) return null;
  return !refresh && tokens.has(user) ? tokens.get(user) : newToken(user);
}

/** A development token, which the local gateway makes for whoever asks. */
async function newToken(user) {
  const reply = await fetch(`/dev/token?user=${encodeURIComponent(user)}`);
  if (!reply.ok) throw new Error(`no token for ${user}: ${reply.status}`);
  tokens.set(user, (await reply.json()).token);
  return tokens.get(user);
}

/** What the switches say, as `{user, theme, direction}`. */
const chosen = () => Object.fromEntries(new FormData(switches));
const nameOf = (user) => (user ? user[0].toUpperCase() + user.slice(1) : "Nobody");

/* What is switched stays so over a reload, where the browser lets a page keep anything. */

function restore() {
  try {
    const kept = JSON.parse(localStorage.getItem("voices-page") ?? "{}");
    for (const input of switches.querySelectorAll("input")) {
      if (kept[input.name] === input.value) input.checked = true;
    }
  } catch {
    // Then the page starts as it is written.
  }
}

function keep() {
  try {
    localStorage.setItem("voices-page", JSON.stringify(chosen()));
  } catch {
    // Then the next load starts as the page is written.
  }
}

function show() {
  const { theme, direction } = chosen();
  document.documentElement.dataset.theme = theme;
  byId("picker-place").dir = direction;
}

function signIn() {
  const { user } = chosen();
  ApiService.configure({ getToken: (options) => token(user, options) });
  showSnippet(user);
}

/* The two lines of HTML. */

function lines(withToken) {
  const { origin } = location;
  const signedIn = withToken ? ` token="${withToken}"` : "";
  return (
    `<script type="module" src="${origin}/voice-picker.js"></script>\n` +
    `<voice-picker endpoint="${origin}" catalogue="${origin}/sample-voices.json"${signedIn}></voice-picker>`
  );
}

async function showSnippet(user) {
  const whole = await Promise.resolve(token(user)).catch(() => null);
  if (user !== chosen().user) return;
  byId("snippet").textContent = lines(whole && shortened(whole));
  byId("copied").textContent = user
    ? `The copy holds ${nameOf(user)}’s whole development token, which is good on this machine only.`
    : "Signed out, so without a token: Popular and all voices work, and each use counts as anonymous.";
}

async function copy() {
  const { user } = chosen();
  const copied = byId("copied");
  try {
    await navigator.clipboard.writeText(lines(await token(user)));
    copied.textContent = "Copied.";
  } catch {
    copied.textContent = "This browser does not let a page copy. Select the lines above instead.";
  }
}

/* What the picker tells the page. */

function tell(...parts) {
  byId("event").replaceChildren(
    ...parts.map((part) => {
      if (typeof part === "string") return part;
      const [tag, text] = Object.entries(part)[0];
      const made = document.createElement(tag);
      made.textContent = text;
      made.dir = "auto";
      return made;
    }),
  );
}

picker.addEventListener("voice-selected", ({ detail: { voice, voice_id } }) => {
  tell(
    "You chose ",
    { b: voice?.name ?? voice_id },
    ": the page got ",
    { code: "voice-selected" },
    ", and one use was reported.",
  );
});
picker.addEventListener("favorite-changed", ({ detail: { voice_id, favorite } }) => {
  const change = favorite ? " is now a favorite of " : " is no longer a favorite of ";
  tell(
    { b: voice_id },
    `${change}${nameOf(chosen().user)}: the page got `,
    { code: "favorite-changed" },
    ".",
  );
});
picker.addEventListener("error", ({ detail }) => {
  if (detail?.error)
    tell("The page got ", { code: "error" }, ` with ${detail.error.code}: ${detail.error.message}`);
});

switches.addEventListener("change", ({ target }) => {
  keep();
  show();
  if (target.name !== "user") return;
  signIn();
  picker.removeAttribute("selected");
  picker.refresh?.();
  tell(chosen().user ? `${nameOf(chosen().user)} is signed in now.` : "Nobody is signed in now.");
});
switches.addEventListener("submit", (event) => event.preventDefault());
byId("copy").addEventListener("click", copy);

/* The panel of calls. */

const wire = byId("wire");
const changed = () => {
  byId("wire-empty").hidden = wire.children.length > 0;
  byId("wire-clear").disabled = wire.children.length === 0;
};
byId("wire-clear").addEventListener("click", () => {
  wire.replaceChildren();
  changed();
});

restore();
show();
ApiService.configure({ endpoint: location.origin, fetch: recordingFetch(wire, changed) });
signIn();
await import("./voice-picker.js"); // only now: the element calls the service as soon as it is defined
