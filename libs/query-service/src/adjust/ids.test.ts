import type { Span } from "@spoor/span-model";
import { batchOf, childOf, SpanGenerator, spanTexts } from "@spoor/storage-testkit";
import { describe, expect, it } from "vitest";
import { AdjustedTrace } from "./adjusted-trace.ts";

const generator = new SpanGenerator(21);
const adjust = (spans: readonly Span[]) => [...new AdjustedTrace("id", batchOf(spans).spans, 0n).spans()];

describe("span ids shared by client and server", () => {
  it("are made unique: the server gets the smallest free id, below the client, above the children", () => {
    const { spans, client, inner } = generator.sharedSpanIdTrace();
    const shown = adjust(generator.random.shuffle(spans));
    const server = shown.find((span) => span.operationName === "server");
    expect(server?.spanId).toBe("0000000000000001");
    expect(server?.references).toEqual([childOf(client)]);
    expect(shown.find((span) => span.operationName === "client")?.references).toEqual(client.references);
    expect(shown.find((span) => span.startTimeNs === inner.startTimeNs)?.references).toEqual([
      { ...childOf(inner), spanId: "0000000000000001" },
    ]);
  });

  it("skip ids that are taken", () => {
    const { spans, client } = generator.sharedSpanIdTrace();
    const taken = generator.span({ traceId: client.traceId, spanId: "0000000000000001" });
    const shown = adjust([...spans, taken]);
    expect(shown.find((span) => span.operationName === "server")?.spanId).toBe("0000000000000002");
  });

  it("give a server without parent the client as parent", () => {
    const { client, server } = generator.sharedSpanIdTrace();
    const shown = adjust([client, { ...server, references: [] }]);
    expect(shown.find((span) => span.operationName === "server")?.references).toEqual([childOf(client)]);
  });

  it("stay when both are servers, or when only a log says so", () => {
    const { client, server } = generator.sharedSpanIdTrace();
    const kind = { key: "span.kind", type: "string", value: "client" } as const;
    const ids = (spans: readonly Span[]) => new Set(adjust(spans).map((span) => span.spanId));
    expect(ids([server, { ...client, tags: server.tags }])).toEqual(new Set([server.spanId]));
    const logged = { ...client, tags: [], logs: [{ timestampNs: client.startTimeNs, fields: [kind] }] };
    expect(ids([server, logged])).toEqual(new Set([server.spanId]));
  });

  it("are made unique once, however often the server span was stored", () => {
    const { spans } = generator.sharedSpanIdTrace();
    expect(adjust([...spans, ...spans])).toHaveLength(4);
  });
});

describe("copies of a span", () => {
  it("are shown once, also when their tags come in another order", () => {
    const span = generator.span({ tags: generator.tags(5), logs: generator.logs(2, generator.time()) });
    const turned = {
      ...span,
      tags: [...span.tags].reverse(),
      process: { ...span.process, tags: [...span.process.tags].reverse() },
      logs: span.logs.map((log) => ({ ...log, fields: [...log.fields].reverse() })),
    };
    expect(adjust([span, span])).toHaveLength(1);
    expect(adjust([span, turned])).toHaveLength(1);
    expect(adjust([span, turned, span, turned, span])).toHaveLength(1);
  });

  it("are not spans that differ in anything", () => {
    const span = generator.span({ tags: [{ key: "n", type: "float64", value: Number.NaN }] });
    const others: readonly Partial<Span>[] = [
      { operationName: "x" },
      { flags: 2 },
      { startTimeNs: span.startTimeNs + 1n },
      { durationNs: span.durationNs + 1n },
      { tags: [] },
      { tags: [{ key: "n", type: "float64", value: Number.POSITIVE_INFINITY }] },
      { logs: [{ timestampNs: 1n, fields: [] }] },
      { warnings: ["w"] },
      { process: { ...span.process, serviceName: "x" } },
    ];
    for (const other of others) expect(adjust([span, { ...span, ...other }])).toHaveLength(2);
    expect(adjust([span, ...others.map((other) => ({ ...span, ...other }))])).toHaveLength(others.length + 1);
  });

  it("are found among many, and what is left is what was there", () => {
    const spans = generator.trace({ spans: 200 });
    const copies = generator.random.shuffle([...spans, ...spans.slice(0, 20)]);
    expect(spanTexts(adjust(copies))).toEqual(spanTexts(adjust(spans)));
  });
});
