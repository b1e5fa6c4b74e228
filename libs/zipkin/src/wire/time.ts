import { type WireWriter, writeDurationNs, writeSecondsNanos, writeTimestampNs } from "@spoor/span-wire";

/** Microseconds: a safe integer, or a bigint that is taken modulo 2^64. */
export type Micros = number | bigint;

const START_TIME = 6;
const DURATION = 7;
const LOG_TIMESTAMP = 1;

/** Nanoseconds as v1 has them: in 64 signed bits, whatever is lost. */
function toNanos(micros: Micros): bigint {
  return BigInt.asIntN(64, BigInt(micros) * 1000n);
}

/** Start and duration of a span that ends `durationUs` after `startUs`. */
export function writeStartAndDuration(out: WireWriter, startUs: Micros, durationUs: Micros): void {
  if (typeof startUs === "number" && typeof durationUs === "number" && durationUs >= 0) {
    // A safe integer of microseconds has less than 2^63 nanoseconds.
    if (startUs >= 0 && startUs + durationUs <= Number.MAX_SAFE_INTEGER) {
      writeMicros(out, START_TIME, startUs);
      writeMicros(out, DURATION, durationUs);
      return;
    }
  }
  writeStartAndEnd(out, startUs, BigInt(startUs) + BigInt(durationUs));
}

/** Start and duration of a span; the duration stops at the ends of 64 bits, as Go's `Time.Sub`. */
export function writeStartAndEnd(out: WireWriter, startUs: Micros, endUs: Micros): void {
  const startNs = toNanos(startUs);
  const durationNs = toNanos(endUs) - startNs;
  writeTimestampNs(out, START_TIME, startNs);
  writeDurationNs(out, DURATION, durationNs > MAX_NS ? MAX_NS : durationNs < MIN_NS ? MIN_NS : durationNs);
}

const MAX_NS = 2n ** 63n - 1n;
const MIN_NS = -(2n ** 63n);

export function writeLogTime(out: WireWriter, timeUs: Micros): void {
  if (typeof timeUs === "number" && timeUs >= 0) writeMicros(out, LOG_TIMESTAMP, timeUs);
  else writeTimestampNs(out, LOG_TIMESTAMP, toNanos(timeUs));
}

function writeMicros(out: WireWriter, field: number, micros: number): void {
  const seconds = Math.floor(micros / 1e6);
  writeSecondsNanos(out, field, seconds, (micros - seconds * 1e6) * 1000);
}
