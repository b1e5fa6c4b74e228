import type { WireWriter } from "@spoor/span-wire";

/** Field numbers of OTLP's Span. */
export const SPAN = {
  traceId: 1,
  spanId: 2,
  traceState: 3,
  parentSpanId: 4,
  name: 5,
  kind: 6,
  startTime: 7,
  endTime: 8,
  attributes: 9,
  events: 11,
  links: 13,
  status: 15,
} as const;

/** Numbers of OTLP's SpanKind. */
export const KIND = { unspecified: 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;

/** Numbers of OTLP's StatusCode. */
export const STATUS = { unset: 0, ok: 1, error: 2 } as const;

/** The attribute OpenTelemetry's Zipkin translator marks a span with that has no start. */
export const START_TIME_ABSENT = "otel.zipkin.absentField.startTime";

/** Microseconds: a safe integer, or a bigint that is taken modulo 2^64. */
export type Micros = number | bigint;

/** A fixed64 field of nanoseconds. */
export function writeNanos(out: WireWriter, field: number, micros: Micros): void {
  out.tag(field, 1);
  out.reserve(8);
  if (typeof micros === "bigint") {
    out.buffer.writeBigUInt64LE(BigInt.asUintN(64, micros * 1000n), out.position);
  } else {
    const product = (micros % 4294967296) * 1000;
    const low = product % 4294967296;
    const high = Math.floor(micros / 4294967296) * 1000 + Math.floor(product / 4294967296);
    out.buffer.writeUInt32LE(low, out.position);
    out.buffer.writeUInt32LE(high % 4294967296, out.position + 4);
  }
  out.position += 8;
}

export function addMicros(a: Micros, b: Micros): Micros {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (sum >= 0 && Number.isSafeInteger(sum)) return sum;
  }
  return BigInt(a) + BigInt(b);
}

/** A bytes field from hex digits, two a byte. */
export function writeHex(out: WireWriter, field: number, hex: string): void {
  const size = hex.length >> 1;
  out.tag(field, 2);
  out.varint32(size);
  out.reserve(size);
  const { buffer } = out;
  let at = out.position;
  for (let i = 0; i < hex.length; i += 2) {
    buffer[at++] = (digit(hex.charCodeAt(i)) << 4) | digit(hex.charCodeAt(i + 1));
  }
  out.position = at;
}

/** The value of a hex digit in either case. */
function digit(code: number): number {
  return code <= 0x39 ? code - 0x30 : (code | 0x20) - 0x57;
}

/** A varint field; zero is left out. */
export function writeNumber(out: WireWriter, field: number, value: number): void {
  if (value === 0) return;
  out.tag(field, 0);
  out.varint32(value);
}

export function writeStatus(out: WireWriter, code: number, message: string): void {
  if (code === STATUS.unset && message === "") return;
  const mark = out.begin(SPAN.status);
  if (message !== "") out.stringField(2, message);
  writeNumber(out, 3, code);
  out.end(mark);
}
