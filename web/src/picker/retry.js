/** Tries again what did not work: by itself, later each time, and at once when the network is back. */

const FIRST = 2_000; // milliseconds; then twice as long each time
const LAST = 30_000;

export class Retry {
  #wait = FIRST;
  #again = () => this.#now();

  constructor(tryAgain) {
    this.tryAgain = tryAgain;
  }

  connect() {
    this.isConnected = true;
    addEventListener("online", this.#again);
  }

  disconnect() {
    this.isConnected = false;
    removeEventListener("online", this.#again);
    this.over();
  }

  /** Something does not work. What still fails after the picker has left the page is nobody's. */
  needed() {
    if (this.timer || !this.isConnected) return;
    this.timer = setTimeout(this.#again, this.#wait);
    this.#wait = Math.min(LAST, this.#wait * 2);
  }

  /** Everything works. */
  over() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.#wait = FIRST;
  }

  #now() {
    clearTimeout(this.timer);
    this.timer = undefined;
    // Nobody looks, or there is no network: the one shows again soon, the other tells of itself.
    if (document.hidden) this.needed();
    else this.tryAgain();
  }
}
