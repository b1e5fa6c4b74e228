import { goJsonFloat } from "@spoor/go-text";

/** A double; JSON has no NaN and no infinities, which become the strings that protobuf's JSON mapping uses. */
export function jsonFloat64(value: number): string {
  return Number.isFinite(value) ? goJsonFloat(value) : `"${value}"`;
}

/**
 * Nanoseconds to microseconds as v1 shows a time or duration: cut towards zero, negative ones wrapped to uint64. Times outside
 * 1678 to 2262 do not fit Go's 64-bit nanoseconds and wrap as well (a span without a start time is one).
 */
export function jsonMicroseconds(ns: bigint): string {
  const us = BigInt.asIntN(64, ns) / 1000n;
  return us < 0n ? BigInt.asUintN(64, us).toString() : us.toString();
}
