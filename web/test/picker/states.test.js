/** What stands in place of a list. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ENGLISH } from "../../src/picker/labels.js";
import { meaning, stateOf } from "../../src/picker/states.js";

const coded = (code, more) => Object.assign(new Error("why"), { code, ...more });
const voices = new Map([["ada", {}]]);

/** The title of the state, of a tab with all that is given and the rest as usual. */
function titleOf({ tab = "favorites", catalogue = { voices }, view = { items: [] }, ...numbers }) {
  const state = stateOf({ tab, catalogue, view, listed: 0, shown: 0, ...numbers });
  return state?.title ?? state;
}

describe("in place of a list", () => {
  for (const [what, given, expected] of [
    ["that has something to show stands nothing", { listed: 2, shown: 1 }, undefined],
    ["that was not answered yet it is loading", { view: {} }, "loading"],
    ["whose catalogue is under way it is loading", { catalogue: { loading: true } }, "loading"],
    ["of favorites that is empty it says so", {}, "noFavorites"],
    ["of recents that is empty it says so", { tab: "recent" }, "noRecent"],
    ["of popular voices that is empty it says so", { tab: "popular" }, "noPopular"],
    ["of all voices that is empty it says so", { tab: "all" }, "noCatalogue"],
    ["of which none matches it says so", { listed: 3 }, "noMatch"],
    [
      "that is anybody's it says to sign in",
      { view: { error: coded("UNAUTHORIZED") } },
      "signedOut",
    ],
    ["that did not come it says why", { view: { error: coded("NETWORK_ERROR") } }, "unreachable"],
    [
      "whose catalogue did not come it says so, whatever else it knows",
      { catalogue: { error: new TypeError("no list") }, listed: 1, shown: 1 },
      "failed",
    ],
    [
      "that is shown stands nothing, though it could not be brought up to date",
      { view: { items: [1], error: coded("NETWORK_ERROR") }, listed: 1, shown: 1 },
      undefined,
    ],
    [
      "that is empty and out of date it says that it is empty",
      { view: { items: [], error: coded("NETWORK_ERROR") } },
      "noFavorites",
    ],
    ["of all voices no user is needed", { tab: "all", view: {}, listed: 1, shown: 1 }, undefined],
  ]) {
    it(what, () => assert.equal(titleOf(given), expected));
  }
});

describe("an error", () => {
  for (const code of ["NETWORK_ERROR", "SERVICE_UNAVAILABLE", "RATE_LIMIT_EXCEEDED"]) {
    it(`${code} means that one may try again`, () => {
      assert.deepEqual(meaning(coded(code)), {
        sign: "cloud",
        title: "unreachable",
        help: "unreachableHelp",
        action: "retry",
      });
    });
  }

  for (const code of ["UNAUTHORIZED", "INVALID_TOKEN"]) {
    it(`${code} means that nobody is signed in, so there is nothing to try again`, () => {
      assert.equal(meaning(coded(code)).title, "signedOut");
      assert.equal(meaning(coded(code)).action, undefined);
    });
  }

  for (const [error, reference] of [
    [coded("INTERNAL_ERROR", { requestId: "r-1" }), "r-1"],
    [coded("INTERNAL_ERROR"), "INTERNAL_ERROR"],
    [new TypeError("no list"), "TypeError"],
  ]) {
    it(`of another kind is told by the reference ${reference}`, () => {
      assert.equal(meaning(error).reference, reference);
    });
  }

  it("TOKEN_ERROR without a network means that there is none: most tokens come by it", (test) => {
    const navigator = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    Object.defineProperty(globalThis, "navigator", {
      value: { onLine: false },
      configurable: true,
    });
    test.after(() => {
      if (navigator) Object.defineProperty(globalThis, "navigator", navigator);
      else delete globalThis.navigator;
    });

    assert.equal(meaning(coded("TOKEN_ERROR")).title, "offline");
  });

  it("has texts for all that it means, and for what its button does", () => {
    const all = [
      ...["NETWORK_ERROR", "UNAUTHORIZED", "INTERNAL_ERROR"].map((code) => meaning(coded(code))),
      ...["all", "favorites", "recent", "popular"].map((tab) =>
        stateOf({ tab, catalogue: { voices }, view: { items: [] }, listed: 0, shown: 0 }),
      ),
    ];

    for (const { title, help, action } of all) {
      for (const key of [title, help, action].filter(Boolean)) assert.ok(key in ENGLISH, key);
    }
  });
});
