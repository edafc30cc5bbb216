/**
 * A picker in a browser page, with locators for the elements that a user sees.
 *
 * @import { Locator, Page, Request, Route } from "playwright-core"
 * @import { VoicePicker } from "../../src/voice-picker.js"
 * @import { RecordedEvent } from "./window.js"
 */

/**
 * @typedef {VoicePicker & {shadowRoot: ShadowRoot}} PickerElement
 * @typedef {Partial<Record<keyof VoicePicker, unknown>>} Properties
 *   unknown, because some tests set invalid values
 */

export class PickerPage {
  /** @param {Page} page @param {string} [selector] */
  constructor(page, selector = "voice-picker") {
    this.page = page;
    this.element = page.locator(selector);
    this.list = this.element.locator('[part="list"]');
    this.rows = this.element.locator('[part="row"]');
    this.search = this.element.getByRole("searchbox");
    this.panel = this.element.getByRole("tabpanel");
    this.banner = this.element.locator('[part="banner"]');
    this.state = this.element.locator('[part="state"]');
    this.notice = this.element.getByRole("alert");
  }

  /** @param {string} name */
  tab = (name) => this.element.getByRole("tab", { name, exact: true });
  /** @param {string} name */
  voice = (name) => this.#containing("gridcell", name);
  /** @param {string} name */
  row = (name) => this.#containing("row", name);
  /** @param {string} name */
  star = (name) => this.button(`Favorite: ${name}`);
  /** @param {string} name */
  play = (name) => this.button(`Play a preview of ${name}`);
  /** @param {string} name */
  stop = (name) => this.button(`Stop the preview of ${name}`);
  /** @param {string} name */
  button = (name) => this.element.getByRole("button", { name, exact: true });

  /** Return the names in the list, from top to bottom. */
  names = () => this.element.locator('[part="name"] bdi').allTextContents();
  /** Return the names of the listed voices that are marked as favorites. */
  starred = () =>
    this.element
      .locator('[part="row"]:has([aria-pressed="true"]) [part="name"] bdi')
      .allTextContents();
  selected = () => this.element.getAttribute("selected");

  /** Return the DOM events that the page has received. @param {RecordedEvent["type"]} type */
  events = (type) =>
    this.page.evaluate((wanted) => window.events.filter((event) => event.type === wanted), type);

  /** Count the DOM events that the page has received. @param {RecordedEvent["type"]} type */
  eventCount = async (type) => (await this.events(type)).length;

  /** Set properties of the element. @param {Properties} properties */
  set = (properties) =>
    this.evaluate((element, values) => void Object.assign(element, values), properties);

  /**
   * Run a function on the element, in the browser.
   *
   * @template Result
   * @template [Argument=undefined]
   * @param {(element: PickerElement, argument: Argument) => Result | Promise<Result>} run
   * @param {Argument} [argument]
   * @returns {Promise<Result>}
   */
  evaluate(run, argument) {
    const element = /** @type {Locator & {evaluate: (...args: unknown[]) => Promise<Result>}} */ (
      this.element
    );
    return element.evaluate(run, argument);
  }

  /**
   * Return the label or the text of the focused element in the picker. If no element is focused,
   * return "".
   */
  focused = () =>
    this.evaluate(({ shadowRoot: { activeElement } }) => {
      if (!activeElement) return "";
      const label = activeElement.getAttribute("aria-label");
      const name = activeElement.querySelector('[part="name"] bdi')?.textContent;
      return label ?? name ?? activeElement.textContent;
    });

  /**
   * Let the test handle all calls of an action.
   *
   * @param {string} action
   * @param {(route: Route) => unknown} handle
   */
  routeAction = (action, handle) =>
    this.page.route("**/v1{,/**}", (route) =>
      actionOf(route.request()) === action ? handle(route) : route.fallback(),
    );

  /** @param {...string} keys */
  press = async (...keys) => {
    for (const key of keys) await this.page.keyboard.press(key);
  };

  /**
   * Return the element with this role that contains the name of a voice.
   *
   * @param {"row" | "gridcell"} role
   * @param {string} name
   */
  #containing(role, name) {
    const label = this.page.locator('[part="name"] bdi').getByText(name, { exact: true });
    return this.element.getByRole(role).filter({ has: label });
  }
}

/** @param {Request} request */
function actionOf(request) {
  return request.postDataJSON()?.action ?? new URL(request.url()).pathname.split("/").at(-1);
}
