/** A picker on a page that is open in the browser, as a person finds their way on it. */

export class PickerPage {
  constructor(page, selector = "voice-picker") {
    this.page = page;
    this.element = page.locator(selector);
    this.rows = this.element.locator('[part="row"]');
    this.search = this.element.getByRole("searchbox");
    this.banner = this.element.locator('[part="banner"]');
    this.state = this.element.locator('[part="state"]');
    this.notice = this.element.getByRole("alert");
  }

  tab = (name) => this.element.getByRole("tab", { name, exact: true });
  voice = (name) => this.#within("gridcell", name);
  row = (name) => this.#within("row", name);
  star = (name) => this.#button(`Favorite: ${name}`);
  play = (name) => this.#button(`Play a preview of ${name}`);
  stop = (name) => this.#button(`Stop the preview of ${name}`);
  button = (name) => this.#button(name);

  /** The names in the list, from the top. */
  names = () => this.element.locator('[part="name"] bdi').allTextContents();
  /** Those of them that are starred. */
  starred = () =>
    this.element
      .locator('[part="row"]:has([aria-pressed="true"]) [part="name"] bdi')
      .allTextContents();
  selected = () => this.element.getAttribute("selected");

  /** What the page was told, of one type of event. */
  told = (type) =>
    this.page.evaluate((type) => window.told.filter((each) => each.type === type), type);

  /** Put properties on the element. */
  set = (properties) =>
    this.element.evaluate((element, all) => void Object.assign(element, all), properties);

  /** Say what has the focus: its accessible label, or else its text; "" if nothing in the picker. */
  focused = () =>
    this.element.evaluate(({ shadowRoot: { activeElement: at } }) =>
      at
        ? (at.getAttribute("aria-label") ??
          at.querySelector('[part="name"] bdi')?.textContent ??
          at.textContent)
        : "",
    );

  /** Let the test play the network for the calls of an action: `play` gets each as a route. */
  playNetwork = (action, play) =>
    this.page.route("**/v1{,/**}", (route) =>
      actionOf(route.request()) === action ? play(route) : route.fallback(),
    );

  press = async (...keys) => {
    for (const key of keys) await this.page.keyboard.press(key);
  };

  #button(name) {
    return this.element.getByRole("button", { name, exact: true });
  }

  #within(role, name) {
    const named = this.page.locator('[part="name"] bdi').getByText(name, { exact: true });
    return this.element.getByRole(role).filter({ has: named });
  }
}

function actionOf(request) {
  return request.postDataJSON()?.action ?? new URL(request.url()).pathname.split("/").at(-1);
}
