import type { JsonBytes } from "@spoor/json-bytes";

const SAFE_SECONDS = 9_000_000_000;

/**
 * Writes whole microseconds, rounded down; what is below zero becomes zero: v1 keeps times and durations as unsigned numbers, and its
 * readers fail on a minus sign.
 */
export function writeMicros(json: JsonBytes, seconds: number, nanos: number): void {
  if (seconds < 0 || nanos < 0) json.uint(0);
  else if (seconds >= SAFE_SECONDS) json.text(String(BigInt(seconds) * 1_000_000n + BigInt(Math.floor(nanos / 1000))));
  else writeParts(json, seconds, Math.floor(nanos / 1000), 6);
}

export function writeMillis(json: JsonBytes, seconds: number, nanos: number): void {
  if (seconds < 0) json.uint(0);
  else writeParts(json, seconds, Math.floor(nanos / 1_000_000), 3);
}

/** Two numbers of up to 34 bits each are cheaper than one of 51. */
function writeParts(json: JsonBytes, seconds: number, fraction: number, digits: number): void {
  if (seconds === 0) json.uint(fraction);
  else {
    json.uint(seconds);
    json.uint(fraction, digits);
  }
}
