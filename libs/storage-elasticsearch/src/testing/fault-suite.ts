import { setTimeout as sleep } from "node:timers/promises";
import type { KeyValue, Span } from "@spoor/span-model";
import { batchOf, query, readTrace, SpanGenerator, spanTexts } from "@spoor/storage-testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { type CurrentServer, clear, documents, http, open } from "./server.ts";

const NOBODY = { tenant: "" };
/** More nested documents than the server takes in one. */
const TOO_MANY = 10_001;

/** What goes wrong on servers: each ends in a clear error or in none, and nothing that was acknowledged is lost. */
export function faultSuite(server: CurrentServer): void {
  const generator = new SpanGenerator(3, { timePrecisionNs: 1000n });
  const manyTags = (count: number): KeyValue[] =>
    Array.from({ length: count }, (_, i): KeyValue => ({ key: `key-${i}`, type: "string", value: "v" }));
  const countSpans = async () => {
    await http(server(), "POST", `/${server().prefix}-*/_refresh`);
    return ((await http(server(), "GET", `/${server().prefix}-jaeger-span-*/_count`)) as { count: number }).count;
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
      await http(server(), "PUT", `/${server().prefix}-*/_settings`, '{"index.blocks.read_only_allow_delete":true}');
      const second = { ...generator.span(), startTimeNs: first.startTimeNs };
      const written = storage.writer.write(batchOf([second]));
      await sleep(400);
      await http(server(), "PUT", `/${server().prefix}-*/_settings`, '{"index.blocks.read_only_allow_delete":null}');
      await written;
      expect(await readTrace(storage.reader, second.traceId)).toHaveLength(1);
      await storage.close();
    });

    it("a server that goes on taking nothing ends in an error that asks to come back", async () => {
      const storage = await open(server(), { retryTimeoutMs: 300 });
      const first = generator.span();
      await storage.writer.write(batchOf([first]));
      await http(server(), "PUT", `/${server().prefix}-*/_settings`, '{"index.blocks.read_only_allow_delete":true}');
      const second = { ...generator.span(), startTimeNs: first.startTimeNs };
      await expect(storage.writer.write(batchOf([second]))).rejects.toMatchObject({ retryable: true });
      await http(server(), "PUT", `/${server().prefix}-*/_settings`, '{"index.blocks.read_only_allow_delete":null}');
      await storage.writer.write(batchOf([second]));
      await storage.close();
    });

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
      const opening = open(server(), { indexPrefix: "nobodys", createTemplates: false });
      // Legacy patterns of v1 begin with a star, and cover other prefixes.
      const legacy = ((await http(server(), "GET", "/_template")) as object) ?? {};
      if (Object.keys(legacy).some((name) => name === "jaeger-span")) await (await opening).close();
      else
        await expect(opening).rejects.toThrow(
          /no template covers the index .*nobodys-jaeger-span-.*create-index-templates/,
        );
    });

    it("says that an index was made without its template", async () => {
      const storage = await open(server(), { indexPrefix: "bare" });
      const index = `${server().prefix}-bare-jaeger-span-${new Date().toISOString().slice(0, 10)}`;
      // A template of higher order that knows nothing of spans would do the same.
      for (const folder of ["_template", "_index_template"]) {
        await http(server(), "DELETE", `/${folder}/${server().prefix}-bare-jaeger-span`);
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
  });
}
