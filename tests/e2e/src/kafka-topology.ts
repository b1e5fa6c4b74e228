import { createKafkajs } from "@spoor/kafka-client";
import type { Daemon } from "@spoor/test-harness";
import { pino } from "pino";
import { otlpRequest, SPANS_PER_TRACE } from "./otlp-request.ts";
import { eventually, type UiTrace } from "./query-client.ts";

/** Traces that a collector acknowledged, while they are sent and afterwards. */
export interface Load {
  readonly acknowledged: string[];
  /** Those of requests that were refused, or that nobody answered: they may have been stored all the same, but once. */
  readonly unanswered: string[];
  /** How many such requests there were. */
  readonly failed: () => number;
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly spansPerSecond: number;
  readonly tracesPerRequest: number;
  readonly lanes: number;
}

const RETRY_MS = 50;

/** Sends requests at a rate, each once, to whatever `collectorOf` gives at that moment. */
export function startLoad(collectorOf: () => Daemon, options: LoadOptions): Load {
  const { spansPerSecond, tracesPerRequest, lanes } = options;
  const acknowledged: string[] = [];
  const unanswered: string[] = [];
  const stop = new AbortController();
  const msPerRequest = (tracesPerRequest * SPANS_PER_TRACE * 1000) / spansPerSecond;
  let dueMs = performance.now();
  let failed = 0;
  const lane = async () => {
    while (!stop.signal.aborted) {
      // What could not be sent while the collector was away is not made up for.
      dueMs = Math.max(dueMs + msPerRequest, performance.now() - 1000);
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await later(waitMs);
      const { body, traceIds } = otlpRequest("kafka", tracesPerRequest);
      const isTaken = await fetch(collectorOf().url("otlpHttp", "/v1/traces"), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      }).then(
        async (reply) => {
          await reply.arrayBuffer();
          return reply.ok;
        },
        () => false,
      );
      for (const id of traceIds) (isTaken ? acknowledged : unanswered).push(id);
      if (!isTaken) {
        failed++;
        await later(RETRY_MS);
      }
    }
  };
  const running = Array.from({ length: lanes }, lane);
  return {
    acknowledged,
    unanswered,
    failed: () => failed,
    async stop() {
      stop.abort();
      await Promise.all(running);
    },
  };
}

export function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const IDS_PER_QUERY = 100;
const QUERIES_AT_ONCE = 4;

/** What is wrong with the traces of a load, by id: nothing, unless spans that were acknowledged are missing, or any is seen twice. */
export async function faultyTraces(query: Daemon, { acknowledged, unanswered }: Load): Promise<readonly string[]> {
  return [
    ...(await tracesThat(query, acknowledged, (spans, different) => spans !== SPANS_PER_TRACE || different !== spans)),
    ...(await tracesThat(query, unanswered, (spans, different) => different !== spans)),
  ];
}

/** How many spans there are of a trace, and how many different ones. */
type Fault = (spans: number, different: number) => boolean;

async function tracesThat(query: Daemon, traceIds: readonly string[], isFault: Fault): Promise<readonly string[]> {
  const faulty: string[] = [];
  let next = 0;
  const lane = async () => {
    while (next < traceIds.length) {
      const from = next;
      const ids = traceIds.slice(from, from + IDS_PER_QUERY);
      next += IDS_PER_QUERY;
      const reply = await fetch(query.url("queryHttp", `/api/traces?${ids.map((id) => `traceID=${id}`).join("&")}`));
      const { data } = (await reply.json()) as { readonly data: readonly UiTrace[] | null };
      const found = new Map((data ?? []).map((trace) => [trace.traceID.padStart(32, "0"), trace.spans]));
      for (const [index, id] of ids.entries()) {
        const spanIds = (found.get(id) ?? []).map(({ spanID }) => spanID);
        const different = new Set(spanIds).size;
        if (isFault(spanIds.length, different))
          faulty.push(
            `${id}, number ${from + index} of ${traceIds.length}: ${spanIds.length} spans, ${different} different ones`,
          );
      }
    }
  };
  await Promise.all(Array.from({ length: QUERIES_AT_ONCE }, lane));
  return faulty;
}

export async function metricsOf(daemon: Daemon): Promise<string> {
  return (await fetch(daemon.url("admin", "/metrics"))).text();
}

/** The sum of a metric over its labels; `undefined` when it has no sample. */
export function sumOf(page: string, name: string): number | undefined {
  const samples = [...page.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))];
  return samples.length === 0 ? undefined : samples.reduce((sum, [, value]) => sum + Number(value), 0);
}

export interface Account {
  readonly received: number;
  readonly stored: number;
  readonly sampledOut: number;
  readonly refused: number;
  readonly inFlight: number;
}

/** What became of every span that a daemon received since it started. */
export async function accountOf(daemon: Daemon): Promise<Account> {
  const page = await metricsOf(daemon);
  const state = (name: string) =>
    sumOf(page.replaceAll(/,?reason="[^"]*"/g, ""), `spoor_ledger_spans_total\\{state="${name}"\\}`) ?? 0;
  return {
    received: state("received"),
    stored: state("stored"),
    sampledOut: state("sampled_out"),
    refused: state("refused"),
    inFlight: sumOf(page, "spoor_ledger_spans_in_flight") ?? 0,
  };
}

/** Waits until nothing is in flight and gives what is then unaccounted for. */
export async function unaccounted(daemon: Daemon): Promise<number> {
  const { received, stored, sampledOut, refused } = await eventually(
    () => accountOf(daemon),
    ({ inFlight }) => inFlight === 0,
    30_000,
  );
  return received - stored - sampledOut - refused;
}

const TOPIC = "jaeger-spans";
const GROUP_ID = "jaeger-ingester";

/**
 * Waits until no more than `within` messages of the topic are behind what the ingesters committed, as the brokers say: an ingester's own
 * word is seconds old while it looks for a broker that was away.
 */
export async function caughtUp(brokers: readonly string[], timeoutMs: number, within: number = 0): Promise<void> {
  const logger = pino({ level: "silent" });
  const admin = createKafkajs({ brokers, clientId: "e2e", flagPrefix: "e2e", logger }).admin();
  await admin.connect();
  try {
    await eventually(
      async () => {
        const [group] = await admin.fetchOffsets({ groupId: GROUP_ID, topics: [TOPIC] });
        const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
        const ends = await admin.fetchTopicOffsets(TOPIC);
        return ends.map(({ partition, high }) => Number(high) - Math.max(0, committed.get(partition) ?? 0));
      },
      (behind) => behind.reduce((sum, count) => sum + count, 0) <= within,
      timeoutMs,
    );
  } finally {
    await admin.disconnect();
  }
}
