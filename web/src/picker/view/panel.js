/**
 * The area below the tabs, with the list or a state, a banner, and messages for screen readers.
 *
 * @import { Labels } from "../model/labels.js"
 * @import { Action, State } from "../model/states.js"
 */

import { el, icon, setAttribute, setText } from "./dom.js";

const NOTICE_MS = 8_000;
const SKELETON_ROWS = 7;

export class Panel {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #noticeTimer;

  /**
   * @param {HTMLElement} list
   * @param {(action: Action) => void} onAction  called when a button is pressed
   */
  constructor(list, onAction) {
    this.list = list;
    this.onAction = onAction;
    this.skeleton = el("div", { class: "skeleton", part: "skeleton", "aria-hidden": "true" });
    for (let row = 0; row < SKELETON_ROWS; row += 1)
      this.skeleton.append(el("div", {}, el("i"), el("i")));
    this.title = el("strong", { dir: "auto" });
    this.help = el("p", { dir: "auto" });
    this.icon = el("div", { class: "icon" });
    this.button = this.#button("button", "button");
    this.signIn = el("slot", { name: "sign-in" });
    this.state = el(
      "div",
      { class: "state", part: "state" },
      ...[this.icon, this.title, this.help, this.button, this.signIn],
    );
    this.warning = el("bdi");
    this.retryLink = this.#button("link", "link");
    this.banner = el("div", { class: "banner", part: "banner" }, this.warning, this.retryLink);
    this.element = el(
      "div",
      { role: "tabpanel", id: "panel", class: "panel" },
      ...[this.banner, this.skeleton, this.state, list],
    );
    this.status = el("div", { role: "status", class: "hidden" });
    this.notice = el("div", {
      role: "alert",
      class: "notice",
      part: "notice",
      dir: "auto",
      hidden: true,
    });
  }

  /**
   * Show the list or a state.
   *
   * @param {object} options
   * @param {State | "loading" | undefined} options.state  undefined to show the list
   * @param {State | undefined} options.problem  the reason why the list may be out of date
   * @param {string} options.count  the number of voices, as text
   * @param {Labels} options.labels
   */
  show({ state, problem, count, labels }) {
    const isLoading = state === "loading";
    setAttribute(this.element, "aria-busy", isLoading);
    this.list.hidden = !!state;
    this.skeleton.hidden = !isLoading;
    this.state.hidden = !state || isLoading;
    if (state && !isLoading) this.#explain(state, labels);
    this.banner.hidden = !!state || !problem;
    if (!state && problem) this.#warn(problem, labels);
    const message = isLoading ? labels.text("loading") : state ? labels.text(state.title) : count;
    setText(this.status, this.banner.hidden ? message : `${message}. ${this.warning.textContent}`);
  }

  /**
   * Return the focused element in the panel, unless this element is hidden. A hidden element soon
   * loses the focus.
   *
   * @param {ShadowRoot} root
   */
  focusedIn({ activeElement }) {
    const isVisible = this.element.contains(activeElement) && !activeElement?.closest("[hidden]");
    return isVisible ? activeElement : undefined;
  }

  /** Show and announce a message for a few seconds. @param {string} text */
  notify(text) {
    clearTimeout(this.#noticeTimer);
    setText(this.notice, text);
    this.notice.hidden = false;
    this.#noticeTimer = setTimeout(() => this.hideNotice(), NOTICE_MS);
  }

  hideNotice() {
    clearTimeout(this.#noticeTimer);
    this.notice.hidden = true;
  }

  /** @param {string} name @param {string} part */
  #button(name, part) {
    const click = () => this.onAction(/** @type {Action} */ (button.value));
    const button = el("button", { type: "button", class: name, part, on: { click } });
    return button;
  }

  /** @param {State} state @param {Labels} labels */
  #explain(state, labels) {
    if (this.icon.dataset.name !== state.icon) this.icon.replaceChildren(icon(state.icon));
    this.icon.dataset.name = state.icon;
    setText(this.title, labels.text(state.title));
    setText(this.help, labels.text(state.help, { reference: state.reference }));
    this.signIn.hidden = state.title !== "signedOut";
    this.#setAction(this.button, state.action, labels);
  }

  /** @param {State} problem @param {Labels} labels */
  #warn(problem, labels) {
    setText(this.warning, `${labels.text(problem.title)}. ${labels.text("stale")}`);
    this.#setAction(this.retryLink, problem.action, labels);
  }

  /** @param {HTMLButtonElement} button @param {Action | undefined} action @param {Labels} labels */
  #setAction(button, action, labels) {
    button.hidden = !action;
    button.value = action ?? "";
    setText(button, action ? labels.text(action) : "");
  }
}
