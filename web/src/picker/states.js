/** What stands in place of a list that cannot be shown, and what it says to do. */

import { isSignedOut } from "./lists.js";

const UNREACHABLE = new Set(["NETWORK_ERROR", "SERVICE_UNAVAILABLE", "RATE_LIMIT_EXCEEDED"]);
const EMPTY = {
  all: { sign: "wave", title: "noCatalogue", help: "noCatalogueHelp" },
  favorites: { sign: "heart", title: "noFavorites", help: "noFavoritesHelp", action: "browse" },
  recent: { sign: "clock", title: "noRecent", help: "noRecentHelp", action: "browse" },
  popular: { sign: "wave", title: "noPopular", help: "noPopularHelp", action: "browse" },
};
const NO_MATCH = { sign: "search", title: "noMatch", help: "noMatchHelp", action: "clear" };

/** What an error means to the person before the picker. */
export function meaning(error) {
  if (isSignedOut(error)) return { sign: "person", title: "signedOut", help: "signedOutHelp" };
  const isOffline = globalThis.navigator?.onLine === false;
  // Without a network, most ways to a token fail too.
  if (UNREACHABLE.has(error.code) || (isOffline && error.code === "TOKEN_ERROR")) {
    const what = isOffline ? "offline" : "unreachable";
    return { sign: "cloud", title: what, help: `${what}Help`, action: "retry" };
  }
  const reference = error.requestId ?? error.code ?? error.name;
  return { sign: "cloud", title: "failed", help: "failedHelp", action: "retry", reference };
}

/**
 * The state in place of a list: undefined if it can be shown, else `{sign, title, help, action}`,
 * where `action` is what its button does, or "loading".
 *
 * @param catalogue `{voices, error, loading}`
 * @param view the list as `Lists.view` gives it
 * @param listed how many voices the list has; `shown`: how many of them match
 */
export function stateOf({ tab, catalogue, view, listed, shown }) {
  if (catalogue.error) return meaning(catalogue.error);
  if (catalogue.loading) return "loading";
  if (shown) return undefined;
  if (tab !== "all" && !view.items) return view.error ? meaning(view.error) : "loading";
  return listed ? NO_MATCH : EMPTY[tab];
}
