/**
 * The states that the picker shows instead of a list, for example if the list is empty.
 *
 * @import { ApiError } from "../../api-service.js"
 * @import { Tab } from "voices-web/voice-picker/element"
 * @import { IconName } from "../view/dom.js"
 * @import { ListView } from "./lists.js"
 */

import { isSignedOut } from "./lists.js";

/**
 * A state, with the keys of its texts and the action of its button.
 *
 * @typedef {object} State
 * @property {IconName} icon
 * @property {string} title
 * @property {string} help
 * @property {Action} [action]
 * @property {string} [reference]
 *
 * @typedef {"retry" | "clear" | "browse"} Action
 */

const UNREACHABLE = ["NETWORK_ERROR", "SERVICE_UNAVAILABLE", "RATE_LIMIT_EXCEEDED"];
/** @type {Record<Tab, State>} */
const EMPTY = {
  all: { icon: "wave", title: "noCatalogue", help: "noCatalogueHelp" },
  favorites: { icon: "heart", title: "noFavorites", help: "noFavoritesHelp", action: "browse" },
  recent: { icon: "clock", title: "noRecent", help: "noRecentHelp", action: "browse" },
  popular: { icon: "wave", title: "noPopular", help: "noPopularHelp", action: "browse" },
};
/** @type {State} */
const NO_MATCH = { icon: "search", title: "noMatch", help: "noMatchHelp", action: "clear" };

/** Return the state that explains an error to the user. @param {unknown} error @returns {State} */
export function errorState(error) {
  if (isSignedOut(error)) return { icon: "person", title: "signedOut", help: "signedOutHelp" };
  const { code = "", name, requestId } = /** @type {Partial<ApiError>} */ (error);
  const isOffline = globalThis.navigator?.onLine === false;
  // A page without a network usually cannot get a token. A token error can thus mean `offline` too.
  if (UNREACHABLE.includes(code) || (isOffline && code === "TOKEN_ERROR")) {
    const title = isOffline ? "offline" : "unreachable";
    return { icon: "cloud", title, help: `${title}Help`, action: "retry" };
  }
  const reference = requestId ?? (code || name);
  return { icon: "cloud", title: "failed", help: "failedHelp", action: "retry", reference };
}

/**
 * Return the state to show instead of the list, or undefined if the list can be shown.
 *
 * @param {object} options
 * @param {Tab} options.tab
 * @param {{error?: unknown, isLoading: boolean}} options.catalogue
 * @param {ListView} options.view
 * @param {number} options.total  the number of voices in the list
 * @param {number} options.matching  the number of voices that match the search and the filters
 * @returns {State | "loading" | undefined}
 */
export function stateOf({ tab, catalogue, view, total, matching }) {
  if (catalogue.error) return errorState(catalogue.error);
  if (catalogue.isLoading) return "loading";
  if (matching) return undefined;
  if (tab !== "all" && !view.items) return view.error ? errorState(view.error) : "loading";
  return total ? NO_MATCH : EMPTY[tab];
}

/**
 * Return the reason why a tab may be out of date. For a signed-out user, there is no such reason,
 * because the user has no data to update.
 *
 * @param {...ListView} views  the lists that the tab shows
 */
export function staleReason(...views) {
  return views.map(({ error }) => error).find((error) => error && !isSignedOut(error));
}
