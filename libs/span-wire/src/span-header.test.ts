import { parentReference, ZERO_SPAN_ID } from "@spoor/span-model";
import { arbitrarySpan } from "@spoor/span-testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeProcess, encodeSpans } from "./encode.ts";
import type { EncodedSpan } from "./encoded-span.ts";
import { KeyValueCursor } from "./key-value-cursor.ts";
import { SpanHeader, spanFacts } from "./span-header.ts";
import { valueText } from "./value-text.ts";

function encodeOne(span: Parameters<typeof encodeSpans>[0][number]): EncodedSpan {
  const [encoded] = encodeSpans([span]);
  if (encoded === undefined) throw new Error("no span");
  return encoded;
}

describe("reading facts of encoded spans", () => {
  it("agrees with the decoded span", () => {
    fc.assert(
      fc.property(arbitrarySpan(), (span) => {
        const parent = parentReference(span.traceId, span.references)?.spanId;
        const kind = span.tags.find(({ key }) => key === "span.kind");
        const encoded = encodeOne(span);
        expect(spanFacts(encoded)).toEqual({
          spanId: span.spanId,
          parentSpanId: parent === ZERO_SPAN_ID ? undefined : parent,
          operationName: span.operationName,
          startTimeNs: span.startTimeNs,
          durationNs: span.durationNs,
          spanKind: kind === undefined ? "" : valueText(kind),
          hasError: false,
        });
        expect(encoded.isRoot).toBe(spanFacts(encoded).parentSpanId === undefined);
      }),
      { numRuns: 200 },
    );
  });

  it("sees an error in a bool or a text, not in other words", () => {
    const [span] = fc.sample(arbitrarySpan(), { numRuns: 1, seed: 3 });
    if (span === undefined) throw new Error("no sample");
    const hasError = (tag: (typeof span.tags)[number]) => spanFacts(encodeOne({ ...span, tags: [tag] })).hasError;
    expect(hasError({ key: "error", type: "bool", value: true })).toBe(true);
    expect(hasError({ key: "error", type: "string", value: "true" })).toBe(true);
    expect(hasError({ key: "error", type: "bool", value: false })).toBe(false);
    expect(hasError({ key: "errors", type: "bool", value: true })).toBe(false);
  });

  it("reads one span after another with one header", () => {
    const header = new SpanHeader();
    const [first, second] = fc.sample(arbitrarySpan(), { numRuns: 2, seed: 4 });
    if (first === undefined || second === undefined) throw new Error("no sample");
    expect(header.read(encodeOne({ ...first, references: [], operationName: "one" })).operationName).toBe("one");
    expect(header.read(encodeOne({ ...second, operationName: "" })).operationName).toBe("");
    expect(header.spanId).toBe(second.spanId);
  });
});

describe("the key-value cursor", () => {
  const cursor = new KeyValueCursor();
  const read = () => {
    const seen: unknown[] = [];
    while (cursor.next()) seen.push([cursor.inLog, cursor.keyValue(), cursor.valueText()]);
    return seen;
  };

  it("visits tags and log fields in their order, with their values as v1 writes them", () => {
    fc.assert(
      fc.property(arbitrarySpan(), (span) => {
        const tags = span.tags.map((tag) => [false, tag, valueText(tag)]);
        const fields = span.logs.flatMap((log) => log.fields).map((tag) => [true, tag, valueText(tag)]);
        const encoded = encodeOne(span);
        cursor.openSpan(encoded, true);
        expect(read()).toEqual([...tags, ...fields]);
        cursor.openSpan(encoded, false);
        expect(read()).toEqual(tags);
        cursor.openProcess(encodeProcess(span.process));
        expect(read()).toEqual(span.process.tags.map((tag) => [false, tag, valueText(tag)]));
      }),
      { numRuns: 100 },
    );
  });

  it("compares keys and text values as bytes", () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    const process = { serviceName: "", tags: [{ key: "größe", type: "string", value: "L" }] } as const;
    cursor.openProcess(encodeProcess(process));
    expect(cursor.next()).toBe(true);
    expect([cursor.hasKey(bytes("größe")), cursor.hasKey(bytes("größ"))]).toEqual([true, false]);
    expect([cursor.hasStringValue(bytes("L")), cursor.hasStringValue(bytes("M"))]).toEqual([true, false]);
  });
});
