const SECOND = 1_000_000_000n;
const UNIT_NS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: SECOND,
  m: 60n * SECOND,
  h: 3600n * SECOND,
};
const PART = /(?:(\d+)(?:\.(\d*))?|\.(\d+))(ns|us|µs|μs|ms|s|m|h)/y;
/** `time.Duration` is an int64. */
const MAX_NS = 2n ** 63n - 1n;
/** Longer ones are no durations, and would cost time. */
const MAX_LENGTH = 100;

/** Nanoseconds of a duration as Go's `time.ParseDuration` reads it: `1m30s`, `250ms`, `.5h`, `0`; `undefined` when it is none. */
export function parseGoDuration(text: string): bigint | undefined {
  const isNegative = text.startsWith("-");
  const body = text.replace(/^[-+]/, "");
  if (body === "0") return 0n;
  if (body === "" || body.length > MAX_LENGTH) return undefined;
  let totalNs = 0n;
  PART.lastIndex = 0;
  while (PART.lastIndex < body.length) {
    const match = PART.exec(body);
    if (match === null) return undefined;
    const [, whole = "0", fraction = "", bareFraction = "", unit = "ns"] = match;
    const digits = fraction + bareFraction;
    const unitNs = UNIT_NS[unit] ?? 1n;
    // What is left of a nanosecond is cut off, as Go does.
    totalNs += BigInt(whole) * unitNs + (digits === "" ? 0n : (BigInt(digits) * unitNs) / 10n ** BigInt(digits.length));
  }
  if (totalNs > MAX_NS) return undefined;
  return isNegative ? -totalNs : totalNs;
}

/** A duration as Go's `time.Duration.String` writes it: `1h2m3.5s`, `90ms`, `-1.497s`, `250ns`, `0s`. */
export function formatGoDuration(durationNs: bigint): string {
  const sign = durationNs < 0n ? "-" : "";
  const size = durationNs < 0n ? -durationNs : durationNs;
  if (size === 0n) return "0s";
  if (size < 1000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 1000n)}µs`;
  if (size < SECOND) return `${sign}${decimal(size, 1_000_000n)}ms`;
  const hours = size / (3600n * SECOND);
  const minutes = (size / (60n * SECOND)) % 60n;
  const seconds = `${decimal(size % (60n * SECOND), SECOND)}s`;
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${sign}${minutes}m${seconds}` : sign + seconds;
}

/** `value / unit` exactly, without trailing zeros. */
function decimal(value: bigint, unit: bigint): string {
  const digits = unit.toString().length - 1;
  const fraction = (value % unit).toString().padStart(digits, "0").replace(/0+$/, "");
  const whole = (value / unit).toString();
  return fraction === "" ? whole : `${whole}.${fraction}`;
}
