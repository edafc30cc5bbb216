/** Create elements without parsing HTML, so that a text of a page or a voice never becomes HTML. */

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  check: "M5 12.5 9.7 17 19 7.5",
  heart: "M12 20s-7.5-4.6-7.5-10A4.3 4.3 0 0 1 12 7.2 4.3 4.3 0 0 1 19.5 10c0 5.4-7.5 10-7.5 10z",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 3.6V12l3 2",
  cloud: "M4 4l16 16M8 9a5 5 0 0 0-1 9.9h9.5M10.6 6.2A6 6 0 0 1 18 11a4 4 0 0 1 2.3 6.3",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-7.5 8a7.5 7.5 0 0 1 15 0",
  play: "M8.5 5.8v12.4L18.6 12z",
  search: "M10.8 4.5a6.3 6.3 0 1 0 0 12.6 6.3 6.3 0 0 0 0-12.6zm4.6 10.9 4.6 4.6",
  star: "m12 3.6 2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8-4.2-4.1 5.8-.8z",
  stop: "M7.5 7.5h9v9h-9z",
  wave: "M4 10v4m4-7v10m4-13v16m4-13v10m4-7v4",
};

/**
 * @typedef {keyof typeof ICONS} IconName
 *
 * @typedef {string | number | boolean | null | undefined} AttributeValue
 *   `true` sets an empty attribute. `false`, null and undefined remove the attribute. For ARIA
 *   attributes, `true` and `false` are set as text.
 *
 * @typedef {{[Type in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Type]) => void}} Listeners
 */

/**
 * Create an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {{on?: Listeners, [name: string]: AttributeValue | Listeners}} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, { on = {}, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [type, listener] of Object.entries(on))
    element.addEventListener(type, /** @type {EventListener} */ (listener));
  for (const [name, value] of Object.entries(attributes))
    setAttribute(element, name, /** @type {AttributeValue} */ (value));
  element.append(...children);
  return element;
}

/**
 * Set an attribute if its value changes.
 *
 * @param {Element} element
 * @param {string} name
 * @param {AttributeValue} value
 */
export function setAttribute(element, name, value) {
  const text = typeof value !== "boolean" || name.startsWith("aria-") ? value : value ? "" : null;
  if (text == null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(text)) element.setAttribute(name, String(text));
}

/**
 * Set an element's text if the text changes. Otherwise, screen readers would announce the same text
 * again.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Create an icon. The icon has no accessible name, because the control around the icon has a name.
 *
 * @param {IconName} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
