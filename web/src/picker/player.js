/** Previews: of all pickers on a page, one plays at a time. */

let playing; // the player that sounds now

export class Player {
  /**
   * @param changed called when `id` or `state` has changed
   * @param failed called with the voice's id when its preview cannot be played
   */
  constructor({ changed, failed }) {
    this.changed = changed;
    this.failed = failed;
  }

  /** What this player does with a voice: "loading", "playing" or "stopped". */
  stateOf(id) {
    return this.id === id ? this.state : "stopped";
  }

  /** Play a voice's preview, or stop it if it plays. */
  toggle(id, url) {
    const isStop = this.id === id;
    playing?.stop();
    if (isStop) return;
    playing = this;
    const audio = new Audio(url);
    Object.assign(this, { id, audio, state: "loading" });
    const mine = (then) => () => this.audio === audio && then();
    const fail = mine(() => {
      this.stop();
      this.failed(id);
    });
    audio.addEventListener(
      "playing",
      mine(() => this.#is("playing")),
    );
    audio.addEventListener(
      "ended",
      mine(() => this.stop()),
    );
    audio.addEventListener("error", fail);
    audio.play().catch(fail);
    this.changed();
  }

  stop() {
    if (!this.audio) return;
    this.audio.pause();
    this.audio = undefined;
    this.id = undefined;
    if (playing === this) playing = undefined;
    this.#is("stopped");
  }

  #is(state) {
    this.state = state;
    this.changed();
  }
}
