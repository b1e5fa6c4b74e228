import cluster, { type Worker } from "node:cluster";
import { getHeapStatistics } from "node:v8";
import type { HostPort } from "../host-port.ts";
import type { Logger } from "../logger.ts";
import { type ProfileRequest, ProfilerError } from "../profiling/profiler.ts";
import type { Problems } from "../readiness.ts";
import { type FromWorker, isOurs, type MetricsSnapshot, type ToWorker } from "./messages.ts";
import { workerEnvironment } from "./worker-role.ts";

export interface WorkerPoolOptions {
  readonly count: number;
  readonly adminAddress: HostPort;
  readonly logger: Logger;
  /** One worker's parts that cannot work just now. */
  readonly onProblems: (index: number, problems: Problems) => void;
  /** How many workers take work, whenever that changes after the start. */
  readonly onRunning: (running: number) => void;
  /** What a worker that is gone had counted, as far as it is known. */
  readonly onLastMetrics: (metrics: MetricsSnapshot) => void;
  /** How often workers are asked whether they still turn; 5 s unless given. */
  readonly heartbeatMs?: number;
}

interface Member {
  readonly index: number;
  readonly worker: Worker;
  /** By the monotonic clock. */
  readonly startedMs: number;
  ready: boolean;
  /** Heartbeats asked for since it last said anything. */
  unanswered: number;
  metrics: MetricsSnapshot;
  readonly pending: Map<number, (reply: FromWorker | undefined) => void>;
}

const HEARTBEAT_MS = 5000;
/** A worker that takes work and leaves so many heartbeats unanswered hangs: half a minute by default. */
const MAX_UNANSWERED = 6;
/** The pause before a worker that died is started again; doubled each further time that it dies young. */
const RESTART_MS = 250;
const MAX_RESTART_MS = 30_000;
/** A worker that lived as long starts anew without a grudge. */
const SETTLED_MS = 60_000;
const METRICS_TIMEOUT_MS = 1000;
const MIB = 1024 * 1024;
const MIN_HEAP_MIB = 128;

/**
 * Worker processes that run the same program and share its listening ports (`node:cluster`): this process accepts connections and
 * hands them out in turn, so that even a few long-lived ones are spread evenly. A worker that dies is started again; one that hangs is
 * killed for that.
 */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #members = new Map<number, Member>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** The last pause before each worker that was started again. */
  readonly #pausesMs = new Map<number, number>();
  #heartbeat: NodeJS.Timeout | undefined;
  #lastId = 0;
  #stopping = false;
  #level: string | undefined;
  /** How often a worker was started again. */
  restarts = 0;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    const heapMib = Math.max(MIN_HEAP_MIB, Math.floor(getHeapStatistics().heap_size_limit / MIB / options.count));
    cluster.schedulingPolicy = cluster.SCHED_RR;
    cluster.setupPrimary({
      execArgv: [
        ...process.execArgv.filter((arg) => !arg.startsWith("--max-old-space-size")),
        `--max-old-space-size=${heapMib}`,
      ],
      // Metrics hold NaN and infinities, which JSON does not.
      serialization: "advanced",
    });
  }

  /** Workers that take work. */
  get running(): number {
    return [...this.#members.values()].filter(({ ready }) => ready).length;
  }

  /**
   * Starts all workers; resolves once all are ready. The first goes ahead, so that what keeps every worker from starting is said
   * once. Rejects when one ends before it was ready.
   */
  async start(): Promise<void> {
    await this.#start(1);
    const others = Array.from({ length: this.#options.count - 1 }, (_, i) => this.#start(i + 2));
    await Promise.all(others);
    this.#heartbeat = setInterval(() => this.#askForHeartbeats(), this.#options.heartbeatMs ?? HEARTBEAT_MS);
  }

  /** Each worker's metrics; those that it last told when it is too busy to answer. */
  async metrics(): Promise<readonly MetricsSnapshot[]> {
    return Promise.all(
      [...this.#members.values()].map(async (member) => {
        const reply = await this.#ask(member, (id) => ({ spoor: "metrics", id }), METRICS_TIMEOUT_MS);
        if (reply?.spoor === "metrics") member.metrics = reply.metrics;
        return member.metrics;
      }),
    );
  }

  /** A profile of one worker, as `Profiler.run` gives it. Throws {@link ProfilerError}, also when there is no such worker. */
  async profile(index: number, request: ProfileRequest): Promise<string> {
    const member = this.#members.get(index);
    if (member === undefined) throw new ProfilerError("FAILED", `there is no worker ${index} just now`);
    const timeoutMs = request.durationMs + 30_000;
    const reply = await this.#ask(member, (id) => ({ spoor: "profile", id, request }), timeoutMs);
    if (reply?.spoor === "profile") return reply.profile;
    if (reply?.spoor === "failed") throw new ProfilerError(reply.code, reply.error);
    throw new ProfilerError("FAILED", `worker ${index} gave no profile`);
  }

  setLogLevel(level: string): void {
    this.#level = level;
    for (const { worker } of this.#members.values()) send(worker, { spoor: "log-level", level });
  }

  /** Asks all workers to drain and end; kills those that have not within `deadlineMs`. True when all ended by themselves. */
  async stop(deadlineMs: number): Promise<boolean> {
    this.#stopping = true;
    clearInterval(this.#heartbeat);
    for (const timer of this.#timers) clearTimeout(timer);
    let clean = true;
    await Promise.all(
      [...this.#members.values()].map(
        ({ worker, index }) =>
          new Promise<void>((resolve) => {
            const timer = setTimeout(() => {
              clean = false;
              this.#options.logger.error({ worker: index }, "Worker did not stop in time and is killed");
              worker.process.kill("SIGKILL");
            }, deadlineMs);
            worker.once("exit", (code) => {
              clearTimeout(timer);
              if (code !== 0) clean = false;
              resolve();
            });
            send(worker, { spoor: "stop" });
          }),
      ),
    );
    return clean;
  }

  /** Resolves once worker `index` is ready; rejects when it ends before. */
  #start(index: number): Promise<void> {
    const { count, adminAddress } = this.#options;
    const worker = cluster.fork(workerEnvironment({ index, count, adminAddress }));
    const member: Member = {
      index,
      worker,
      startedMs: performance.now(),
      ready: false,
      unanswered: 0,
      metrics: [],
      pending: new Map(),
    };
    this.#members.set(index, member);
    return new Promise((resolve, reject) => {
      worker.on("message", (message: unknown) => {
        if (isOurs(message)) this.#received(member, message as FromWorker, resolve);
      });
      // Without a listener, a message that comes too late for its receiver would be an uncaught error.
      worker.on("error", (err) => this.#options.logger.debug({ worker: index, err }, "Message to a worker failed"));
      worker.once("exit", (code, signal) => {
        this.#members.delete(index);
        for (const settle of member.pending.values()) settle(undefined);
        this.#options.onProblems(index, {});
        this.#options.onLastMetrics(member.metrics);
        const how = howEnded(code, signal);
        if (member.ready) this.#ended(member, how);
        else reject(new Error(`worker ${index} ended before it was ready (${how})`));
      });
    });
  }

  #received(member: Member, message: FromWorker, ready: () => void): void {
    member.unanswered = 0;
    switch (message.spoor) {
      case "alive":
        return;
      case "ready":
        member.ready = true;
        if (this.#level !== undefined) send(member.worker, { spoor: "log-level", level: this.#level });
        ready();
        return;
      case "problems":
        this.#options.onProblems(member.index, message.problems);
        return;
      case "last-metrics":
        member.metrics = message.metrics;
        return;
      default:
        member.pending.get(message.id)?.(message);
    }
  }

  /**
   * Counts what is unanswered instead of looking at a clock: a main process that was itself held up finds one heartbeat missing, not
   * all workers hanging.
   */
  #askForHeartbeats(): void {
    for (const member of this.#members.values()) {
      if (!member.ready) continue;
      if (member.unanswered >= MAX_UNANSWERED) {
        this.#options.logger.error({ worker: member.index }, "Worker hangs and is killed");
        member.worker.process.kill("SIGKILL");
      } else {
        member.unanswered++;
        send(member.worker, { spoor: "heartbeat" });
      }
    }
  }

  #ended({ index, startedMs }: Member, how: string): void {
    if (this.#stopping) return;
    this.#options.onRunning(this.running);
    const tryAgainMs = this.#startAgain(index, startedMs);
    this.#options.logger.error({ worker: index, ended: how, tryAgainMs }, "Worker ended and is started again");
  }

  /** Starts a worker again after a pause, which it returns. */
  #startAgain(index: number, startedMs: number): number {
    const isYoung = performance.now() - startedMs < SETTLED_MS;
    const last = isYoung ? this.#pausesMs.get(index) : undefined;
    const pauseMs = last === undefined ? RESTART_MS : Math.min(MAX_RESTART_MS, last * 2);
    this.#pausesMs.set(index, pauseMs);
    const timer = setTimeout(async () => {
      this.#timers.delete(timer);
      this.restarts++;
      const nextStartedMs = performance.now();
      try {
        await this.#start(index);
        if (!this.#stopping) this.#options.onRunning(this.running);
      } catch (error) {
        if (this.#stopping) return;
        const tryAgainMs = this.#startAgain(index, nextStartedMs);
        this.#options.logger.error({ worker: index, err: error, tryAgainMs }, "Worker did not start");
      }
    }, pauseMs);
    this.#timers.add(timer);
    return pauseMs;
  }

  #ask(member: Member, message: (id: number) => ToWorker, timeoutMs: number): Promise<FromWorker | undefined> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const settle = (reply: FromWorker | undefined) => {
        clearTimeout(timer);
        member.pending.delete(id);
        resolve(reply);
      };
      const timer = setTimeout(() => settle(undefined), timeoutMs);
      member.pending.set(id, settle);
      if (!send(member.worker, message(id))) settle(undefined);
    });
  }
}

function send(worker: Worker, message: ToWorker): boolean {
  if (!worker.isConnected()) return false;
  worker.send(message);
  return true;
}

function howEnded(code: number | null, signal: string | null): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}
