import { setTimeout as sleep } from "node:timers/promises";
import {
  type SearchServer,
  SHARED_START_TIMEOUT_MS,
  sharedElasticsearch,
  startElasticsearch,
  uniqueName,
} from "@spoor/services";
import type { Span } from "@spoor/span-model";
import { batchesOf, batchOf, query, readTrace, SpanGenerator, spanTexts } from "@spoor/storage-testkit";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { clear, documents, http, open } from "./server.ts";

const START_TIMEOUT_MS = 400_000;
const RESTART_TIMEOUT_MS = 180_000;
const NOBODY = { tenant: "" };

/** A server that is stopped, overrun and crippled: not one that others use. To be called within a block of tests. */
export function ownServerSuite(): void {
  const generator = new SpanGenerator(6, { timePrecisionNs: 1000n });
  let own: SearchServer;
  const server = () => ({ ...own, prefix: "own" });
  beforeAll(async () => {
    // So small a queue that a few bulks at once overflow it.
    own = await startElasticsearch({ version: "7.17.29", settings: { "thread_pool.write.queue_size": 1 } });
  }, START_TIMEOUT_MS);
  afterAll(() => own?.close(), START_TIMEOUT_MS);
  beforeEach(() => clear(server()));
  const count = async (pattern: string) => {
    await http(server(), "POST", `/own-${pattern}/_refresh`);
    return ((await http(server(), "GET", `/own-${pattern}/_count`)) as { count: number }).count;
  };

  it("a queue that overflows loses nothing", async () => {
    const storage = await open(server(), { bulk: { workers: 24, actions: 20 }, retryTimeoutMs: 60_000 });
    const spans = Array.from({ length: 3_000 }, () => generator.span({ tags: [], logs: [] }));
    await Promise.all(batchesOf(spans, 150).map((batch) => storage.writer.write(batch)));
    await storage.close();
    expect(await count("jaeger-span-*")).toBe(3_000);
  }, 60_000);

  it(
    "a server that ends and comes back while spans are written has everything that was acknowledged",
    async () => {
      const storage = await open(server(), { retryTimeoutMs: 1_000 });
      const acknowledged: Span[] = [];
      let failures = 0;
      let isDone = false;
      const writing = (async () => {
        while (!isDone) {
          const spans = generator.trace({ spans: 10 });
          try {
            await storage.writer.write(batchOf(spans));
            acknowledged.push(...spans);
          } catch (error) {
            failures++;
            expect(error).toMatchObject({ retryable: true });
            await sleep(50);
          }
        }
      })();
      await sleep(500);
      await server().stop();
      await sleep(2_000);
      const before = acknowledged.length;
      await server().start();
      while (acknowledged.length < before + 100) await sleep(50);
      isDone = true;
      await writing;
      expect(failures).toBeGreaterThan(0);
      await storage.close();
      const stored = new Set((await documents(server(), "jaeger-span-*")).map(({ _source }) => String(_source.spanID)));
      expect(acknowledged.filter(({ spanId }) => !stored.has(spanId))).toEqual([]);
    },
    RESTART_TIMEOUT_MS,
  );

  it("a primary shard that is nowhere ends in an error that names it; once it is there the spans are stored", async () => {
    const storage = await open(server(), { retryTimeoutMs: 500 });
    const span = generator.span();
    const day = new Date(Number(span.startTimeNs / 1_000_000n)).toISOString().slice(0, 10);
    const index = `own-jaeger-span-${day}`;
    const nowhere = '{"settings":{"index.routing.allocation.require._name":"nowhere"}}';
    await http(server(), "PUT", `/${index}?wait_for_active_shards=0`, nowhere);
    expect(await http(server(), "GET", "/_cluster/health")).toMatchObject({ status: "red" });
    await expect(storage.writer.write(batchOf([span]))).rejects.toMatchObject({
      code: "UNAVAILABLE",
      retryable: true,
      message: expect.stringContaining(index),
    });
    const search = storage.reader.findTraceIds(query({ serviceName: span.process.serviceName }), NOBODY);
    await expect(search).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await http(server(), "PUT", `/${index}/_settings`, '{"index.routing.allocation.require._name":null}');
    await http(server(), "GET", "/_cluster/health?wait_for_status=yellow&timeout=20s");
    await storage.writer.write(batchOf([span]));
    expect(await count("jaeger-span-*")).toBe(1);
    await storage.close();
  }, 60_000);

  it(
    "a remote cluster is read beside its own",
    async () => {
      const shared = await sharedElasticsearch("7.17.29");
      const remote = { ...shared, prefix: uniqueName("remote") };
      try {
        const { nodes } = (await http(remote, "GET", "/_nodes/_local/transport")) as {
          nodes: Readonly<Record<string, { readonly transport: { readonly publish_address: string } }>>;
        };
        const seeds = Object.values(nodes).map(({ transport }) => transport.publish_address);
        const settings = { persistent: { "cluster.remote.elsewhere.seeds": seeds } };
        await http(server(), "PUT", "/_cluster/settings", JSON.stringify(settings));
        const [here, there] = [generator.trace({ spans: 5 }), generator.trace({ spans: 1_500 })];
        for (const [storage, spans] of [
          [await open({ ...server(), prefix: remote.prefix }), here],
          [await open(remote), there],
        ] as const) {
          await storage.writer.write(batchOf(spans));
          await storage.close();
        }
        const storage = await open({ ...server(), prefix: remote.prefix }, { remoteClusters: ["elsewhere"] });
        for (const spans of [here, there]) {
          const [root] = spans as [Span];
          expect(spanTexts(await readTrace(storage.reader, root.traceId))).toEqual(spanTexts(spans));
          const { serviceName } = root.process;
          const { traceIds } = await storage.reader.findTraceIds(query({ serviceName }), NOBODY);
          expect(traceIds).toContain(root.traceId);
          expect(await storage.reader.getServices(NOBODY)).toContain(serviceName);
        }
        const range = { startTimeMs: Date.now() - 86_400_000, endTimeMs: Date.now() + 3_600_000 };
        expect(await storage.dependencies.getDependencies(range, NOBODY)).not.toEqual([]);
        await storage.close();
        await http(server(), "DELETE", `/${remote.prefix}-*`);
      } finally {
        await clear(remote);
        shared.release();
      }
    },
    SHARED_START_TIMEOUT_MS,
  );
}
