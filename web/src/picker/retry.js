/**
 * Retry failed requests with increasing delays, and immediately when the browser is online again.
 */

const MIN_DELAY_MS = 2_000; // doubled after each retry
const MAX_DELAY_MS = 30_000;

export class Retry {
  #delayMs = MIN_DELAY_MS;
  #isConnected = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #run = () => this.#retryNow();

  /** @param {() => void} retry */
  constructor(retry) {
    this.retry = retry;
  }

  connect() {
    this.#isConnected = true;
    addEventListener("online", this.#run);
  }

  disconnect() {
    this.#isConnected = false;
    removeEventListener("online", this.#run);
    this.reset();
  }

  /** Schedule a retry, unless a retry is already scheduled or the picker was removed. */
  schedule() {
    if (this.#timer || !this.#isConnected) return;
    this.#timer = setTimeout(this.#run, this.#delayMs);
    this.#delayMs = Math.min(MAX_DELAY_MS, this.#delayMs * 2);
  }

  /** Cancel the scheduled retry, and reset the delay to its minimum. */
  reset() {
    this.#cancel();
    this.#delayMs = MIN_DELAY_MS;
  }

  #cancel() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #retryNow() {
    this.#cancel();
    // Nobody sees a hidden page, so its requests can wait.
    if (document.hidden) this.schedule();
    else this.retry();
  }
}
