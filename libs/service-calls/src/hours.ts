import { randomBytes } from "node:crypto";
import type { DependencyLink } from "@spoor/storage-api";
import { LinkTotals } from "./link-totals.ts";

export const HOUR_MS = 3_600_000;
/** An hour that no call was added to for so long is forgotten; later calls of it get a sum of their own. */
const FORGET_MS = 2 * HOUR_MS;
const MOST_HOURS = 2_000;
const MOST_LINKS = 200_000;

/** The calls whose called span started in one hour, as far as this process stored them. */
export interface HourOfCalls {
  /** When the hour begins, milliseconds since the epoch. */
  readonly startTimeMs: number;
  /** A name that no other sum has: what was written under it is replaced. */
  readonly id: string;
  /** Empty when spans were stored that are no calls. */
  readonly links: readonly DependencyLink[];
}

interface Hour {
  readonly id: string;
  readonly totals: LinkTotals;
  touchedMs: number;
  isDirty: boolean;
}

/** Sums of calls by the hour. Bounded: what would go beyond is left out and said so. */
export class Hours {
  readonly #hours = new Map<number, Hour>();
  #links = 0;

  /** Notes that spans of this time were stored; false when there are too many hours. */
  touch(startTimeMs: number, nowMs: number): boolean {
    return this.#hour(startTimeMs, nowMs) !== undefined;
  }

  /** Adds one call; false when there is no room. */
  add(startTimeMs: number, parent: string, child: string, nowMs: number): boolean {
    const hour = this.#hour(startTimeMs, nowMs);
    if (hour === undefined) return false;
    const { totals } = hour;
    if (!totals.has(parent, child)) {
      if (this.#links >= MOST_LINKS) return false;
      this.#links++;
    }
    totals.add(parent, child, 1);
    hour.touchedMs = nowMs;
    hour.isDirty = true;
    return true;
  }

  /** Writes the sums that changed, one after the other; one whose write fails stays changed. */
  async store(write: (hour: HourOfCalls) => Promise<void>, nowMs: number): Promise<void> {
    for (const [startTimeMs, hour] of this.#hours) {
      if (hour.isDirty) {
        hour.isDirty = false;
        try {
          await write({ startTimeMs, id: hour.id, links: hour.totals.links() });
        } catch (error) {
          hour.isDirty = true;
          throw error;
        }
      } else if (hour.touchedMs < nowMs - FORGET_MS) {
        this.#hours.delete(startTimeMs);
        this.#links -= hour.totals.size;
      }
    }
  }

  #hour(startTimeMs: number, nowMs: number): Hour | undefined {
    const start = Math.floor(startTimeMs / HOUR_MS) * HOUR_MS;
    let hour = this.#hours.get(start);
    if (hour === undefined) {
      if (this.#hours.size >= MOST_HOURS) return undefined;
      hour = { id: randomBytes(8).toString("hex"), totals: new LinkTotals(), touchedMs: nowMs, isDirty: true };
      this.#hours.set(start, hour);
    }
    return hour;
  }
}
