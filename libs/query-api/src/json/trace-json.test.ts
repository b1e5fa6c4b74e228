import { createQueryService, rawTrace, type TraceView } from "@spoor/query-service";
import type { KeyValue, Span } from "@spoor/span-model";
import { arbitrarySpan } from "@spoor/span-testkit";
import { encodeSpans, scanSpan, WireWriter } from "@spoor/span-wire";
import { openMemoryStorage } from "@spoor/storage-memory";
import { batchOf, SpanGenerator } from "@spoor/storage-testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { referenceJson } from "../testing/reference-json.ts";
import { type JsonTrace, TraceJsonWriter } from "./trace-json.ts";

function written(trace: JsonTrace, writer: TraceJsonWriter = new TraceJsonWriter()): string {
  return Buffer.concat([...writer.trace(trace), writer.rest()]).toString();
}

function expected(view: TraceView): string {
  return referenceJson(view.traceId, view.spans());
}

/** Every text is in here as a name, a key, a value and a warning. */
function spanOfTexts(texts: readonly string[]): Span {
  const tags: KeyValue[] = texts.map((text) => ({ key: text, type: "string", value: text }));
  const generator = new SpanGenerator(1);
  return generator.span({ operationName: texts.join(""), tags, warnings: texts, process: { serviceName: "s", tags } });
}

describe("a trace written from bytes", () => {
  it("is the text that its decoded spans give, whatever the spans are", () => {
    const writer = new TraceJsonWriter();
    fc.assert(
      fc.property(fc.array(arbitrarySpan(), { minLength: 1, maxLength: 6 }), (spans) => {
        const view = rawTrace((spans[0] as Span).traceId, encodeSpans(spans));
        expect(written(view, writer)).toBe(expected(view));
      }),
      { seed: 5, numRuns: 400 },
    );
  });

  it("is so for values at the edge of their types, adjusted and as they are", async () => {
    const generator = new SpanGenerator(3);
    const spans = [generator.extremeSpan(), ...generator.sharedSpanIdTrace().spans];
    for (let i = 0; i < 40; i++) spans.push(...generator.trace());
    const storage = await openMemoryStorage();
    await storage.writer.write(batchOf(spans));
    for (const maxClockSkewAdjustmentNs of [0n, 10n ** 12n]) {
      const service = createQueryService({ storage, maxClockSkewAdjustmentNs });
      for (const traceId of new Set(spans.map((span) => span.traceId))) {
        for (const raw of [true, false]) {
          const view = (await service.getTrace(traceId, { tenant: "", raw })) as TraceView;
          expect(written(view)).toBe(expected(view));
        }
      }
    }
    await storage.close();
  });

  it("escapes every character wherever it stands in a text", () => {
    const texts: string[] = [];
    for (let code = 0; code < 0x2100; code++) {
      if (code < 0x180 || code > 0x2020)
        texts.push("abcd".slice(0, code % 5) + String.fromCharCode(code) + "e".repeat(code % 6));
    }
    const view = rawTrace("1".repeat(32), encodeSpans([spanOfTexts(texts)]));
    expect(written(view)).toBe(expected(view));
  });

  it("escapes texts longer than a piece", () => {
    const view = rawTrace("1".repeat(32), encodeSpans([spanOfTexts(['"'.repeat(70_000), "ü\u2028<".repeat(50_000)])]));
    expect(written(view)).toBe(expected(view));
  });

  it("shows each byte that is no UTF-8 as U+FFFD", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(255), (text, byte) => {
        const bytes = Uint8Array.from([...text, byte, ...text]);
        const view = rawTrace("1".repeat(32), [scanSpan(spanBytes(bytes))]);
        expect(written(view)).toBe(expected(view));
      }),
      { seed: 6, numRuns: 400 },
    );
  });

  it("shows a type that nobody knows by its number", () => {
    const tags: KeyValue[] = [5, 9, -1].map((code) => ({ key: "k", type: "unknown", code }));
    const view = rawTrace("1".repeat(32), encodeSpans([new SpanGenerator(1).span({ tags })]));
    expect(written(view)).toBe(expected(view));
  });
});

/** A span with these bytes as its name, and as key and value of a tag. */
function spanBytes(text: Uint8Array): Uint8Array {
  const writer = new WireWriter();
  writer.bytesField(1, new Uint8Array(16).fill(7), 0, 16);
  writer.bytesField(2, new Uint8Array(8).fill(7), 0, 8);
  writer.bytesField(3, text, 0, text.length);
  const mark = writer.begin(8);
  writer.bytesField(1, text, 0, text.length);
  writer.bytesField(3, text, 0, text.length);
  writer.end(mark);
  return writer.finish();
}
