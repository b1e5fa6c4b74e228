import type { Daemon } from "@spoor/test-harness";
import { DEFAULT_LOAD, sendLoad } from "./load.ts";
import { percentile } from "./percentile.ts";
import { processUsage } from "./process-usage.ts";
import { PROTOCOLS, type Protocol } from "./protocols.ts";
import { startServer } from "./server.ts";
import { Workload } from "./workload.ts";

export interface QueryResult {
  readonly query: string;
  readonly requests: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly cpuMs: number;
  readonly bytes: number;
  /** Growth of the highest resident set while the query ran. */
  readonly extraRssMb: number;
}

interface UiTrace {
  readonly traceID: string;
  readonly spans: readonly {
    readonly operationName: string;
    readonly tags: readonly { key: string; value: unknown }[];
  }[];
}

/** What is asked: spans go in at `ingest` and are read at `query`, which may be one process. */
export interface QueryTarget {
  readonly ingest: Daemon;
  readonly query: Daemon;
  /** Makes what was sent visible to searches. */
  settle(): Promise<void>;
  /** Spans of the big traces that are read last. */
  readonly bigTraces: readonly number[];
  /** Offered rate while filling; default: as fast as it goes. */
  readonly spansPerSecond?: number;
}

/** Fills an embedded store with small traces and two big ones, then asks each query some times. */
export async function runQueries(spans: number, log: (line: string) => void): Promise<readonly QueryResult[]> {
  const { daemon, stop } = await startServer({ storage: "embedded" });
  try {
    log(`filling the embedded store with ${spans} spans`);
    const target = { ingest: daemon, query: daemon, settle: async () => {}, bigTraces: [10_000, 50_000] };
    return await fillAndAsk(target, spans, log);
  } finally {
    await stop();
  }
}

/** Sends `spans` spans in small traces, asks each query some times, then sends and reads the big traces. */
export async function fillAndAsk(
  target: QueryTarget,
  spans: number,
  log: (line: string) => void,
): Promise<readonly QueryResult[]> {
  const { ingest, query } = target;
  const protocol = PROTOCOLS[0] as Protocol;
  let reported = 0;
  await sendLoad(ingest, protocol, {
    ...DEFAULT_LOAD,
    ...(target.spansPerSecond === undefined ? {} : { spansPerSecond: target.spansPerSecond }),
    spans,
    onProgress(done) {
      if (done - reported < 1_000_000) return;
      reported = done;
      log(`  ${done} spans, ${(processUsage(ingest.pid).cpuSeconds / done) * 1e6} CPU-s per million so far`);
    },
  });
  await target.settle();
  const ask = async (name: string, path: string | (() => string), requests: number) => {
    const result = await measure(query, name, path, requests);
    log(`  ${name}: p50 ${result.p50Ms.toFixed(1)} ms, p95 ${result.p95Ms.toFixed(1)} ms`);
    return result;
  };
  const some = (await getJson(query, "/api/traces?service=svc-03&limit=200&lookback=1h")).data;
  const ids = some.map((trace) => trace.traceID);
  const span = some[0]?.spans[0];
  const operation = encodeURIComponent(span?.operationName ?? "");
  const user = encodeURIComponent(String(span?.tags.find((tag) => tag.key === "user.id")?.value));
  let turn = 0;
  const service = "/api/traces?service=svc-03";
  const results = [
    await ask("trace of 10 spans", () => `/api/traces/${ids[turn++ % ids.length]}`, 200),
    await ask("search by service, limit 20", `${service}&limit=20`, 40),
    await ask("search by service and operation, limit 20", `${service}&operation=${operation}&limit=20`, 40),
    await ask("search by rare tag, limit 20", `${service}&tag=user.id:${user}&limit=20`, 40),
    await ask("search by common tag, limit 20", `${service}&tag=http.status_code:500&limit=20`, 40),
    await ask("search by duration, limit 20", `${service}&minDuration=200ms&limit=20`, 40),
    await ask("search by tag that nothing has, limit 20", `${service}&tag=user.id:nobody&limit=20`, 40),
    await ask("search by service, limit 1500", `${service}&limit=1500`, 10),
    await ask("search by common tag, limit 1500", `${service}&tag=http.status_code:500&limit=1500`, 10),
    await ask("services", "/api/services", 40),
  ];
  // Sent last: every search above would find them, and show all their spans.
  const big: { readonly spans: number; readonly traceId: string }[] = [];
  for (const each of target.bigTraces) big.push({ spans: each, traceId: await sendBigTrace(ingest, protocol, each) });
  await target.settle();
  for (const { spans: count, traceId } of big) {
    const name = `trace of ${count.toLocaleString("en")} spans`;
    results.push(await ask(name, `/api/traces/${traceId}`, count > 20_000 ? 7 : 20));
  }
  return results;
}

async function sendBigTrace(daemon: Daemon, protocol: Protocol, spans: number): Promise<string> {
  const workload = new Workload({
    spansPerBatch: 100,
    spansPerTrace: spans,
    services: 20,
    seed: spans,
    startNs: BigInt(Date.now()) * 1_000_000n,
    spreadNs: 0,
    nonce: spans,
  });
  const sender = protocol.connect(daemon);
  let traceId = "";
  for (let index = 0; index * 100 < spans; index++) {
    const batch = workload.next(index);
    traceId = batch.spans[0]?.traceId ?? traceId;
    await sender.send(protocol.encode(batch));
  }
  sender.close();
  return traceId;
}

async function getJson(daemon: Daemon, path: string): Promise<{ readonly data: readonly UiTrace[] }> {
  const reply = await fetch(daemon.url("queryHttp", path));
  if (!reply.ok) throw new Error(`${path}: HTTP ${reply.status} ${await reply.text()}`);
  return (await reply.json()) as { readonly data: readonly UiTrace[] };
}

async function measure(
  daemon: Daemon,
  query: string,
  path: string | (() => string),
  requests: number,
): Promise<QueryResult> {
  const next = typeof path === "string" ? () => path : path;
  await drain(daemon, next());
  const before = processUsage(daemon.pid);
  const times: number[] = [];
  let bytes = 0;
  for (let i = 0; i < requests; i++) {
    const start = performance.now();
    bytes = await drain(daemon, next());
    times.push(performance.now() - start);
  }
  const after = processUsage(daemon.pid);
  return {
    query,
    requests,
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
    cpuMs: ((after.cpuSeconds - before.cpuSeconds) / requests) * 1000,
    bytes,
    extraRssMb: (after.peakRssBytes - before.peakRssBytes) / 1e6,
  };
}

/** Reads a whole answer without keeping it; gives its length. */
async function drain(daemon: Daemon, path: string): Promise<number> {
  const reply = await fetch(daemon.url("queryHttp", path), { headers: { "accept-encoding": "identity" } });
  if (!reply.ok || reply.body === null) throw new Error(`${path}: HTTP ${reply.status} ${await reply.text()}`);
  let length = 0;
  for await (const chunk of reply.body) length += (chunk as Uint8Array).length;
  return length;
}
