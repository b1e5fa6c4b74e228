import { PROTOCOLS } from "../protocols.ts";
import type { QueryResult } from "../query-run.ts";
import { printCollectors } from "../report.ts";
import { pinSelf, unpinSelf } from "../server.ts";
import { type BackingStoreName, startBackingStore } from "./backing-store.ts";
import { type CollectorResult, type CollectorRunOptions, runCollector } from "./collector-run.ts";
import { runStoreQueries } from "./store-queries.ts";

/** What teams with a server behind them send most. */
export const STORE_PROTOCOLS: readonly string[] = ["jaeger-grpc", "otlp-grpc"];

export interface StoreRunOptions {
  readonly protocols: readonly string[];
  /** Spans of each run; 0 leaves them out. */
  readonly spans: number;
  readonly warmUpSpans: number;
  readonly querySpans: number;
  readonly rounds: number;
  readonly heapMb: number;
  readonly spansPerSecond?: number;
  readonly v1Binary?: string;
  readonly v1Env?: Readonly<Record<string, string>>;
  readonly nodeArgs: readonly string[];
  readonly log: (line: string) => void;
}

export interface StoreResult {
  readonly storage: BackingStoreName;
  readonly version: string;
  readonly collectors: readonly CollectorResult[];
  readonly querySpans: number;
  readonly queries: readonly QueryResult[];
}

/** Starts one server, runs the collectors against it in turn, then the queries. */
export async function runBackingStore(name: BackingStoreName, options: StoreRunOptions): Promise<StoreResult> {
  const { log, querySpans } = options;
  // The store's server may use every core.
  unpinSelf();
  const store = await startBackingStore(name, options.heapMb);
  try {
    pinSelf();
    const collectors: CollectorResult[] = [];
    for (let round = 0; options.spans > 0 && round < options.rounds; round++)
      for (const protocol of PROTOCOLS.filter((item) => options.protocols.includes(item.name))) {
        const run: CollectorRunOptions = {
          store,
          protocol,
          spans: options.spans,
          warmUpSpans: options.warmUpSpans,
          nodeArgs: options.nodeArgs,
          ...(options.spansPerSecond === undefined ? {} : { spansPerSecond: options.spansPerSecond }),
        };
        const { v1Binary, v1Env = {} } = options;
        for (const each of v1Binary === undefined ? [run] : [run, { ...run, v1Binary, v1Env }]) {
          collectors.push(await runCollector(each));
          log(printCollectors(collectors.slice(-1)));
        }
      }
    const queries = querySpans > 0 ? await runStoreQueries(store, querySpans, options.nodeArgs, log) : [];
    return { storage: name, version: store.version, collectors, querySpans, queries };
  } finally {
    await store.close();
  }
}
