import { setTimeout as sleep } from "node:timers/promises";
import type { KeyValue, Span } from "@spoor/span-model";
import { batchOf, query, readTrace, SpanGenerator, spanTexts } from "@spoor/storage-testkit";
import { Registry } from "prom-client";
import { beforeEach, describe, expect, it } from "vitest";
import { type CurrentServer, clear, documents, http, open } from "./server.ts";

const NOBODY = { tenant: "" };
const PROCESS = { serviceName: "clock-less", tags: [] };
/** More nested documents than the server takes in one. */
const TOO_MANY = 10_001;

/** What goes wrong on servers: each ends in a clear error or in none, and nothing that was acknowledged is lost. */
export function faultSuite(server: CurrentServer): void {
  const generator = new SpanGenerator(3, { timePrecisionNs: 1000n });
  const manyTags = (count: number): KeyValue[] =>
    Array.from({ length: count }, (_, i): KeyValue => ({ key: `key-${i}`, type: "string", value: "v" }));
  const dayOf = ({ startTimeNs }: Span) => new Date(Number(startTimeNs / 1_000_000n)).toISOString().slice(0, 10);
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

    it("a tag that an index maps as another type goes into the list, in one of 10,000 spans as well", async () => {
      const storage = await open(server(), { tagsAsFields: { all: true, include: [], dotReplacement: "@" } });
      const spans: Span[] = Array.from({ length: 9_999 }, () => generator.span({ tags: [], logs: [] }));
      const tags: KeyValue[] = [{ key: "size", type: "string", value: "large" }];
      const poison = generator.span({ tags, logs: [] });
      spans.splice(7_000, 0, poison);
      for (const day of new Set([...spans].map(dayOf))) {
        await http(
          server(),
          "PUT",
          `/${server().prefix}-jaeger-span-${day}`,
          '{"mappings":{"properties":{"tag":{"properties":{"size":{"type":"integer"}}}}}}',
        );
      }
      await storage.writer.write(batchOf(spans));
      expect(spanTexts(await readTrace(storage.reader, poison.traceId))).toEqual(spanTexts([poison]));
      await storage.close();
      expect(await countSpans()).toBe(10_000);
    });

    it("an index with a mapping that is none of v1's is named, and so is what it refuses", async () => {
      const storage = await open(server());
      const span = generator.span();
      const index = `${server().prefix}-jaeger-span-${dayOf(span)}`;
      const mappings = { dynamic: "strict", properties: { traceID: { type: "keyword" } } };
      // A template would add to it.
      for (const folder of ["_template", "_index_template"]) {
        await http(server(), "DELETE", `/${folder}/${server().prefix}-jaeger-span`);
      }
      await http(server(), "PUT", `/${index}`, JSON.stringify({ mappings }));
      await expect(storage.writer.write(batchOf([span]))).rejects.toMatchObject({
        code: "REJECTED",
        message: expect.stringMatching(new RegExp(`${index}.*strict`)),
      });
      await storage.close();
    });

    it("spans of far-off times make no indices of their own and are found all the same", async () => {
      const registry = new Registry();
      const storage = await open(server(), { registry });
      const years = [1999, 2011, 2034, 2150];
      const spans = years.map((year) =>
        generator.span({ startTimeNs: BigInt(Date.UTC(year, 1, 3)) * 1_000_000n, process: PROCESS }),
      );
      const near = generator.span({ process: PROCESS });
      await storage.writer.write(batchOf([...spans, near]));
      for (const span of [...spans, near]) {
        expect(await readTrace(storage.reader, span.traceId)).toHaveLength(1);
        const around = { startTimeMinNs: span.startTimeNs - 1000n, startTimeMaxNs: span.startTimeNs + 1000n };
        const asked = query({ serviceName: PROCESS.serviceName, ...around });
        expect((await storage.reader.findTraceIds(asked, NOBODY)).traceIds).toEqual([span.traceId]);
      }
      await storage.close();
      expect(await registry.getSingleMetricAsString("spoor_storage_far_off_spans_total")).toMatch(/ 4$/);
      const today = new Date().toISOString().slice(0, 10);
      const names = (await documents(server(), "jaeger-s*")).map(({ _index }) => _index);
      expect([...new Set(names)].filter((name) => !name.endsWith(today) && !name.endsWith(dayOf(near)))).toEqual([]);

      const unlimited = await open(server(), { maxStartAgeMs: 0, maxStartAheadMs: 0 });
      const old = generator.span({ startTimeNs: BigInt(Date.UTC(2001, 1, 3)) * 1_000_000n });
      await unlimited.writer.write(batchOf([old]));
      await unlimited.close();
      expect((await documents(server(), "jaeger-span-2001-02-03")).length).toBe(1);
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
      // Legacy patterns of v1 begin with a star, and cover other prefixes.
      const legacy = ((await http(server(), "GET", "/_template")) as object) ?? {};
      const opening = open(server(), { indexPrefix: "nobodys", createTemplates: false });
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
