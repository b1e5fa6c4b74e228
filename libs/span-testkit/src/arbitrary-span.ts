import type { KeyValue, Log, Process, Span, SpanReference } from "@spoor/span-model";
import fc from "fast-check";

const MIN_TIME_NS = -62_135_596_800n * 1_000_000_000n;
const MAX_TIME_NS = 253_402_300_800n * 1_000_000_000n - 1n;

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.constantFrom("", "span.kind", "http.method", "grüße 世界 🌍"),
  fc.string({ minLength: 120, maxLength: 400 }),
);
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -300n, max: 300n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 0n, 2n ** 53n, -(2n ** 32n)),
);
// Go's writer cannot tell -0 from 0, and a NaN has many bit patterns.
const float64 = fc.double({ noNaN: true }).map((value) => (value === 0 ? 0 : value));

export function arbitraryTimeNs(): fc.Arbitrary<bigint> {
  return fc.oneof(
    fc.bigInt({ min: MIN_TIME_NS, max: MAX_TIME_NS }),
    fc.constantFrom(0n, -1n, 1n, MIN_TIME_NS, MAX_TIME_NS, 1_795_423_020_123_456_789n),
  );
}

export function arbitraryKeyValue(): fc.Arbitrary<KeyValue> {
  return fc.oneof(
    fc.record({ key: text, type: fc.constant("string" as const), value: text }),
    fc.record({ key: text, type: fc.constant("bool" as const), value: fc.boolean() }),
    fc.record({ key: text, type: fc.constant("int64" as const), value: int64 }),
    fc.record({ key: text, type: fc.constant("float64" as const), value: float64 }),
    fc.record({ key: text, type: fc.constant("binary" as const), value: fc.uint8Array({ maxLength: 300 }) }),
  );
}

export function arbitraryProcess(): fc.Arbitrary<Process> {
  return fc.record({ serviceName: text, tags: fc.array(arbitraryKeyValue(), { maxLength: 4 }) });
}

const hex = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes).toString("hex"));
const traceId = fc.oneof(hex(16), fc.constantFrom("0".repeat(32), "0".repeat(31).concat("7"), "f".repeat(32)));
const spanId = fc.oneof(hex(8), fc.constantFrom("0".repeat(16), "f".repeat(16)));

/** Spans as any client could send them: extreme numbers, odd texts, references into the own and other traces. */
export function arbitrarySpan(process: fc.Arbitrary<Process> = arbitraryProcess()): fc.Arbitrary<Span> {
  return traceId.chain((own) => {
    const reference: fc.Arbitrary<SpanReference> = fc.record({
      type: fc.constantFrom("CHILD_OF" as const, "FOLLOWS_FROM" as const),
      traceId: fc.oneof(fc.constant(own), traceId),
      spanId,
    });
    const log: fc.Arbitrary<Log> = fc.record({
      timestampNs: arbitraryTimeNs(),
      fields: fc.array(arbitraryKeyValue(), { maxLength: 4 }),
    });
    return fc.record({
      traceId: fc.constant(own),
      spanId,
      operationName: text,
      references: fc.array(reference, { maxLength: 4 }),
      flags: fc.oneof(fc.nat(15), fc.constant(0xffffffff)),
      startTimeNs: arbitraryTimeNs(),
      durationNs: int64,
      tags: fc.array(arbitraryKeyValue(), { maxLength: 8 }),
      logs: fc.array(log, { maxLength: 3 }),
      process,
      warnings: fc.array(text, { maxLength: 2 }),
    });
  });
}
