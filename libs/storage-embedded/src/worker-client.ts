import { Worker } from "node:worker_threads";
import { StorageError } from "@spoor/storage-api";
import type { BaseLogger } from "pino";
import { EmbeddedStorageError } from "./errors.ts";
import type { CallName, Calls, EngineStats, Reply } from "./messages.ts";
import type { EngineOptions } from "./options.ts";

interface Pending {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

export interface WorkerClientOptions {
  readonly engine: EngineOptions;
  readonly workerUrl: URL;
  readonly logger: BaseLogger | undefined;
  readonly onStats: (stats: EngineStats) => void;
}

/** Asks the engine on its thread. When the thread dies every call rejects with `UNAVAILABLE`. */
export class WorkerClient {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #dead: StorageError | undefined;
  #closing: Promise<void> | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Rejects with EmbeddedStorageError when the engine cannot open. */
  static open(
    options: WorkerClientOptions,
  ): Promise<{ readonly client: WorkerClient; readonly tenants: readonly string[] }> {
    const { logger } = options;
    return new Promise((resolve, reject) => {
      const worker = new Worker(options.workerUrl, { workerData: options.engine, name: "storage-embedded" });
      const client = new WorkerClient(worker);
      worker.on("message", (reply: Reply) => {
        if (reply.type === "answer") client.#take(reply.id)?.resolve(reply.answer as never);
        else if (reply.type === "error") client.#take(reply.id)?.reject(new StorageError(reply.code, reply.message));
        else if (reply.type === "log") logger?.[reply.level](reply.fields, reply.message);
        else if (reply.type === "stats") options.onStats(reply.stats);
        else if (reply.type === "ready") resolve({ client, tenants: reply.tenants });
        else reject(new EmbeddedStorageError(reply.code, reply.message));
      });
      worker.on("error", (cause) => {
        logger?.error({ err: cause }, "the storage thread failed");
        reject(new EmbeddedStorageError("WORKER_FAILED", "the storage thread could not start", { cause }));
        client.#fail(new StorageError("UNAVAILABLE", "the storage thread failed", { cause }));
      });
      worker.on("exit", () => client.#fail(new StorageError("CLOSED", "the store is closed")));
    });
  }

  /** False once the thread has ended. */
  get isAlive(): boolean {
    return this.#dead === undefined;
  }

  call<Name extends CallName>(
    name: Name,
    ask: Calls[Name]["ask"],
    options: { readonly transfer?: readonly ArrayBuffer[]; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Calls[Name]["answer"]> {
    const { signal } = options;
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    if (this.#closing !== undefined) return Promise.reject(new StorageError("CLOSED", "the store is closed"));
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const id = ++this.#lastId;
    const answer = new Promise<Calls[Name]["answer"]>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
    });
    this.#worker.postMessage({ id, name, ask }, [...(options.transfer ?? [])]);
    return signal === undefined ? answer : this.#abortable(id, answer, signal);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#dead !== undefined) return;
    const exited = new Promise<void>((resolve) => {
      this.#worker.once("exit", () => resolve());
    });
    await this.call("close", undefined);
    await exited;
  }

  #abortable<T>(id: number, answer: Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        // The worker stops when it looks up next; its answer, if any, finds nobody.
        this.#worker.postMessage({ id, name: "abort" });
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

  #fail(error: StorageError): void {
    this.#dead ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#dead);
    this.#pending.clear();
  }
}
