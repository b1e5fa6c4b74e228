import type { JaegerClientStats } from "@spoor/thrift-codec";

/** Counters that {@link ClientStats} moves. */
export interface ClientStatsCounters {
  /** Every batch, from whatever client. */
  batchReceived(): void;
  batchesSent(count: number): void;
  spansDropped(cause: "full-queue" | "too-large" | "send-failure", count: number): void;
}

/** What a batch says of its client. */
export interface ClientReport {
  /** The process tag `client-uuid`; `undefined` when the client names itself not. */
  readonly clientId: string | undefined;
  readonly seqNo: bigint | undefined;
  readonly stats: JaegerClientStats | undefined;
}

interface Seen {
  seqNo: bigint;
  stats: JaegerClientStats | undefined;
  updatedMs: number;
}

const FORGET_AFTER_MS = 3_600_000;
const SWEEP_EVERY_MS = 900_000;
/** Ids come from outside: beyond so many the one unheard of for longest makes room. */
const MAX_CLIENTS = 10_000;

/**
 * Turns the cumulative numbers clients send with their batches into counters: batches sent (against those received: lost on the
 * way), spans they dropped themselves. A client's first batch only sets the base line; one that comes late changes nothing.
 */
export class ClientStats {
  readonly #counters: ClientStatsCounters;
  /** Oldest first. */
  readonly #clients = new Map<string, Seen>();
  #sweptMs = 0;

  constructor(counters: ClientStatsCounters) {
    this.#counters = counters;
  }

  /** Clients heard of in the last hour. */
  get connectedClients(): number {
    return this.#clients.size;
  }

  record({ clientId, seqNo, stats }: ClientReport, nowMs: number): void {
    this.#counters.batchReceived();
    if (clientId === undefined || clientId === "" || seqNo === undefined) return;
    this.#sweep(nowMs);
    const seen = this.#clients.get(clientId);
    if (seen === undefined) {
      this.#clients.set(clientId, { seqNo, stats, updatedMs: nowMs });
      this.#makeRoom();
      return;
    }
    seen.updatedMs = nowMs;
    this.#clients.delete(clientId);
    this.#clients.set(clientId, seen);
    if (seqNo <= seen.seqNo) return;
    this.#counters.batchesSent(Number(seqNo - seen.seqNo));
    seen.seqNo = seqNo;
    if (stats === undefined) return;
    const before = seen.stats;
    this.#drop("full-queue", before?.fullQueueDroppedSpans, stats.fullQueueDroppedSpans);
    this.#drop("too-large", before?.tooLargeDroppedSpans, stats.tooLargeDroppedSpans);
    this.#drop("send-failure", before?.failedToEmitSpans, stats.failedToEmitSpans);
    seen.stats = stats;
  }

  /** Forgets clients unheard of for an hour; looks at most every quarter of one. */
  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < SWEEP_EVERY_MS) return;
    this.#sweptMs = nowMs;
    for (const [id, seen] of this.#clients) {
      if (nowMs - seen.updatedMs < FORGET_AFTER_MS) break;
      this.#clients.delete(id);
    }
  }

  #makeRoom(): void {
    if (this.#clients.size <= MAX_CLIENTS) return;
    const [oldest] = this.#clients.keys();
    if (oldest !== undefined) this.#clients.delete(oldest);
  }

  #drop(cause: "full-queue" | "too-large" | "send-failure", before: bigint | undefined, now: bigint): void {
    const delta = now - (before ?? 0n);
    if (delta > 0n) this.#counters.spansDropped(cause, Number(delta));
  }
}
