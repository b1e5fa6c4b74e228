import { writeRecordedInput } from "@spoor/ingest-testkit";
import { createQueryHttp, type QueryServer } from "@spoor/query-api";
import { createQueryService } from "@spoor/query-service";
import { SPAN_FLAGS } from "@spoor/span-model";
import type { FoundTraces, Storage, TraceQuery } from "@spoor/storage-api";
import { answerProblem, NaiveStore, readTrace } from "@spoor/storage-testkit";
import { createTenancy } from "@spoor/tenancy";
import { pino } from "pino";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCassandraStorage } from "../../open-cassandra-storage.ts";
import { hexId } from "../../rows/read-span.ts";
import type { TestKeyspace } from "../test-keyspace.ts";
import { canonicalTraces } from "./canonical-traces.ts";
import { insertRecordedRows } from "./insert-recorded-rows.ts";
import { KNOWN_DIFFERENCES, KNOWN_DIFFERENCES_OF_OUR_ROWS } from "./known-differences.ts";
import { recordedRows, recordedSearches } from "./recorded-files.ts";

const READ_TABLES = ["read_traces", "tag_index", "duration_index", "service_operation_index", "service_name_index"];

/** What v1's reader answered on the recorded rows, beside what ours answers on the same rows and on its own. */
export function describeRecordedReads(keyspaceOf: () => TestKeyspace): void {
  const searches = recordedSearches().filter((search) => search.path.startsWith("/api/traces"));

  describe.each(["v1's rows", "our rows"])("reading %s", (whose) => {
    const known = whose === "v1's rows" ? KNOWN_DIFFERENCES : KNOWN_DIFFERENCES_OF_OUR_ROWS;
    let storage: Storage;
    let server: QueryServer;
    let url: string;
    let asked: { readonly query: TraceQuery; readonly found: FoundTraces } | undefined;
    const registry = new Registry();
    const naive = { all: new NaiveStore(), withTags: new NaiveStore() };

    beforeAll(async () => {
      const keyspace = keyspaceOf();
      await keyspace.empty();
      storage = await openCassandraStorage({ connection: keyspace.connection, countDependencies: false, registry });
      if (whose === "v1's rows") await insertRecordedRows(keyspace.session, recordedRows("default"));
      else await writeRecordedInput(storage.writer);
      const ids = await keyspace.session.execute({ query: "SELECT DISTINCT trace_id FROM traces", params: [] });
      for (const row of ids.rows) {
        const spans = await readTrace(storage.reader, hexId(row.get("trace_id") as Buffer, 16));
        naive.all.add(spans);
        // Spans with the firehose flag are not to be found by tag or duration.
        naive.withTags.add(spans.filter((span) => (span.flags & SPAN_FLAGS.firehose) === 0));
      }
      const { reader } = storage;
      const observed = {
        ...storage,
        reader: {
          ...reader,
          findTraceIds: async (...args: Parameters<typeof reader.findTraceIds>) => {
            const found = await reader.findTraceIds(...args);
            asked = { query: args[0], found };
            return found;
          },
        },
      };
      server = createQueryHttp({
        listen: { host: "127.0.0.1", port: 0 },
        service: createQueryService({ storage: observed }),
        tenancy: createTenancy({ enabled: false }),
        logger: pino({ level: "silent" }),
      });
      url = `http://127.0.0.1:${(await server.start()).port}`;
    }, 60_000);

    afterAll(async () => {
      await server?.close();
      await storage?.close();
    });

    it.each(searches.filter((search) => search.full).map((search) => [search.name, search] as const))(
      "shows what v1 shows: %s",
      async (_, search) => {
        const response = await fetch(url + search.path);
        expect(response.status).toBe(search.status);
        expect(canonicalTraces(await response.text())).toEqual(canonicalTraces(search.bodyText ?? ""));
      },
    );

    it.each(searches.filter((search) => !search.full).map((search) => [search.name, search] as const))(
      "finds what v1 finds, or what is right: %s",
      async (name, search) => {
        asked = undefined;
        const response = await fetch(url + search.path);
        const answer = { status: response.status, ids: idsOf(await response.text()) };
        if (asked !== undefined) {
          const { query, found } = asked as { readonly query: TraceQuery; readonly found: FoundTraces };
          const hasRows =
            query.tags.size + (query.durationMinNs === undefined && query.durationMaxNs === undefined ? 0 : 1) > 0;
          const right = (hasRows ? naive.withTags : naive.all).matches(query);
          const isBinary = name === "tag binary as hex" && whose === "v1's rows";
          if (!isBinary) expect(answerProblem(query, found, right)).toBeUndefined();
        }
        const theirs = { status: search.status, ids: search.traceIDs ?? [] };
        if (known[name] === undefined) expect(answer).toEqual(theirs);
        else if (known[name] !== "newest" && known[name] !== "now") expect(answer).not.toEqual(theirs);
      },
    );

    it("is counted in v1's metrics of reads", async () => {
      for (const what of ["attempts", "inserts"]) {
        const { values = [] } = (await registry.getSingleMetric(`jaeger_storage_read_${what}_total`)?.get()) ?? {};
        for (const table of READ_TABLES) {
          const value = values.find(({ labels }) => labels.table === table)?.value ?? 0;
          expect([what, table, value > 0]).toEqual([what, table, true]);
        }
      }
    });
  });
}

function idsOf(text: string): readonly string[] {
  const { data } = JSON.parse(text) as { readonly data: readonly { readonly traceID: string }[] | null };
  return (data ?? []).map((trace) => trace.traceID).sort();
}
