import { readFileSync } from "node:fs";
import { mutate, seededRandom } from "@spoor/span-testkit";
import { describe, expect, it } from "vitest";
import { decodeSpan } from "./decode.ts";
import { EncodedProcess, EncodedSpan } from "./encoded-span.ts";
import { SpanWireError } from "./errors.ts";
import { readSpanId } from "./ids.ts";
import { KeyValueCursor } from "./key-value-cursor.ts";
import { scanPostSpansRequest, scanSpan } from "./scan.ts";
import { NO_FIELDS } from "./span-batch.ts";
import { SpanFields } from "./span-fields.ts";
import { SpanHeader, spanFacts } from "./span-header.ts";
import { oracleDecode } from "./testing/oracle.ts";
import { wholeSpan } from "./whole-span.ts";

const ROUNDS = 8_000;
const requests = JSON.parse(readFileSync(new URL("./fixtures/post-spans.json", import.meta.url), "utf8"))
  .map(({ request }: { readonly request: string }) => Buffer.from(request, "base64"))
  .filter((bytes: Uint8Array) => bytes.length < 4000);

function tolerant<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SpanWireError) return undefined;
    throw error;
  }
}

describe("damaged requests", () => {
  it("are refused with a SpanWireError or give spans that everything else can read", () => {
    const random = seededRandom(20_261_124);
    const cursor = new KeyValueCursor();
    const fields = new SpanFields();
    let survivors = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const damaged = mutate(requests[random(requests.length)], random);
      const spans = tolerant(() => scanPostSpansRequest(damaged)) ?? [];
      survivors += spans.length;
      for (const span of spans) {
        const decoded = decodeSpan(span);
        const facts = spanFacts(span);
        expect([facts.spanId, facts.operationName]).toEqual([decoded.spanId, decoded.operationName]);
        let keyValues = 0;
        for (cursor.openSpan(span, true); cursor.next(); ) keyValues++;
        expect(keyValues).toBe(decoded.tags.length + decoded.logs.reduce((sum, log) => sum + log.fields.length, 0));
        fields.read(span);
        expect([
          fields.flags,
          fields.tags.map((tag) => tag.keyValue()),
          fields.logs.map((log) => log.fields.map((field) => field.keyValue())),
          fields.references.length,
          fields.warnings.length,
          BigInt(fields.startSeconds) * 1_000_000_000n + BigInt(fields.startNanos),
          BigInt(fields.durationSeconds) * 1_000_000_000n + BigInt(fields.durationNanos),
        ]).toEqual([
          decoded.flags,
          decoded.tags,
          decoded.logs.map((log) => log.fields),
          decoded.references.length,
          decoded.warnings.length,
          decoded.startTimeNs,
          decoded.durationNs,
        ]);
        const whole = wholeSpan(span, NO_FIELDS);
        const again = scanSpan(whole);
        expect([again.buffer === whole, again.isRoot, again.flags]).toEqual([true, span.isRoot, span.flags]);
        // protobufjs refuses groups and invalid UTF-8 where v1 does not; what it reads, it reads alike.
        if (round % 20 === 0) {
          const oracle = oracleOf(whole);
          if (oracle !== undefined)
            expect([oracle.flags, oracle.tags]).toMatchObject([decoded.flags, { length: decoded.tags.length }]);
        }
      }
    }
    expect(survivors).toBeGreaterThan(500);
  });

  it("that no scanner saw make the readers throw a SpanWireError at worst", () => {
    const random = seededRandom(7);
    const header = new SpanHeader();
    const cursor = new KeyValueCursor();
    const process = new EncodedProcess(new Uint8Array(0), "");
    const fields = new SpanFields();
    let read = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = mutate(requests[random(requests.length)], random);
      const span = new EncodedSpan(bytes, 0, bytes.length, process, random(bytes.length + 1), 0, false);
      tolerant(() => decodeSpan(span));
      tolerant(() => [header.read(span).operationName, header.spanId, header.parentSpanId]);
      tolerant(() => fields.read(span).tags.map((tag) => tag.keyValue()));
      tolerant(() => readSpanId(span));
      tolerant(() => {
        for (cursor.openSpan(span, true); cursor.next(); ) read += cursor.valueText().length;
      });
    }
    expect(read).toBeGreaterThan(0);
  });
});

function oracleOf(whole: Uint8Array): Record<string, unknown> | undefined {
  try {
    return oracleDecode("Span", whole);
  } catch {
    return undefined;
  }
}
