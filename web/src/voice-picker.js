/**
 * `<voice-picker>`: the voices of a catalogue, with a user's favorites and recents and the popular
 * ones.
 *
 *     <script type="module" src="https://…/voice-picker.js"></script>
 *     <voice-picker endpoint="https://…" catalogue="voices.json"></voice-picker>
 *
 * What can be set and what it tells stands in voice-picker.d.ts and in docs/client.md.
 */

import { ApiClient, ApiService } from "./api-service.js";
import { TABS } from "./picker/header.js";
import { Picker } from "./picker/picker.js";
import { style } from "./picker/style.js";

// What a page may have set before this script came.
const PROPERTIES = ["catalogue", "getToken", "labels", "selected", "service", "tab"];

// A server that renders the page imports this too, and has no elements.
const Element = /** @type {typeof HTMLElement} */ (globalThis.HTMLElement ?? Object);

export class VoicePicker extends Element {
  static observedAttributes = [
    "agent-id",
    "catalogue",
    "context",
    "endpoint",
    "label",
    "selected",
    "tab",
    "token",
  ];

  #picker;
  #catalogue;
  #getToken;
  #labels;
  #service;
  #due = new Set();
  #isAtWork = false;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style(document)];
    this.#picker = new Picker(root, (type, detail) => this.#tell(type, detail));
  }

  connectedCallback() {
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    for (const name of PROPERTIES) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.#picker.connect();
    this.#picker.translate(this.#labels, this.getAttribute("label"));
    this.#serve();
    this.#offer();
  }

  /** One that is only moved is on the page again by then, and goes on as it was. */
  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected || !this.#isAtWork) return;
      this.#isAtWork = false;
      this.#picker.disconnect();
    });
  }

  adoptedCallback() {
    const { defaultView } = this.ownerDocument;
    if (defaultView) this.shadowRoot.adoptedStyleSheets = [style(this.ownerDocument)];
  }

  attributeChangedCallback(name, before, value) {
    if (before === value) return;
    const picker = this.#picker;
    if (name === "tab") picker.open(this.tab);
    else if (name === "selected") picker.select(value);
    else if (name === "agent-id" || name === "context") {
      picker.usage = {
        agentId: this.getAttribute("agent-id") || undefined,
        context: this.getAttribute("context") || undefined,
      };
    } else if (name === "label") picker.translate(this.#labels, value);
    else if (name === "catalogue") this.catalogue = value;
    else this.#serve();
  }

  get catalogue() {
    return this.#catalogue ?? this.getAttribute("catalogue");
  }
  set catalogue(catalogue) {
    this.#catalogue = catalogue;
    this.#offer();
  }

  get getToken() {
    return this.#getToken;
  }
  set getToken(getToken) {
    this.#getToken = getToken;
    this.#serve();
  }

  get labels() {
    return this.#labels;
  }
  set labels(labels) {
    this.#labels = labels;
    this.#picker.translate(labels, this.getAttribute("label"));
  }

  get selected() {
    return this.getAttribute("selected");
  }
  set selected(id) {
    if (id == null) this.removeAttribute("selected");
    else this.setAttribute("selected", id);
  }

  get service() {
    return this.#service;
  }
  set service(service) {
    this.#service = service;
    this.#serve();
  }

  get tab() {
    const tab = this.getAttribute("tab");
    return TABS.includes(tab) ? tab : TABS[0];
  }
  set tab(tab) {
    this.setAttribute("tab", tab);
  }

  /** Not delegated to the shadow: a tap on any text of it would open the keyboard of a phone. */
  focus(options) {
    this.#picker.focus(options);
  }

  /** Ask the service anew, for whoever is signed in now. */
  refresh() {
    this.#serve();
  }

  #serve() {
    this.#soon("serve", () =>
      this.#picker.serve(this.#service ?? this.#ownService() ?? ApiService),
    );
  }

  /** The service that the attributes name. */
  #ownService() {
    const endpoint = this.getAttribute("endpoint");
    const getToken = this.#getToken ?? (() => this.getAttribute("token"));
    return endpoint && new ApiClient({ endpoint, getToken });
  }

  #offer() {
    this.#soon("offer", () => this.#picker.offer(this.catalogue, document.baseURI));
  }

  /** A page sets one thing after the other; what follows of them is done once, behind the last. */
  #soon(what, act) {
    if (this.#due.has(what)) return;
    this.#due.add(what);
    queueMicrotask(() => {
      this.#due.delete(what);
      if (this.isConnected) act();
    });
  }

  #tell(type, detail) {
    if (type === "tab") {
      this.tab = detail;
      return;
    }
    if (type === "voice-selected") this.selected = detail.voice_id;
    // An `error` that bubbled would reach the page's own watch for errors.
    const bubbles = type !== "error";
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles, composed: bubbles }));
  }
}

if (globalThis.customElements && !customElements.get("voice-picker"))
  customElements.define("voice-picker", VoicePicker);
