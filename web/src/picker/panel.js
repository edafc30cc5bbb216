/** Where the list is, or what stands in its place, and what is said beside it. */

import { el, icon, put, say } from "./dom.js";

const NOTICE = 8_000; // milliseconds
const BONES = 7;

export class Panel {
  /** @param act called with what a button is for: "retry", "clear" or "browse" */
  constructor(list, act) {
    this.list = list;
    this.act = act;
    this.skeleton = el("div", { class: "skeleton", part: "skeleton", "aria-hidden": "true" });
    for (let bone = 0; bone < BONES; bone += 1)
      this.skeleton.append(el("div", {}, el("i"), el("i")));
    this.title = el("strong", { dir: "auto" });
    this.help = el("p", { dir: "auto" });
    this.sign = el("div", { class: "sign" });
    this.button = this.#button("button", "button");
    this.signIn = el("slot", { name: "sign-in" });
    this.state = el(
      "div",
      { class: "state", part: "state" },
      ...[this.sign, this.title, this.help, this.button, this.signIn],
    );
    this.warning = el("bdi");
    this.again = this.#button("link", "link");
    this.banner = el("div", { class: "banner", part: "banner" }, this.warning, this.again);
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
   * Show the list, or a state in its place.
   *
   * @param state as `stateOf` gives it
   * @param trouble what keeps a list that is shown from being up to date, if anything does
   * @param count says how much the list holds
   */
  show({ state, trouble, count, labels }) {
    const isLoading = state === "loading";
    put(this.element, "aria-busy", isLoading);
    this.list.hidden = !!state;
    this.skeleton.hidden = !isLoading;
    this.state.hidden = !state || isLoading;
    if (!this.state.hidden) this.#explain(state, labels);
    this.banner.hidden = !!state || !trouble;
    if (!this.banner.hidden) this.#warn(trouble, labels);
    const spoken = isLoading ? labels.text("loading") : state ? labels.text(state.title) : count;
    say(this.status, this.banner.hidden ? spoken : `${spoken}. ${this.warning.textContent}`);
  }

  /** What in it has the focus, and is there to be seen: an element that is hidden loses it soon. */
  focused({ activeElement }) {
    const isSeen = this.element.contains(activeElement) && !activeElement.closest("[hidden]");
    return isSeen ? activeElement : undefined;
  }

  /** Say something for a while. */
  tell(text) {
    clearTimeout(this.timer);
    say(this.notice, text);
    this.notice.hidden = false;
    this.timer = setTimeout(() => this.hush(), NOTICE);
  }

  hush() {
    clearTimeout(this.timer);
    this.notice.hidden = true;
  }

  #button(name, part) {
    const click = ({ currentTarget }) => this.act(currentTarget.value);
    return el("button", { type: "button", class: name, part, click });
  }

  #explain(state, labels) {
    if (this.sign.dataset.name !== state.sign) this.sign.replaceChildren(icon(state.sign));
    this.sign.dataset.name = state.sign;
    say(this.title, labels.text(state.title));
    say(this.help, labels.text(state.help, state));
    this.signIn.hidden = state.title !== "signedOut";
    this.#offer(this.button, state.action, labels);
  }

  #warn(trouble, labels) {
    say(this.warning, `${labels.text(trouble.title)}. ${labels.text("stale")}`);
    this.#offer(this.again, trouble.action, labels);
  }

  #offer(button, action, labels) {
    button.hidden = !action;
    button.value = action ?? "";
    say(button, action ? labels.text(action) : "");
  }
}
