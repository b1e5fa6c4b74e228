import type { TopicCluster } from "../cluster/topic-cluster.ts";
import type { Compress } from "../records/compression.ts";
import type { Backlog } from "./backlog.ts";
import type { BatchLimit } from "./batch-limit.ts";
import { ProducerIdentity } from "./producer-identity.ts";
import type { ProducerOptions } from "./producer-options.ts";
import { RequestPlanner } from "./request-planner.ts";
import { RequestSender } from "./request-sender.ts";
import { MAX_BACKOFF_MS, Settlement } from "./settlement.ts";

const REFRESH_EVERY_MS = 60_000;

/** Empties a backlog into the brokers: wakes when something is due, plans requests, sends them, and looks again when one is answered. */
export class Dispatcher {
  readonly #cluster: TopicCluster;
  readonly #backlog: Backlog;
  readonly #options: ProducerOptions;
  readonly #planner: RequestPlanner;
  readonly #sender: RequestSender;
  readonly #refreshTimer: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #isPumping = false;
  #isDraining = false;
  #waiting: (() => void)[] = [];

  constructor(
    cluster: TopicCluster,
    backlog: Backlog,
    limit: BatchLimit,
    compress: Compress | undefined,
    options: ProducerOptions,
  ) {
    this.#cluster = cluster;
    this.#backlog = backlog;
    this.#options = options;
    const { acks, compression, connection, deliveryTimeoutMs: timeoutMs } = options;
    const identity = new ProducerIdentity(cluster, connection.logger, acks === -1);
    const findLeaders = () => this.#findLeaders();
    const settlement = new Settlement({ target: cluster.target, backlog, identity, limit, findLeaders });
    const parts = { cluster, backlog, identity, settlement, findLeaders };
    const sender = new RequestSender({ ...parts, acks, compression, compress, timeoutMs });
    this.#sender = sender;
    this.#planner = new RequestPlanner({
      leaderOf: (partition) => cluster.leaderOf(partition),
      isBusy: (nodeId) => sender.isBusy(nodeId),
      onExpired: (batch) => settlement.expired(batch),
    });
    this.#refreshTimer = setInterval(() => {
      cluster.refresh().catch((error) => connection.logger.debug({ err: error }, "Kafka metadata are old"));
    }, REFRESH_EVERY_MS);
    this.#refreshTimer.unref();
  }

  /** Looks for what is due at this time, or now for 0; the earliest counts. */
  wakeAt(atMs: number): void {
    if (atMs >= this.#timerAtMs || this.#isPumping) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(() => this.#pump(), Math.max(0, atMs - Date.now()));
  }

  /** Nothing waits for more to go with it from now on; resolves when nothing is left. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    if (this.#backlog.isEmpty) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.wakeAt(0);
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#refreshTimer);
  }

  #pump(): void {
    clearTimeout(this.#timer);
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    this.#isPumping = true;
    const nowMs = Date.now();
    const lingerMs = this.#isDraining ? 0 : this.#options.lingerMs;
    const { requests, nextMs, needsLeaders } = this.#planner.plan(this.#backlog.queues, nowMs, lingerMs);
    for (const [nodeId, queues] of requests) {
      const batches = queues.map((queue) => queue.startSending());
      void this.#sender.send(nodeId, batches).then(() => this.#pump());
    }
    this.#isPumping = false;
    if (needsLeaders) this.#findLeaders();
    if (this.#backlog.isEmpty) for (const resolve of this.#waiting.splice(0)) resolve();
    else {
      const wakeMs = needsLeaders ? Math.min(nextMs, nowMs + MAX_BACKOFF_MS) : nextMs;
      if (wakeMs !== Number.POSITIVE_INFINITY) this.wakeAt(wakeMs);
    }
  }

  #findLeaders(): void {
    this.#cluster.refresh().then(
      () => this.wakeAt(0),
      (error) => this.#options.connection.logger.debug({ err: error }, "Kafka does not say who leads"),
    );
  }
}
