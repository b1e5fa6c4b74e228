import type { Registry } from "prom-client";
import type { Environment } from "../daemon-definition.ts";
import type { Logger } from "../logger.ts";
import { type Profiler, ProfilerError } from "../profiling/profiler.ts";
import type { Readiness } from "../readiness.ts";
import { type FromWorker, isOurs, type ToWorker } from "./messages.ts";
import { type WorkerRole, workerRoleOf } from "./worker-role.ts";

/** What a worker process needs of the daemon around it. */
export interface WorkerParts {
  readonly logger: Logger;
  readonly registry: Registry;
  readonly readiness: Readiness;
  readonly profiler: Profiler;
}

/** A worker's line to the main process, which has the admin port and is the one that is told to stop. */
export class WorkerLink {
  readonly role: WorkerRole;
  /** Resolves when the main process asks this one to stop. */
  readonly stopRequested: Promise<void>;
  readonly #parts: WorkerParts;
  readonly #onMessage: (message: unknown) => void;

  constructor(role: WorkerRole, parts: WorkerParts) {
    this.role = role;
    this.#parts = parts;
    let stop: () => void = () => undefined;
    this.stopRequested = new Promise((resolve) => {
      stop = resolve;
    });
    this.#onMessage = (message) => {
      if (isOurs(message)) this.#handle(message as ToWorker, stop);
    };
    process.on("message", this.#onMessage);
    parts.readiness.onChange((problems) => send({ spoor: "problems", problems }));
  }

  /** Everything has started. */
  ready(): void {
    send({ spoor: "ready" });
  }

  /** Hands over what was counted, as the last thing. */
  async close(): Promise<void> {
    process.off("message", this.#onMessage);
    await new Promise<void>((resolve) => {
      void this.#parts.registry
        .getMetricsAsJSON()
        .then((metrics) => send({ spoor: "last-metrics", metrics }, resolve))
        .catch(() => resolve());
    });
  }

  #handle(message: ToWorker, stop: () => void): void {
    switch (message.spoor) {
      case "stop":
        stop();
        return;
      case "heartbeat":
        send({ spoor: "alive" });
        return;
      case "log-level":
        this.#parts.logger.level = message.level;
        return;
      case "metrics":
        void answer(message.id, async () => ({
          spoor: "metrics",
          id: message.id,
          metrics: await this.#parts.registry.getMetricsAsJSON(),
        }));
        return;
      case "profile":
        void answer(message.id, async () => ({
          spoor: "profile",
          id: message.id,
          profile: await this.#parts.profiler.run(message.request),
        }));
        return;
    }
  }
}

/** The role of this process when a main process forked it. */
export function ownWorkerRole(environment: Environment): WorkerRole | undefined {
  return process.send === undefined ? undefined : workerRoleOf(environment);
}

async function answer(id: number, make: () => Promise<FromWorker>): Promise<void> {
  try {
    send(await make());
  } catch (error) {
    const code = error instanceof ProfilerError ? error.code : "FAILED";
    send({ spoor: "failed", id, code, error: error instanceof Error ? error.message : String(error) });
  }
}

/** A main process that is gone takes its workers along; nobody is left to tell. */
function send(message: FromWorker, done: () => void = () => undefined): void {
  if (process.send === undefined || !process.connected) done();
  else process.send(message, undefined, undefined, () => done());
}
