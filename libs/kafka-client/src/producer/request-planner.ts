import type { Batch } from "./batch.ts";
import type { PartitionQueue } from "./partition-queue.ts";

/** Bytes in one request to a broker; at least one batch goes, however large. */
const MAX_REQUEST_BYTES = 8 * 1024 * 1024;

export interface PlannerOptions {
  readonly leaderOf: (partition: number) => number | undefined;
  /** Whether a request to this node is under way. */
  readonly isBusy: (nodeId: number) => boolean;
  /** Hears of batches that waited until their time was over; they are in no queue any more. */
  readonly onExpired: (batch: Batch) => void;
}

export interface RequestPlan {
  /** Queues whose first batch goes to this node, in one request. */
  readonly requests: ReadonlyMap<number, readonly PartitionQueue[]>;
  /** When to look again if nothing happens before. */
  readonly nextMs: number;
  /** Something is due for a partition that nobody is known to lead. */
  readonly needsLeaders: boolean;
}

/** Decides which queues' batches go to which leader now: those that are due, to leaders that have nothing under way. */
export class RequestPlanner {
  readonly #options: PlannerOptions;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /** `queues` may have holes; `lingerMs` is how long a batch that is not full waits for more. */
  plan(queues: readonly PartitionQueue[], nowMs: number, lingerMs: number): RequestPlan {
    const { leaderOf, isBusy, onExpired } = this.#options;
    const requests = new Map<number, PartitionQueue[]>();
    const bytesOf = new Map<number, number>();
    let nextMs = Number.POSITIVE_INFINITY;
    let needsLeaders = false;
    // Whom a full request leaves out may come first the next time.
    const offset = Math.floor(Math.random() * queues.length);
    for (let i = 0; i < queues.length; i++) {
      const queue = queues[(i + offset) % queues.length];
      if (queue === undefined || queue.sending !== undefined) continue;
      for (const batch of queue.takeExpired(nowMs)) onExpired(batch);
      const head = queue.head(nowMs, lingerMs);
      if (head === undefined) {
        nextMs = Math.min(nextMs, queue.nextMs(lingerMs));
        continue;
      }
      const nodeId = leaderOf(queue.partition);
      if (nodeId === undefined) {
        needsLeaders = true;
        continue;
      }
      if (isBusy(nodeId)) {
        // Looked at again when the node has answered, but for its time limit.
        nextMs = Math.min(nextMs, head.deadlineMs);
        continue;
      }
      const request = requests.get(nodeId);
      const bytes = (bytesOf.get(nodeId) ?? 0) + head.builder.byteLength;
      if (request !== undefined && bytes > MAX_REQUEST_BYTES) continue;
      bytesOf.set(nodeId, bytes);
      if (request === undefined) requests.set(nodeId, [queue]);
      else request.push(queue);
    }
    return { requests, nextMs, needsLeaders };
  }
}
