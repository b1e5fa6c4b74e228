import { RequestError } from "./fetch-json.ts";
import type { FromWorker, LoadProgress, RequestName, Requests } from "./protocol.ts";

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((progress: LoadProgress) => void) | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** The page's side of the data worker. */
export interface DataClient {
  /** Sends one request. `id` also names a trace that `openTrace` leaves open in the worker. */
  call<K extends RequestName>(
    name: K,
    args: Requests[K]["args"],
    options?: CallOptions,
  ): Promise<Requests[K]["result"]>;
  openTrace(
    url: string,
    options: CallOptions,
  ): Promise<{ readonly handle: number; readonly columns: Requests["openTrace"]["result"] }>;
}

/** Starts the worker on the first call. */
export function createDataClient(start: () => Worker): DataClient {
  let worker: Worker | undefined;
  let nextId = 1;
  const pending = new Map<number, Pending>();

  const started = (): Worker => {
    if (worker !== undefined) return worker;
    worker = start();
    worker.addEventListener("message", (event: MessageEvent<FromWorker>) => receive(event.data));
    worker.addEventListener("error", (event) => {
      // The worker is lost, and with it every open trace.
      const error = new RequestError(0, `Reading the data failed: ${event.message || "the worker could not start"}`);
      for (const call of pending.values()) call.reject(error);
      pending.clear();
      worker?.terminate();
      worker = undefined;
    });
    return worker;
  };

  const receive = (message: FromWorker): void => {
    const call = pending.get(message.id);
    if (call === undefined) return;
    if (message.kind === "progress") {
      call.onProgress?.(message.progress);
      return;
    }
    pending.delete(message.id);
    if (message.kind === "result") call.resolve(message.result);
    else call.reject(new RequestError(message.status, message.message));
  };

  const send = <K extends RequestName>(
    id: number,
    name: K,
    args: Requests[K]["args"],
    { signal, onProgress }: CallOptions,
  ): Promise<Requests[K]["result"]> => {
    signal?.throwIfAborted();
    const target = started();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        pending.delete(id);
        target.postMessage({ id, name: "cancel" });
        if (name === "openTrace") target.postMessage({ id: nextId++, name: "release", args: { trace: id } });
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const done = <T>(settle: (value: T) => void) => {
        return (value: T): void => {
          signal?.removeEventListener("abort", onAbort);
          settle(value);
        };
      };
      pending.set(id, {
        resolve: done((result) => resolve(result as Requests[K]["result"])),
        reject: done(reject),
        onProgress,
      });
      target.postMessage({ id, name, args });
    });
  };

  return {
    call: async (name, args, options = {}) => send(nextId++, name, args, options),
    async openTrace(url, options) {
      const handle = nextId++;
      return { handle, columns: await send(handle, "openTrace", { url }, options) };
    },
  };
}
