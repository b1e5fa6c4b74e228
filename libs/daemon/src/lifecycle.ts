import type { BaseLogger } from "pino";

/** Stops one part. The signal fires when the time for an orderly stop is over. */
export type Stop = (signal: AbortSignal) => Promise<void> | void;

/** Parts of a daemon in the order they started; stopped in reverse. */
export class Lifecycle {
  readonly #logger: BaseLogger;
  readonly #parts: { readonly name: string; readonly stop: Stop }[] = [];

  constructor(logger: BaseLogger) {
    this.#logger = logger;
  }

  /** Registers a started part. */
  add(name: string, stop: Stop): void {
    this.#parts.push({ name, stop });
  }

  /**
   * Stops every part, last started first, within `deadlineMs` in all; later parts are still told to stop when the time is over,
   * but not waited for. True when each stopped in time and without an error.
   */
  async stop(deadlineMs: number): Promise<boolean> {
    const overdue = new AbortController();
    const timer = setTimeout(() => overdue.abort(new Error("the time to stop is over")), deadlineMs);
    const whenOverdue = new Promise<false>((resolve) => {
      // A part that stops without waiting deserves its turn even when the time is over.
      overdue.signal.addEventListener("abort", () => setImmediate(() => resolve(false)), { once: true });
    });
    let clean = true;
    for (const { name, stop } of this.#parts.splice(0).reverse()) {
      try {
        const finished = Promise.resolve(stop(overdue.signal)).then(() => true);
        const inTime = await Promise.race([finished, whenOverdue]);
        if (!inTime) {
          finished.catch(() => undefined);
          this.#logger.error({ part: name }, "Did not stop in time");
          clean = false;
        }
      } catch (error) {
        this.#logger.error({ part: name, err: error }, "Failed to stop");
        clean = false;
      }
    }
    clearTimeout(timer);
    return clean;
  }
}
