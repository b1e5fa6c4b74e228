import { fetchEnvelope, type Progress, RequestError } from "./fetch-json.ts";
import type { FromWorker, RequestName, Requests, SearchResult, ToWorker } from "./protocol.ts";
import { summarise } from "./summary.ts";
import type { TraceJson } from "./trace-json.ts";
import { type OpenTrace, openTrace } from "./trace-store.ts";

// The data worker: fetches and parses traces and keeps them, so that the page itself never stops for it.

const running = new Map<number, AbortController>();
const traces = new Map<number, OpenTrace>();

const send = (message: FromWorker, transfer: Transferable[] = []): void => {
  postMessage(message, { transfer });
};

type Handler<K extends RequestName> = (
  args: Requests[K]["args"],
  context: { readonly id: number; readonly signal: AbortSignal },
) => Promise<Requests[K]["result"]> | Requests[K]["result"];

const handlers: { readonly [K in RequestName]: Handler<K> } = {
  async openTrace({ url }, { id, signal }) {
    const progress = progressSender(id);
    const { data, errors } = await fetchEnvelope<TraceJson[]>(url, { signal, onProgress: progress });
    const [trace] = data ?? [];
    if (trace === undefined) throw new RequestError(404, errors?.[0]?.msg ?? "trace not found");
    progress.arranging();
    const open = openTrace(trace);
    traces.set(id, open);
    return open.columns;
  },
  async search({ url }, { id, signal }): Promise<SearchResult> {
    const progress = progressSender(id);
    const { data, errors } = await fetchEnvelope<TraceJson[]>(url, { signal, onProgress: progress });
    progress.arranging();
    return {
      traces: (data ?? []).map(summarise),
      problems: (errors ?? []).map(({ msg, traceID }) =>
        traceID === undefined ? (msg ?? "unknown error") : `${traceID}: ${msg ?? "unknown error"}`,
      ),
      bytes: progress.bytes(),
    };
  },
  detail: ({ trace, row }) => opened(trace).detail(row),
  find: ({ trace, text }) => opened(trace).find(text),
  release({ trace }) {
    traces.delete(trace);
    return null;
  },
};

function opened(id: number): OpenTrace {
  const trace = traces.get(id);
  if (trace === undefined) throw new RequestError(0, "The trace is no longer open.");
  return trace;
}

/** Tells the page how far loading is, at most every 50 ms. */
function progressSender(id: number) {
  let last = Number.NEGATIVE_INFINITY;
  let latest: Progress = { bytes: 0, totalBytes: undefined };
  const onProgress = (progress: Progress): void => {
    latest = progress;
    if (performance.now() - last < 50) return;
    last = performance.now();
    send({ id, kind: "progress", progress: { ...progress, step: "reading" } });
  };
  return Object.assign(onProgress, {
    arranging: () => send({ id, kind: "progress", progress: { ...latest, step: "arranging" } }),
    bytes: () => latest.bytes,
  });
}

async function handle<K extends RequestName>(id: number, name: K, args: Requests[K]["args"]): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const handler: Handler<K> = handlers[name];
    const result = await handler(args, { id, signal: controller.signal });
    send({ id, kind: "result", result });
  } catch (error) {
    const status = error instanceof RequestError ? error.status : 0;
    send({ id, kind: "error", status, message: error instanceof Error ? error.message : String(error) });
  } finally {
    running.delete(id);
  }
}

addEventListener("message", (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.name === "cancel") running.get(message.id)?.abort();
  else void handle(message.id, message.name, message.args);
});
