import { Worker } from "node:worker_threads";
import { StorageError } from "@spoor/storage-api";
import type { BaseLogger } from "pino";
import { EmbeddedStorageError } from "./errors.ts";
import type { CallName, Calls, EngineStats, Reply, Request } from "./messages.ts";
import type { EngineOptions } from "./options.ts";

const RESTART_MIN_MS = 500;
const RESTART_MAX_MS = 30_000;

interface Pending {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

interface Unsent {
  readonly request: Request;
  readonly transfer: readonly ArrayBuffer[];
}

export interface WorkerClientOptions {
  readonly engine: EngineOptions;
  readonly workerUrl: URL;
  readonly logger: BaseLogger | undefined;
  readonly onStats: (stats: EngineStats) => void;
}

/**
 * Asks the engine on its thread, which starts with `open` or the first call: it takes 17 MB before it does anything. Should the
 * thread die, every call rejects with `UNAVAILABLE` until another has opened the directory, as after a crash of the whole process.
 */
export class WorkerClient {
  readonly #options: WorkerClientOptions;
  readonly #pending = new Map<number, Pending>();
  /** Calls that wait for the first thread; `undefined` once that runs or failed. */
  #unsent: Unsent[] | undefined = [];
  #starting: Promise<readonly string[]> | undefined;
  #worker: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #restartMs = RESTART_MIN_MS;
  #lastId = 0;
  #closing: Promise<void> | undefined;

  constructor(options: WorkerClientOptions) {
    this.#options = options;
  }

  /**
   * Starts the thread, for a directory that has something in it. Resolves when the engine is open, with the tenants whose spans it
   * has. Rejects with EmbeddedStorageError when it cannot open.
   */
  open(): Promise<readonly string[]> {
    this.#starting = this.#start();
    return this.#starting;
  }

  #start(): Promise<readonly string[]> {
    const { engine, workerUrl, logger, onStats } = this.#options;
    return new Promise((resolve, reject) => {
      const worker = new Worker(workerUrl, { workerData: engine, name: "storage-embedded" });
      worker.on("message", (reply: Reply) => {
        if (reply.type === "answer") this.#take(reply.id)?.resolve(reply.answer as never);
        else if (reply.type === "error") this.#take(reply.id)?.reject(new StorageError(reply.code, reply.message));
        else if (reply.type === "log") logger?.[reply.level](reply.fields, reply.message);
        else if (reply.type === "stats") onStats(reply.stats);
        else if (reply.type === "ready") {
          this.#worker = worker;
          this.#sendUnsent(worker);
          resolve(reply.tenants);
        } else if (reply.type === "failed") reject(new EmbeddedStorageError(reply.code, reply.message));
        // Under `node --watch` the runtime sends messages of its own over this port; they are none of ours.
      });
      let failure: unknown;
      worker.on("error", (error) => {
        failure = error;
      });
      worker.on("exit", () => {
        reject(new EmbeddedStorageError("WORKER_FAILED", "the storage thread could not start", { cause: failure }));
        if (this.#worker === worker) this.#ended(failure);
      });
    });
  }

  /** For a call that comes before there was a thread. */
  #startForCall(): void {
    if (this.#starting !== undefined) return;
    this.open().catch((error: unknown) => {
      this.#unsent = undefined;
      this.#rejectAll(error);
      if (this.#closing !== undefined) return;
      this.#options.logger?.error({ err: error }, "the storage thread could not be started; it is tried again");
      this.#scheduleRestart();
    });
  }

  #sendUnsent(worker: Worker): void {
    for (const { request, transfer } of this.#unsent ?? []) {
      if (this.#pending.has(request.id)) worker.postMessage(request, [...transfer]);
    }
    this.#unsent = undefined;
  }

  #rejectAll(cause: unknown): void {
    const error = this.#unavailable(cause);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #ended(cause: unknown): void {
    this.#worker = undefined;
    this.#rejectAll(cause);
    if (this.#closing !== undefined) return;
    this.#options.logger?.error({ err: cause }, "the storage thread ended; it is started again");
    this.#restartMs = RESTART_MIN_MS;
    this.#scheduleRestart();
  }

  #scheduleRestart(): void {
    this.#restart = setTimeout(() => {
      this.open().then(
        () => this.#options.logger?.info("the storage thread runs again"),
        (error: unknown) => {
          if (this.#closing !== undefined) return;
          this.#options.logger?.error({ err: error }, "the storage thread could not be started again");
          this.#restartMs = Math.min(this.#restartMs * 2, RESTART_MAX_MS);
          this.#scheduleRestart();
        },
      );
    }, this.#restartMs);
  }

  #unavailable(cause?: unknown): StorageError {
    if (this.#closing !== undefined) return new StorageError("CLOSED", "the store is closed");
    return new StorageError("UNAVAILABLE", "the storage thread ended and is being started again", { cause });
  }

  call<Name extends CallName>(
    name: Name,
    ask: Calls[Name]["ask"],
    options: { readonly transfer?: readonly ArrayBuffer[]; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Calls[Name]["answer"]> {
    if (this.#closing !== undefined) return Promise.reject(new StorageError("CLOSED", "the store is closed"));
    return this.#send(name, ask, options);
  }

  #send<Name extends CallName>(
    name: Name,
    ask: Calls[Name]["ask"],
    {
      transfer = [],
      signal,
    }: { readonly transfer?: readonly ArrayBuffer[]; readonly signal?: AbortSignal | undefined },
  ): Promise<Calls[Name]["answer"]> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const worker = this.#worker;
    const unsent = this.#unsent;
    if (worker === undefined && unsent === undefined) return Promise.reject(this.#unavailable());
    const id = ++this.#lastId;
    const answer = new Promise<Calls[Name]["answer"]>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
    });
    const request = { id, name, ask } as Request;
    if (worker !== undefined) worker.postMessage(request, [...transfer]);
    else {
      unsent?.push({ request, transfer });
      this.#startForCall();
    }
    return signal === undefined ? answer : this.#abortable(id, answer, signal);
  }

  /** Lets calls under way end, then closes the engine and its thread. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#restart);
    await this.#starting?.catch(() => undefined);
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise<void>((resolve) => {
      worker.once("exit", () => resolve());
    });
    // A thread that dies while it closes has nothing left to lose: its journal is on the disk.
    await this.#send("close", undefined, {}).catch(() => undefined);
    await exited;
  }

  #abortable<T>(id: number, answer: Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        // The worker stops when it looks up next; its answer, if any, finds nobody.
        this.#worker?.postMessage({ id, name: "abort" });
        this.#pending.delete(id);
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    });
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}
