import type { Span } from "@spoor/span-model";
import { batchesOf, batchOf, query, readTrace, SpanGenerator, spanTexts } from "@spoor/storage-testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { type CurrentServer, clear, documents, http, open } from "./server.ts";

const NOBODY = { tenant: "" };

/** Names, frequencies, aliases and streams of indices. */
export function layoutSuite(server: CurrentServer, hasStreams: boolean): void {
  const generator = new SpanGenerator(4, { timePrecisionNs: 1000n });

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
      const { prefix } = server();
      for (const kind of ["span", "service"]) {
        await http(
          server(),
          "PUT",
          `/${server().prefix}-jaeger-${kind}-000001`,
          JSON.stringify({
            aliases: {
              [`${server().prefix}-jaeger-${kind}-read`]: {},
              [`${server().prefix}-jaeger-${kind}-write`]: { is_write_index: true },
            },
          }),
        );
      }
      const storage = await open(server(), { useAliases: true });
      const spans = generator.trace({ spans: 12 });
      const [before, after] = batchesOf(spans, 2);
      if (before !== undefined) await storage.writer.write(before);
      await http(server(), "POST", `/${prefix}-jaeger-span-write/_rollover`);
      await http(
        server(),
        "POST",
        "/_aliases",
        `{"actions":[{"add":{"index":"${prefix}-jaeger-span-000002","alias":"${prefix}-jaeger-span-read"}}]}`,
      );
      if (after !== undefined) await storage.writer.write(after);
      expect(spanTexts(await readTrace(storage.reader, spans[0]?.traceId ?? ""))).toEqual(spanTexts(spans));
      await storage.close();
      const indices = new Set((await documents(server(), "jaeger-span-*")).map(({ _index }) => _index));
      expect([...indices].sort()).toEqual(["jaeger-span-000001", "jaeger-span-000002"]);
    });

    // Not among the tests of a server that has none: the builds of Elasticsearch for tests lack that part of it.
    if (hasStreams) it("data streams are rolled over by the server", rollsOverStreams);

    async function rollsOverStreams(): Promise<void> {
      const storage = await open(server(), { useDataStreams: true });
      const spans = generator.trace({ spans: 12 });
      const [before, after] = batchesOf(spans, 2);
      if (before !== undefined) await storage.writer.write(before);
      await http(server(), "POST", `/${server().prefix}-jaeger-span-stream/_rollover`);
      if (after !== undefined) await storage.writer.write(after);
      const [root] = spans as [Span];
      expect(spanTexts(await readTrace(storage.reader, root.traceId))).toEqual(spanTexts(spans));
      const { serviceName } = root.process;
      expect((await storage.reader.findTraceIds(query({ serviceName }), NOBODY)).traceIds).toEqual([root.traceId]);
      expect(await storage.reader.getServices(NOBODY)).toContain(serviceName);
      await storage.close();
      const stream = `${server().prefix}-jaeger-span-stream`;
      expect(await http(server(), "GET", `/_data_stream/${stream}`)).toMatchObject({
        data_streams: [{ name: stream, indices: [expect.anything(), expect.anything()] }],
      });
      await http(server(), "DELETE", `/_data_stream/${server().prefix}-*`);
    }

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
  });
}
