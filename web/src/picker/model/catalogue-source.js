/**
 * The source of the catalogue, which is a list from the page or the URL of a list.
 *
 * @import { CatalogueVoice } from "./catalogue.js"
 */

import { ApiError } from "../../api-service.js";
import { readVoices } from "./catalogue.js";

export class CatalogueSource {
  /** @type {Map<string, CatalogueVoice> | undefined} */
  #voices;
  /** @type {unknown} */
  error;
  isLoading = true;
  /** @type {unknown} */
  #source;
  /** @type {string | URL} */
  #base = "";
  /** @type {AbortController | undefined} */
  #controller;

  /** @param {{changed: () => void, loaded: () => void}} callbacks */
  constructor({ changed, loaded }) {
    this.changed = changed;
    this.loaded = loaded;
  }

  /**
   * The voices by id, or no voices before the first load.
   *
   * @returns {Map<string, CatalogueVoice>}
   */
  get voices() {
    return this.#voices ?? new Map();
  }

  get hasVoices() {
    return this.#voices !== undefined;
  }

  /**
   * Take the voices from a list, or load the list from a URL. A new call cancels the previous load.
   *
   * @param {unknown} source
   * @param {string | URL} base  the base of relative URLs
   */
  async load(source, base) {
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    // The old voices are removed only for a new URL. A list replaces them immediately, and the same
    // URL probably returns the same voices.
    const isOtherUrl = typeof source === "string" && source !== this.#source;
    this.#source = source;
    this.#base = base;
    if (isOtherUrl) this.#set(undefined, undefined, true);
    this.changed();
    /** @type {Map<string, CatalogueVoice> | undefined} */
    let voices;
    /** @type {unknown} */
    let error;
    try {
      voices = await voicesOf(source, base, controller.signal);
    } catch (reason) {
      error = reason;
    }
    if (this.#controller !== controller) return;
    this.#controller = undefined;
    this.#set(voices, error, false);
    this.loaded();
  }

  /** Load the last source again. */
  reload() {
    return this.load(this.#source, this.#base);
  }

  /**
   * @param {Map<string, CatalogueVoice> | undefined} voices
   * @param {unknown} error
   * @param {boolean} isLoading
   */
  #set(voices, error, isLoading) {
    this.#voices = voices;
    this.error = error;
    this.isLoading = isLoading;
  }
}

/** @param {unknown} source @param {string | URL} base @param {AbortSignal} signal */
async function voicesOf(source, base, signal) {
  if (!source || typeof source !== "string") return readVoices(source || [], base);
  const url = new URL(source, base);
  const response = await fetch(url, { signal }).catch((cause) => {
    throw new ApiError("The catalogue cannot be reached", { code: "NETWORK_ERROR", cause });
  });
  if (!response.ok) throw new Error(`the catalogue could not be loaded: HTTP ${response.status}`);
  return readVoices(await response.json(), url);
}
