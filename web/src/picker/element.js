/**
 * The class of `<voice-picker>`. `voice-picker.js` defines the element.
 *
 * `element.d.ts` documents the public interface.
 *
 * @import { GetToken } from "voices-web"
 * @import { Catalogue, Labels, Tab } from "voices-web/voice-picker/element"
 * @import { PickerEvent } from "./picker.js"
 */

import { ApiClient, ApiService } from "../api-service.js";
import { Picker } from "./picker.js";
import { TABS } from "./view/header.js";
import { styleSheetFor } from "./view/style.js";

// Properties that a page may have set before this module was loaded.
const PROPERTIES = /** @type {const} */ ([
  "catalogue",
  "getToken",
  "labels",
  "selected",
  "service",
  "tab",
]);

// A server that renders pages also imports this module, but has no `HTMLElement`.
const Base = /** @type {typeof HTMLElement} */ (globalThis.HTMLElement ?? Object);

let hasWarned = false;

export class VoicePicker extends Base {
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
  /** @type {Catalogue | undefined} */
  #catalogue;
  /** @type {GetToken | null | undefined} */
  #getToken;
  /** @type {Labels | null | undefined} */
  #labels;
  /** @type {ApiClient | null | undefined} */
  #service;
  /** @type {Set<string>} the updates that run in the next microtask */
  #due = new Set();
  #isActive = false;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [styleSheetFor(document)];
    this.#picker = new Picker(root, (event) => this.#emit(event));
  }

  connectedCallback() {
    if (this.#isActive) return;
    this.#isActive = true;
    for (const name of PROPERTIES) this.#upgrade(name);
    this.#picker.connect();
    this.#picker.setLabels(this.#labels, this.getAttribute("label"));
    this.#updateService();
    this.#updateCatalogue();
  }

  /**
   * Stop the picker, unless the element was only moved. A moved element is connected again before
   * the microtask runs.
   */
  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected || !this.#isActive) return;
      this.#isActive = false;
      this.#picker.disconnect();
    });
  }

  adoptedCallback() {
    const { ownerDocument, shadowRoot } = this;
    if (ownerDocument.defaultView && shadowRoot)
      shadowRoot.adoptedStyleSheets = [styleSheetFor(ownerDocument)];
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (before === value) return;
    const picker = this.#picker;
    if (name === "tab") picker.openTab(this.tab);
    else if (name === "selected") picker.select(value);
    else if (name === "agent-id" || name === "context") {
      picker.usage = {
        agentId: this.getAttribute("agent-id") || undefined,
        context: this.getAttribute("context") || undefined,
      };
    } else if (name === "label") picker.setLabels(this.#labels, value);
    else if (name === "catalogue") this.catalogue = value;
    else this.#updateService();
  }

  /** @returns {Catalogue} */
  get catalogue() {
    return this.#catalogue ?? this.getAttribute("catalogue");
  }
  set catalogue(catalogue) {
    this.#catalogue = catalogue;
    this.#updateCatalogue();
  }

  get getToken() {
    return this.#getToken;
  }
  set getToken(getToken) {
    this.#getToken = getToken;
    this.#updateService();
  }

  get labels() {
    return this.#labels;
  }
  set labels(labels) {
    this.#labels = labels;
    this.#picker.setLabels(labels, this.getAttribute("label"));
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
    this.#updateService();
  }

  /** @returns {Tab} */
  get tab() {
    const name = this.getAttribute("tab");
    return TABS.find((tab) => tab === name) ?? TABS[0];
  }
  set tab(tab) {
    this.setAttribute("tab", tab);
  }

  /**
   * Focus the search field. The shadow root does not use `delegatesFocus`. Otherwise, a tap on any
   * text in the picker would focus the search field and open the on-screen keyboard.
   *
   * @param {FocusOptions} [options]
   */
  focus(options) {
    this.#picker.focus(options);
  }

  refresh() {
    this.#updateService();
  }

  /**
   * Apply a property that was set before the element was defined.
   *
   * @param {typeof PROPERTIES[number]} name
   */
  #upgrade(name) {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete (/** @type {Partial<VoicePicker>} */ (this)[name]);
    Object.assign(this, { [name]: value });
  }

  #updateService() {
    this.#soon("service", () => {
      this.#picker.setService(this.#service ?? this.#clientForEndpoint() ?? ApiService);
    });
  }

  /** Create a client for the attribute `endpoint`, if this attribute is set. */
  #clientForEndpoint() {
    const endpoint = this.getAttribute("endpoint");
    if (!endpoint) return undefined;
    if (!this.#getToken) warnOfPlaceholder(this.getAttribute("token"));
    const getToken = this.#getToken ?? (() => this.getAttribute("token"));
    return new ApiClient({ endpoint, getToken });
  }

  #updateCatalogue() {
    this.#soon("catalogue", () => this.#picker.catalogue.load(this.catalogue, document.baseURI));
  }

  /**
   * Run an update in the next microtask, so that several changed properties cause one update.
   *
   * @param {string} name
   * @param {() => void} update
   */
  #soon(name, update) {
    if (this.#due.has(name)) return;
    this.#due.add(name);
    queueMicrotask(() => {
      this.#due.delete(name);
      if (this.isConnected) update();
    });
  }

  /** @param {PickerEvent} event */
  #emit({ type, detail }) {
    if (type === "tab") {
      this.tab = detail;
      return;
    }
    if (type === "voice-selected") this.selected = detail.voice_id;
    // If the DOM event `error` bubbled, it would reach the page's own handler for script errors.
    const bubbles = type !== "error";
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles, composed: bubbles }));
  }
}

/**
 * Warn once if the token is a placeholder from the documentation, such as "…" or "TOKEN".
 *
 * @param {string | null} token
 */
function warnOfPlaceholder(token) {
  const isPlaceholder = !!token && (!/^[!-~]+$/.test(token) || /^\W*token\W*$/i.test(token));
  if (hasWarned || !isPlaceholder) return;
  hasWarned = true;
  console.warn(
    `<voice-picker>: token="${token}" is a placeholder and not a token. ` +
      "Set a real token. For development, `make -s token USER=alice` prints a token.",
  );
}
