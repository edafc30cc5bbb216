/**
 * The states that the picker shows instead of a list.
 *
 * @import { State } from "../../src/picker/model/states.js"
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ENGLISH } from "../../src/picker/model/labels.js";
import { errorState, staleReason, stateOf } from "../../src/picker/model/states.js";

const LOADED = { isLoading: false };
const ITEM = { voice_id: "ada" };

/** @param {string} code @param {{requestId?: string}} [details] */
function errorWith(code, details) {
  return Object.assign(new Error("reason"), { code, ...details });
}

/**
 * Return the title of the state for these options. The default options are an empty list of
 * favorites.
 *
 * @param {Partial<Parameters<typeof stateOf>[0]>} options
 */
function titleOf(options) {
  const empty = { catalogue: LOADED, view: { items: [] }, total: 0, matching: 0 };
  const state = stateOf({ tab: "favorites", ...empty, ...options });
  return typeof state === "object" ? state.title : state;
}

describe("a list", () => {
  it("is shown if voices match", () => {
    assert.equal(titleOf({ total: 2, matching: 1 }), undefined);
  });

  it("is loading before the first response", () => {
    assert.equal(titleOf({ view: {} }), "loading");
  });

  it("is loading together with the catalogue", () => {
    assert.equal(titleOf({ catalogue: { isLoading: true } }), "loading");
  });

  for (const { tab, title } of /** @type {const} */ ([
    { tab: "all", title: "noCatalogue" },
    { tab: "favorites", title: "noFavorites" },
    { tab: "recent", title: "noRecent" },
    { tab: "popular", title: "noPopular" },
  ])) {
    it(`explains that the tab ${tab} is empty`, () => assert.equal(titleOf({ tab }), title));
  }

  it("explains that no voice matches", () => {
    assert.equal(titleOf({ total: 3 }), "noMatch");
  });

  it("asks a signed-out user to sign in", () => {
    assert.equal(titleOf({ view: { error: errorWith("UNAUTHORIZED") } }), "signedOut");
  });

  it("explains why it could not be loaded", () => {
    assert.equal(titleOf({ view: { error: errorWith("NETWORK_ERROR") } }), "unreachable");
  });

  it("is replaced by an error of the catalogue", () => {
    const catalogue = { error: new TypeError("no list"), isLoading: false };

    assert.equal(titleOf({ catalogue, total: 1, matching: 1 }), "failed");
  });

  it("is shown even if it is out of date", () => {
    const view = { items: [ITEM], error: errorWith("NETWORK_ERROR") };

    assert.equal(titleOf({ view, total: 1, matching: 1 }), undefined);
  });

  it("is shown as empty even if it is out of date", () => {
    const view = { items: [], error: errorWith("NETWORK_ERROR") };

    assert.equal(titleOf({ view }), "noFavorites");
  });

  it("of all voices needs no response from the service", () => {
    assert.equal(titleOf({ tab: "all", view: {}, total: 1, matching: 1 }), undefined);
  });
});

describe("an error", () => {
  for (const code of ["NETWORK_ERROR", "SERVICE_UNAVAILABLE", "RATE_LIMIT_EXCEEDED"]) {
    it(`${code} offers another attempt`, () => {
      assert.deepEqual(errorState(errorWith(code)), {
        icon: "cloud",
        title: "unreachable",
        help: "unreachableHelp",
        action: "retry",
      });
    });
  }

  for (const code of ["UNAUTHORIZED", "INVALID_TOKEN"]) {
    it(`${code} means that the user is signed out`, () => {
      assert.equal(errorState(errorWith(code)).title, "signedOut");
      assert.equal(errorState(errorWith(code)).action, undefined);
    });
  }

  for (const { error, reference } of [
    { error: errorWith("INTERNAL_ERROR", { requestId: "r-1" }), reference: "r-1" },
    { error: errorWith("INTERNAL_ERROR"), reference: "INTERNAL_ERROR" },
    { error: new TypeError("no list"), reference: "TypeError" },
  ]) {
    it(`has the reference ${reference}`, () => {
      assert.equal(errorState(error).reference, reference);
    });
  }

  it("TOKEN_ERROR means offline if there is no network", (test) => {
    const navigator = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    Object.defineProperty(globalThis, "navigator", {
      value: { onLine: false },
      configurable: true,
    });
    test.after(() => {
      if (navigator) Object.defineProperty(globalThis, "navigator", navigator);
      else Reflect.deleteProperty(globalThis, "navigator");
    });

    assert.equal(errorState(errorWith("TOKEN_ERROR")).title, "offline");
  });
});

describe("the reason why a tab is out of date", () => {
  it("is the first error of its lists", () => {
    const error = errorWith("NETWORK_ERROR");

    assert.equal(staleReason({ items: [] }, { error }), error);
    assert.equal(staleReason({ items: [] }, {}), undefined);
  });

  it("is missing for a signed-out user", () => {
    assert.equal(staleReason({ error: errorWith("UNAUTHORIZED") }), undefined);
  });
});

it("every state has texts", () => {
  const codes = ["NETWORK_ERROR", "UNAUTHORIZED", "INTERNAL_ERROR"];
  const tabs = /** @type {const} */ (["all", "favorites", "recent", "popular"]);
  const empty = { catalogue: LOADED, view: { items: [] }, total: 0, matching: 0 };
  const states = [
    ...codes.map((code) => errorState(errorWith(code))),
    ...tabs.map((tab) => /** @type {State} */ (stateOf({ tab, ...empty }))),
  ];

  for (const { title, help, action } of states) {
    for (const key of [title, help, action ?? title]) assert.ok(key in ENGLISH, key);
  }
});
