import { fillAndAsk, type QueryResult } from "../query-run.ts";
import { startOnFirstCore } from "../server.ts";
import type { BackingStore } from "./backing-store.ts";

/** Fills the store through our collector and asks our query service, each a process of its own. */
export async function runStoreQueries(
  store: BackingStore,
  spans: number,
  nodeArgs: readonly string[],
  log: (line: string) => void,
): Promise<readonly QueryResult[]> {
  const env = { ...store.env, OTEL_TRACES_SAMPLER: "always_off" };
  const ingest = await startOnFirstCore("collector", { env, readyTimeoutMs: 60_000 });
  try {
    const query = await startOnFirstCore("query", { env, nodeArgs, readyTimeoutMs: 60_000 });
    try {
      log(`filling ${store.name} ${store.version} with ${spans} spans`);
      return await fillAndAsk({ ingest, query, settle: store.settle, bigTraces: [10_000] }, spans, log);
    } finally {
      await query.stop();
    }
  } finally {
    await ingest.stop();
  }
}
