const SECOND = 1_000_000_000n;

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
