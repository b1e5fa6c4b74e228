import { setTimeout as sleep } from "node:timers/promises";
import type { KeyValue, Span } from "@spoor/span-model";
import { batchesOf, batchOf, query, readTrace, SpanGenerator, spanTexts } from "@spoor/storage-testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { type CurrentServer, clear, documents, http, open } from "./server.ts";

const NOBODY = { tenant: "" };
const RESTART_TIMEOUT_MS = 180_000;
/** More nested documents than the server takes in one. */
const TOO_MANY = 10_001;

/** What goes wrong on servers: each ends in a clear error or in none, and nothing that was acknowledged is lost. */
export function faultSuite(server: CurrentServer, options: { readonly restarts: boolean }): void {
  const generator = new SpanGenerator(3, { timePrecisionNs: 1000n });
  const manyTags = (count: number): KeyValue[] =>
    Array.from({ length: count }, (_, i): KeyValue => ({ key: `key-${i}`, type: "string", value: "v" }));
  const countSpans = async () => {
    await http(server(), "POST", "/*jaeger-span-*/_refresh");
    return ((await http(server(), "GET", "/*jaeger-span-*/_count")) as { count: number }).count;
  };

  describe("faults", () => {
    beforeEach(() => clear(server()));

    it("one document that the server refuses among 10,000 is reported with its reason, the others are stored", async () => {
      const storage = await open(server());
      const spans: Span[] = Array.from({ length: 9_999 }, () => generator.span({ tags: [], logs: [] }));
      const poison = generator.span({ tags: manyTags(TOO_MANY), logs: [] });
      spans.splice(5_000, 0, poison);
      const written = storage.writer.write(batchOf(spans));
      await expect(written).rejects.toMatchObject({ code: "REJECTED" });
      await expect(written).rejects.toThrow(/refuses 1 document, all others are stored: .*nested/);
      await storage.close();
      expect(await countSpans()).toBe(9_999);
    });

    it("tags beyond the limit of fields are kept as a list", async () => {
      const storage = await open(server(), { tagsAsFields: { all: true, include: [], dotReplacement: "@" } });
      const wide = generator.span({ tags: manyTags(1_200), logs: [] });
      const plain = generator.span({ tags: manyTags(2), logs: [] });
      await storage.writer.write(batchOf([wide, plain]));
      expect(spanTexts(await readTrace(storage.reader, wide.traceId))).toEqual(spanTexts([wide]));
      const asked = query({ serviceName: wide.process.serviceName, tags: new Map([["key-1100", "v"]]) });
      expect((await storage.reader.findTraceIds(asked, NOBODY)).traceIds).toEqual([wide.traceId]);
      await storage.close();
      expect((await documents(server())).filter(({ _source }) => "tag" in _source && "spanID" in _source)).toHaveLength(
        1,
      );
    });

    it("waits while the server takes nothing, and stores everything once it does", async () => {
      const storage = await open(server());
      const first = generator.span();
      await storage.writer.write(batchOf([first]));
      await http(server(), "PUT", "/*jaeger-*/_settings", '{"index.blocks.read_only_allow_delete":true}');
      const second = { ...generator.span(), startTimeNs: first.startTimeNs };
      const written = storage.writer.write(batchOf([second]));
      await sleep(400);
      await http(server(), "PUT", "/*jaeger-*/_settings", '{"index.blocks.read_only_allow_delete":null}');
      await written;
      expect(await readTrace(storage.reader, second.traceId)).toHaveLength(1);
      await storage.close();
    });

    it("a server that goes on taking nothing ends in an error that asks to come back", async () => {
      const storage = await open(server(), { retryTimeoutMs: 300 });
      const first = generator.span();
      await storage.writer.write(batchOf([first]));
      await http(server(), "PUT", "/*jaeger-*/_settings", '{"index.blocks.read_only_allow_delete":true}');
      const second = { ...generator.span(), startTimeNs: first.startTimeNs };
      await expect(storage.writer.write(batchOf([second]))).rejects.toMatchObject({ retryable: true });
      await http(server(), "PUT", "/*jaeger-*/_settings", '{"index.blocks.read_only_allow_delete":null}');
      await storage.writer.write(batchOf([second]));
      await storage.close();
    });

    it("a queue that overflows loses nothing", async () => {
      const storage = await open(server(), { bulk: { workers: 24, actions: 20 }, retryTimeoutMs: 60_000 });
      const spans = Array.from({ length: 3_000 }, () => generator.span({ tags: [], logs: [] }));
      await Promise.all(batchesOf(spans, 150).map((batch) => storage.writer.write(batch)));
      await storage.close();
      expect(await countSpans()).toBe(3_000);
    }, 60_000);

    it("a write that was sent again is stored once", async () => {
      const storage = await open(server());
      const spans = generator.trace({ spans: 50 });
      for (let i = 0; i < 3; i++) await storage.writer.write(batchOf(spans));
      await storage.close();
      expect(await countSpans()).toBe(50);
    });

    it("refuses more than it may hold, to be sent again", async () => {
      const storage = await open(server(), { maxPendingBytes: 10_000 });
      const batches = Array.from({ length: 20 }, () => batchOf(generator.trace({ spans: 20 })));
      const results = await Promise.allSettled(batches.map((batch) => storage.writer.write(batch)));
      const refused = results.filter((result) => result.status === "rejected").map(({ reason }) => reason as unknown);
      expect(refused.length).toBeGreaterThan(0);
      for (const reason of refused) expect(reason).toMatchObject({ code: "OVERLOADED", retryable: true });
      await storage.close();
    });

    it("says that no template is there when it may not make one", async () => {
      for (const name of ["span", "service"]) {
        await http(server(), "DELETE", `/_template/other-jaeger-${name}`);
        await http(server(), "DELETE", `/_index_template/other-jaeger-${name}`);
      }
      const opening = open(server(), { indexPrefix: "nobodys", createTemplates: false });
      // Legacy patterns of v1 begin with a star, and cover other prefixes.
      const legacy = ((await http(server(), "GET", "/_template")) as object) ?? {};
      if (Object.keys(legacy).some((name) => name === "jaeger-span")) await (await opening).close();
      else
        await expect(opening).rejects.toThrow(
          /no template covers the index nobodys-jaeger-span-.*create-index-templates/,
        );
    });

    it("says that an index was made without its template", async () => {
      const storage = await open(server(), { indexPrefix: "bare" });
      const index = `bare-jaeger-span-${new Date().toISOString().slice(0, 10)}`;
      // A template of higher order that knows nothing of spans would do the same.
      for (const folder of ["_template", "_index_template"]) {
        for (const name of ["bare-jaeger-span", "jaeger-span"]) await http(server(), "DELETE", `/${folder}/${name}`);
      }
      await http(
        server(),
        "PUT",
        `/${index}/_doc/1?refresh=true`,
        '{"traceID":"01","startTime":1,"process":{"serviceName":"s"}}',
      );
      const now = BigInt(Date.now()) * 1_000_000n;
      const around = { startTimeMinNs: now - 3_600_000_000_000n, startTimeMaxNs: now };
      for (const tags of [new Map<string, string>(), new Map([["a", "b"]])]) {
        const search = storage.reader.findTraceIds(query({ serviceName: "s", ...around, tags }), NOBODY);
        await expect(search).rejects.toMatchObject({
          code: "CORRUPT",
          message: expect.stringContaining("without its template"),
        });
      }
      await storage.close();
    });

    it("says that the write alias is missing, and makes no index of its name", async () => {
      const storage = await open(server(), { useAliases: true, retryTimeoutMs: 100 });
      await expect(storage.writer.write(batchOf([generator.span()]))).rejects.toThrow(
        /write alias is missing.*es-rollover init/,
      );
      await storage.close();
      expect(await documents(server())).toEqual([]);
    });

    it("names the servers that do not answer", async () => {
      await expect(open({ ...server(), url: "http://127.0.0.1:1" })).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringMatching(/no answer from http:\/\/127.0.0.1:1 \(--es.server-urls\)/),
      });
    });

    // One server is enough: stopping and starting costs half a minute.
    if (options.restarts)
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
          const stored = new Set(
            (await documents(server(), "jaeger-span-*")).map(({ _source }) => String(_source.spanID)),
          );
          expect(acknowledged.filter(({ spanId }) => !stored.has(spanId))).toEqual([]);
        },
        RESTART_TIMEOUT_MS,
      );
  });

  describe("other ways to keep indices", () => {
    beforeEach(() => clear(server()));

    it("hours, separators and a prefix are read as they are written", async () => {
      const storage = await open(server(), {
        indexPrefix: "team",
        dateSeparator: ".",
        spanFrequency: "hour",
        serviceFrequency: "hour",
      });
      const spans = generator.trace({ spans: 20 });
      await storage.writer.write(batchOf(spans));
      const [root] = spans as [Span];
      expect(spanTexts(await readTrace(storage.reader, root.traceId))).toEqual(spanTexts(spans));
      const { serviceName } = root.process;
      expect((await storage.reader.findTraceIds(query({ serviceName }), NOBODY)).traceIds).toEqual([root.traceId]);
      const near = { startTimeMinNs: root.startTimeNs, startTimeMaxNs: root.startTimeNs + 600_000_000_000n };
      expect((await storage.reader.findTraceIds(query({ serviceName, ...near }), NOBODY)).traceIds).toEqual([
        root.traceId,
      ]);
      expect(await storage.reader.getServices(NOBODY)).toContain(serviceName);
      await storage.close();
    });

    it("aliases lead to whatever index a rollover made", async () => {
      for (const kind of ["span", "service"]) {
        await http(
          server(),
          "PUT",
          `/jaeger-${kind}-000001`,
          JSON.stringify({
            aliases: { [`jaeger-${kind}-read`]: {}, [`jaeger-${kind}-write`]: { is_write_index: true } },
          }),
        );
      }
      const storage = await open(server(), { useAliases: true });
      const spans = generator.trace({ spans: 12 });
      const [before, after] = batchesOf(spans, 2);
      if (before !== undefined) await storage.writer.write(before);
      await http(server(), "POST", "/jaeger-span-write/_rollover");
      await http(
        server(),
        "POST",
        "/_aliases",
        '{"actions":[{"add":{"index":"jaeger-span-000002","alias":"jaeger-span-read"}}]}',
      );
      if (after !== undefined) await storage.writer.write(after);
      expect(spanTexts(await readTrace(storage.reader, spans[0]?.traceId ?? ""))).toEqual(spanTexts(spans));
      await storage.close();
      const indices = new Set((await documents(server(), "jaeger-span-*")).map(({ _index }) => _index));
      expect([...indices].sort()).toEqual(["jaeger-span-000001", "jaeger-span-000002"]);
    });

    it("the archive is an index of its own, which other reads leave alone", async () => {
      const archive = await open(server(), { archive: true });
      const storage = await open(server());
      const spans = generator.trace({ spans: 3 });
      await archive.writer.write(batchOf(spans));
      await archive.writer.write(batchOf(spans));
      const id = spans[0]?.traceId ?? "";
      expect(spanTexts(await readTrace(archive.reader, id))).toEqual(spanTexts(spans));
      expect(await readTrace(storage.reader, id)).toEqual([]);
      await archive.close();
      await storage.close();
      const indices = new Set((await documents(server())).map(({ _index }) => _index));
      expect([...indices].sort()).toEqual(["jaeger-service-archive", "jaeger-span-archive"]);
    });

    it("links that were counted before stand in v1's layout and are not counted again", async () => {
      const storage = await open(server());
      const day = Math.floor(Date.now() / 86_400_000) * 86_400_000;
      await storage.writeDependencies(day, [{ parent: "a", child: "b", callCount: 3, source: "" }]);
      await storage.writeDependencies(day, [{ parent: "a", child: "b", callCount: 7, source: "" }]);
      const range = { startTimeMs: day, endTimeMs: day + 86_399_999 };
      expect(await storage.dependencies.getDependencies(range, NOBODY)).toEqual([
        { parent: "a", child: "b", callCount: 7, source: "" },
      ]);
      await storage.close();
      const [document] = await documents(server(), "jaeger-dependencies-*");
      expect(document?._source).toEqual({
        timestamp: new Date(day).toISOString(),
        dependencies: [{ parent: "a", child: "b", callCount: 7 }],
      });
    });
  });
}
