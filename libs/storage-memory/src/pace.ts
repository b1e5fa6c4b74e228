import { setImmediate } from "node:timers/promises";

/** Milliseconds of work after which others get their turn. */
const TURN_MS = 8;

/** Cuts long work into turns, so that a search over a million spans does not hold up writes. */
export class Pace {
  readonly #check: () => void;
  #turnStartMs = performance.now();

  /** `check` throws when the work is to end. */
  constructor(check: () => void) {
    this.#check = check;
  }

  /** Call it every few microseconds' to milliseconds' worth of work; it waits when the turn is over. */
  async next(): Promise<void> {
    if (performance.now() - this.#turnStartMs < TURN_MS) return;
    await setImmediate();
    this.#turnStartMs = performance.now();
    this.#check();
  }
}
