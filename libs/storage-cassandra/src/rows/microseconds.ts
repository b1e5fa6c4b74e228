import type { CqlWriter } from "./cql-writer.ts";

/** As many seconds are whole microseconds in a double. */
const EXACT_SECONDS = 9_000_000_000;
const TWO_32 = 4_294_967_296;

/** Microseconds of a time or duration, cut towards zero as in v1; `undefined` where a double does not hold them exactly. */
export function exactMicroseconds(seconds: number, nanos: number): number | undefined {
  if (seconds < 0 || nanos < 0 || seconds > EXACT_SECONDS) return undefined;
  return seconds * 1e6 + Math.floor(nanos / 1000);
}

export function bigMicroseconds(seconds: number, nanos: number): bigint {
  return (BigInt(seconds) * 1_000_000_000n + BigInt(nanos)) / 1000n;
}

export function writeMicroseconds(writer: CqlWriter, seconds: number, nanos: number): void {
  const exact = exactMicroseconds(seconds, nanos);
  if (exact === undefined) writer.bigint(bigMicroseconds(seconds, nanos));
  else writer.int64(Math.floor(exact / TWO_32), exact | 0);
}
