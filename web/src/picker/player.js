/** A player of previews. Only one picker on a page plays a preview at a time. */

/** @type {Player | undefined} */
let playing;

/** @typedef {"loading" | "playing" | "stopped"} PlayerState */

export class Player {
  /** @type {string | undefined} */
  #id;
  /** @type {HTMLAudioElement | undefined} */
  #audio;
  /** @type {PlayerState} */
  #state = "stopped";

  /**
   * @param {object} callbacks
   * @param {() => void} callbacks.changed  called after each change of the state
   * @param {(id: string) => void} callbacks.failed  called when a voice's preview cannot be played
   */
  constructor({ changed, failed }) {
    this.changed = changed;
    this.failed = failed;
  }

  /** Return the state of a voice's preview. @param {string} id @returns {PlayerState} */
  stateOf(id) {
    return this.#id === id ? this.#state : "stopped";
  }

  /** Start or stop a voice's preview. @param {string} id @param {string} url */
  toggle(id, url) {
    const wasPlaying = this.#id === id;
    playing?.stop();
    if (wasPlaying) return;
    playing = this;
    const audio = new Audio(url);
    this.#id = id;
    this.#audio = audio;
    this.#state = "loading";
    const ifCurrent = (/** @type {() => void} */ act) => () => {
      if (this.#audio === audio) act();
    };
    const fail = ifCurrent(() => {
      this.stop();
      this.failed(id);
    });
    const start = ifCurrent(() => this.#setState("playing"));
    const end = ifCurrent(() => this.stop());
    audio.addEventListener("playing", start);
    audio.addEventListener("ended", end);
    audio.addEventListener("error", fail);
    audio.play().catch(fail);
    this.changed();
  }

  stop() {
    if (!this.#audio) return;
    this.#audio.pause();
    this.#audio = undefined;
    this.#id = undefined;
    if (playing === this) playing = undefined;
    this.#setState("stopped");
  }

  /** @param {PlayerState} state */
  #setState(state) {
    this.#state = state;
    this.changed();
  }
}
