/** Without other requests under way a document waits so long for company in any case. */
const SHORT_MS = 10;
/** It waits so long when company is likely. */
const LONG_MS = 200;
/** After a longer pause between writes a write is taken for a single one. */
const LONGEST_GAP_MS = 200;
/** Company that comes later than this into the longer wait comes by itself: whoever waited for an answer is back sooner. */
const LATE_MS = 25;
const MOST_SKIPPED = 64;

/**
 * How long documents wait for others before a bulk request leaves, which costs about as much as a hundred documents. The short wait is for
 * all. A longer one is worth it only where writes come by themselves: senders that wait for an answer before they send again send
 * nothing meanwhile. So a longer wait that nobody came late into is left out the next time, after another one the next two times, then
 * four, and so on.
 */
export class GatherWait {
  readonly shortMs: number;
  readonly #longMs: number;
  #lastAt = Number.NEGATIVE_INFINITY;
  #gapMs = Number.POSITIVE_INFINITY;
  #lateAt = 0;
  #skip = 0;
  #skipNext = 1;

  /** Nothing waits longer than `longestMs`. */
  constructor(longestMs: number) {
    this.shortMs = Math.min(SHORT_MS, longestMs);
    this.#longMs = Math.min(LONG_MS, longestMs);
  }

  /** To be called for each write. */
  arrived(nowMs: number): void {
    this.#gapMs = nowMs - this.#lastAt;
    this.#lastAt = nowMs;
  }

  /** For how many milliseconds documents that waited `waitedMs` wait further; above 0, {@link ended} must follow. */
  extend(nowMs: number, waitedMs: number): number {
    const extraMs = this.#longMs - waitedMs;
    if (extraMs < LATE_MS || this.#gapMs > LONGEST_GAP_MS) return 0;
    if (this.#skip > 0) {
      this.#skip--;
      return 0;
    }
    this.#lateAt = nowMs + LATE_MS;
    return extraMs;
  }

  /** The longer wait is over, because of its time or because there was enough company. */
  ended(isEnough: boolean): void {
    if (isEnough || this.#lastAt >= this.#lateAt) {
      this.#skipNext = 1;
      return;
    }
    this.#skip = this.#skipNext;
    this.#skipNext = Math.min(this.#skipNext * 2, MOST_SKIPPED);
  }
}
