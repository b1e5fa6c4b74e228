import { SpanWireError } from "./errors.ts";
import type { WireWriter } from "./writer.ts";

const BILLION = 1_000_000_000n;
/** 0001-01-01 and 10000-01-01, in seconds since the epoch: the range of `google.protobuf.Timestamp`. */
const MIN_TIMESTAMP_SECONDS = -62_135_596_800;
const END_TIMESTAMP_SECONDS = 253_402_300_800;
const MAX_DURATION_SECONDS = 315_576_000_000;

/** What Go holds when a message has no timestamp: the first second of year 1. */
export const NO_TIME_SECONDS = MIN_TIMESTAMP_SECONDS;

/** Refuses what Go's `StdTimeUnmarshal` refuses, in its words. */
export function checkTimestamp(seconds: number, nanos: number): void {
  if (seconds < MIN_TIMESTAMP_SECONDS) throw badTimestamp(seconds, nanos, " before 0001-01-01");
  if (seconds >= END_TIMESTAMP_SECONDS) throw badTimestamp(seconds, nanos, " after 10000-01-01");
  if (nanos < 0 || nanos >= 1e9) throw badTimestamp(seconds, nanos, ": nanos not in range [0, 1e9)");
}

/** Refuses what Go's `StdDurationUnmarshal` refuses, in its words; `time.Duration` holds 64 bits of nanoseconds. */
export function checkDuration(seconds: number, nanos: number): void {
  if (seconds < -MAX_DURATION_SECONDS || seconds > MAX_DURATION_SECONDS) {
    throw badDuration(seconds, nanos, ": seconds out of range");
  }
  if (nanos <= -1e9 || nanos >= 1e9) throw badDuration(seconds, nanos, ": nanos out of range");
  if ((seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0)) {
    throw badDuration(seconds, nanos, ": seconds and nanos have different signs");
  }
  const whole = Math.abs(seconds);
  const rest = Math.abs(nanos);
  const most = seconds < 0 ? 854_775_808 : 854_775_807;
  if (whole > 9_223_372_036 || (whole === 9_223_372_036 && rest > most)) {
    throw badDuration(seconds, nanos, " is out of range for time.Duration");
  }
}

function badTimestamp(seconds: number, nanos: number, problem: string): SpanWireError {
  const value = `&types.Timestamp{Seconds: ${BigInt(seconds)},\nNanos: ${nanos},\n}`;
  return new SpanWireError("INVALID_TIME", `timestamp: ${value}${problem}`);
}

function badDuration(seconds: number, nanos: number, problem: string): SpanWireError {
  const value = `&types.Duration{Seconds: ${BigInt(seconds)},\nNanos: ${nanos},\n}`;
  return new SpanWireError("INVALID_TIME", `duration: ${value}${problem}`);
}

/** Writes a field that is a Timestamp or a Duration: whole seconds (a safe integer) and nanoseconds. */
export function writeSecondsNanos(writer: WireWriter, field: number, seconds: number, nanos: number): void {
  const mark = writer.begin(field);
  if (seconds !== 0) {
    writer.tag(1, 0);
    writer.varint64(seconds, Math.floor(seconds / 4294967296));
  }
  if (nanos !== 0) {
    writer.tag(2, 0);
    writer.varint64(nanos, nanos < 0 ? -1 : 0);
  }
  writer.end(mark);
}

/** Writes a Timestamp field. A time outside years 1 to 9999 is `INVALID_TIME`. */
export function writeTimestampNs(writer: WireWriter, field: number, timeNs: bigint): void {
  let seconds = timeNs / BILLION;
  let nanos = timeNs % BILLION;
  if (nanos < 0n) {
    seconds -= 1n;
    nanos += BILLION;
  }
  checkTimestamp(Number(seconds), Number(nanos));
  writeSecondsNanos(writer, field, Number(seconds), Number(nanos));
}

/** Writes a Duration field; seconds and nanoseconds have the same sign. Beyond 64 bits is `INVALID_TIME`. */
export function writeDurationNs(writer: WireWriter, field: number, durationNs: bigint): void {
  const seconds = Number(durationNs / BILLION);
  const nanos = Number(durationNs % BILLION);
  checkDuration(seconds, nanos);
  writeSecondsNanos(writer, field, seconds, nanos);
}

/**
 * Writes a Timestamp field from a signed 64-bit count of units since the epoch, given as two 32-bit halves, without
 * bigints: `unitsPerSecond` is 1e9 for nanoseconds, 1e6 for microseconds. Unlike Go's years it always fits for
 * nanoseconds; microseconds beyond year 9999 are `INVALID_TIME`.
 */
export function writeTimestampUnits(
  writer: WireWriter,
  field: number,
  low: number,
  high: number,
  unitsPerSecond: number,
): void {
  divide(low, high, unitsPerSecond);
  let seconds = quotient;
  let rest = remainder;
  if (rest < 0) {
    seconds--;
    rest += unitsPerSecond;
  }
  const nanos = rest * (1e9 / unitsPerSecond);
  checkTimestamp(seconds, nanos);
  writeSecondsNanos(writer, field, seconds, nanos);
}

/** Like {@link writeTimestampUnits} for a Duration field, rounded towards zero; beyond 64 bits of nanoseconds is `INVALID_TIME`. */
export function writeDurationUnits(
  writer: WireWriter,
  field: number,
  low: number,
  high: number,
  unitsPerSecond: number,
): void {
  divide(low, high, unitsPerSecond);
  const nanos = remainder * (1e9 / unitsPerSecond);
  checkDuration(quotient, nanos);
  writeSecondsNanos(writer, field, quotient, nanos);
}

let quotient = 0;
let remainder = 0;

/** Divides a signed 64-bit integer (two halves), truncating: long division in base 2^16, exact in doubles. */
function divide(low: number, high: number, divisor: number): void {
  const negative = high < 0 || high > 0x7fffffff;
  let lo = low >>> 0;
  let hi = high >>> 0;
  if (negative) {
    lo = (~lo + 1) >>> 0;
    hi = (~hi + (lo === 0 ? 1 : 0)) >>> 0;
  }
  const first = Math.floor(hi / divisor);
  const middle = (hi - first * divisor) * 65536 + (lo >>> 16);
  const second = Math.floor(middle / divisor);
  const last = (middle - second * divisor) * 65536 + (lo & 0xffff);
  const third = Math.floor(last / divisor);
  const whole = first * 4294967296 + second * 65536 + third;
  const rest = last - third * divisor;
  // `+ 0` turns -0 into 0.
  quotient = negative ? -whole + 0 : whole;
  remainder = negative ? -rest + 0 : rest;
}
