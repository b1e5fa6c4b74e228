import type { LeaseLock } from "@spoor/storage-api";
import type { BaseLogger } from "pino";

/** The lock's name in v1. */
const RESOURCE = "sampling_store_leader";

export interface LeadershipOptions {
  readonly lock: LeaseLock;
  readonly leaderRefreshMs: number;
  /** How often others try; the lease lasts as long. */
  readonly followerRefreshMs: number;
  readonly logger: BaseLogger;
  readonly nowMs: () => number;
}

/**
 * Stands for election by a lease that the leader renews. A leader that cannot renew stops being one when its lease has run out, so that there
 * are never two (v1 goes on leading after an error).
 */
export class Leadership {
  readonly #options: LeadershipOptions;
  #leaseEndsMs = Number.NEGATIVE_INFINITY;

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  get isLeader(): boolean {
    return this.#options.nowMs() < this.#leaseEndsMs;
  }

  /** Takes or renews the lease; resolves with the milliseconds until the next try. */
  async stand(): Promise<number> {
    const { lock, leaderRefreshMs, followerRefreshMs, logger, nowMs } = this.#options;
    const wasLeader = this.isLeader;
    const askedMs = nowMs();
    try {
      // Leases are in whole seconds; they are not to end before the leader comes again.
      const ttlSeconds = Math.max(1, Math.ceil(followerRefreshMs / 1000));
      const isLeader = await lock.acquire(RESOURCE, ttlSeconds);
      this.#leaseEndsMs = isLeader ? askedMs + ttlSeconds * 1000 : Number.NEGATIVE_INFINITY;
    } catch (error) {
      logger.error({ err: error }, "failed to acquire lock");
    }
    if (this.isLeader !== wasLeader) {
      logger.info(
        { leader: this.isLeader },
        this.isLeader ? "Leads adaptive sampling" : "Follows in adaptive sampling",
      );
    }
    return this.isLeader ? leaderRefreshMs : followerRefreshMs;
  }

  /** Lets another lead at once. */
  async resign(): Promise<void> {
    if (!this.isLeader) return;
    this.#leaseEndsMs = Number.NEGATIVE_INFINITY;
    await this.#options.lock.release(RESOURCE);
  }
}
