import { setMaxListeners } from "node:events";
import type { BaseLogger } from "pino";

/** Stops one part. The signal fires when the time for an orderly stop is over. */
export type Stop = (signal: AbortSignal) => Promise<void> | void;

interface Part {
  readonly name: string;
  readonly stop: Stop;
  readonly isListener: boolean;
}

/** What a part still gets once the time for all is over: enough to release what it holds, not to wait for others. */
const LAST_TURN_MS = 250;

/** Parts of a daemon in the order they started; stopped in reverse. */
export class Lifecycle {
  readonly #logger: BaseLogger;
  readonly #parts: Part[] = [];

  constructor(logger: BaseLogger) {
    this.#logger = logger;
  }

  /** Registers a started part. */
  add(name: string, stop: Stop): void {
    this.#parts.push({ name, stop, isListener: false });
  }

  /** Registers a part that only takes work from outside; those registered one after the other stop at the same time. */
  addListener(name: string, stop: Stop): void {
    this.#parts.push({ name, stop, isListener: true });
  }

  /**
   * Stops every part, last started first, within `deadlineMs` in all; later parts are still told to stop when the time is over,
   * but hardly waited for. True when each stopped in time and without an error.
   */
  async stop(deadlineMs: number): Promise<boolean> {
    const overdue = new AbortController();
    // Every part may listen, and Node 20 takes more than ten for a leak.
    setMaxListeners(0, overdue.signal);
    const timer = setTimeout(() => overdue.abort(new Error("the time to stop is over")), deadlineMs);
    let clean = true;
    for (const group of groupsOf(this.#parts.splice(0).reverse())) {
      const stopped = await Promise.all(group.map((part) => this.#stopPart(part, overdue.signal)));
      clean &&= stopped.every(Boolean);
    }
    clearTimeout(timer);
    return clean;
  }

  async #stopPart({ name, stop }: Part, overdue: AbortSignal): Promise<boolean> {
    const lastTurn = new AbortController();
    try {
      const finished = Promise.resolve(stop(overdue)).then(() => true);
      const inTime = await Promise.race([finished, lastTurnOver(overdue, lastTurn.signal)]);
      if (inTime) return true;
      finished.catch(() => undefined);
      this.#logger.error({ part: name }, "Did not stop in time");
    } catch (error) {
      this.#logger.error({ part: name, err: error }, "Failed to stop");
    } finally {
      lastTurn.abort();
    }
    return false;
  }
}

/** Neighbours that are all listeners, the others alone. */
function groupsOf(parts: readonly Part[]): readonly (readonly Part[])[] {
  const groups: Part[][] = [];
  let listeners: Part[] | undefined;
  for (const part of parts) {
    if (part.isListener && listeners !== undefined) listeners.push(part);
    else {
      const group = [part];
      groups.push(group);
      listeners = part.isListener ? group : undefined;
    }
  }
  return groups;
}

/** Resolves a moment after `overdue` fired; never, once `ended` fires. */
function lastTurnOver(overdue: AbortSignal, ended: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const begin = () => {
      timer = setTimeout(() => resolve(false), LAST_TURN_MS);
    };
    ended.addEventListener("abort", () => {
      clearTimeout(timer);
      overdue.removeEventListener("abort", begin);
    });
    if (overdue.aborted) begin();
    else overdue.addEventListener("abort", begin, { once: true });
  });
}
