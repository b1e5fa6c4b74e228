import type { BaseLogger } from "pino";

const WINDOW_MS = 10_000;

/** Why datagrams were dropped, and of which sender's one is an example. */
export interface Drop {
  /** As in the counter of refused requests. */
  readonly reason: string;
  readonly error: unknown;
  readonly packets: number;
  /** `host:port`, as far as it is known. */
  readonly sender: string | undefined;
}

interface Window {
  timer: NodeJS.Timeout;
  suppressed: number;
  last: Drop;
}

/**
 * Tells the log of datagrams that one port dropped: the first of each reason at once, those that follow as a count every ten
 * seconds, so that a flood of garbage does not flood the log.
 */
export class DropLog {
  readonly #logger: BaseLogger;
  /** Fields that say which port it is. */
  readonly #port: Readonly<Record<string, string>>;
  readonly #windows = new Map<string, Window>();
  readonly #windowMs: number;

  constructor(logger: BaseLogger, port: Readonly<Record<string, string>>, windowMs: number = WINDOW_MS) {
    this.#logger = logger;
    this.#port = port;
    this.#windowMs = windowMs;
  }

  add(drop: Drop): void {
    const window = this.#windows.get(drop.reason);
    if (window !== undefined) {
      window.suppressed += drop.packets;
      window.last = drop;
      return;
    }
    this.#write(drop, drop.packets, drop.packets === 1 ? "Dropped a datagram" : "Dropped datagrams");
    this.#windows.set(drop.reason, { timer: this.#startTimer(drop.reason), suppressed: 0, last: drop });
  }

  /** Says what was held back, and ends. */
  close(): void {
    for (const [reason, window] of this.#windows) {
      clearTimeout(window.timer);
      this.#tellSuppressed(window);
      this.#windows.delete(reason);
    }
  }

  #startTimer(reason: string): NodeJS.Timeout {
    return setTimeout(() => {
      const window = this.#windows.get(reason);
      if (window === undefined) return;
      if (window.suppressed === 0) this.#windows.delete(reason);
      else {
        this.#tellSuppressed(window);
        window.timer = this.#startTimer(reason);
      }
    }, this.#windowMs).unref();
  }

  #tellSuppressed(window: Window): void {
    if (window.suppressed === 0) return;
    this.#write(window.last, window.suppressed, "Dropped more datagrams; the last was as told here");
    window.suppressed = 0;
  }

  #write({ reason, error, sender }: Drop, packets: number, message: string): void {
    const from = sender === undefined ? {} : { sender };
    const fields = { ...this.#port, ...from, reason, packets, err: error };
    // What a sender did wrong is no failure of ours.
    if (reason === "malformed") this.#logger.warn(fields, message);
    else this.#logger.error(fields, message);
  }
}
