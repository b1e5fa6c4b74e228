const SAFE_SECONDS = 9_000_000_000;

/**
 * Whole microseconds as JSON, rounded down; what is below zero becomes zero: v1 keeps times and durations as unsigned numbers, and its
 * readers fail on a minus sign.
 */
export function microsText(seconds: number, nanos: number): string {
  if (seconds < 0 || nanos < 0) return "0";
  if (seconds < SAFE_SECONDS) return String(seconds * 1_000_000 + Math.floor(nanos / 1000));
  return String(BigInt(seconds) * 1_000_000n + BigInt(Math.floor(nanos / 1000)));
}

export function millisText(seconds: number, nanos: number): string {
  if (seconds < 0) return "0";
  // Years up to 9999 fit a double.
  return String(seconds * 1000 + Math.floor(nanos / 1_000_000));
}
