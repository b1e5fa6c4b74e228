const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** Timers of near lengths share one, so that a deadline a call costs no timer list a call. */
const STEP_MS = 100;
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Milliseconds of a `grpc-timeout` value, rounded up to a tenth of a second: the client keeps its own time, ours only
 * ends work nobody waits for. A string is grpc-go's word for what is wrong with the value.
 */
export function parseGrpcTimeout(value: string): number | string {
  if (value.length < 2) return `transport: timeout string is too short: ${JSON.stringify(value)}`;
  if (value.length > 9) return `transport: timeout string is too long: ${JSON.stringify(value)}`;
  const unit = UNIT_MS[value.slice(-1)];
  if (unit === undefined) return `transport: timeout unit is not recognized: ${JSON.stringify(value)}`;
  const digits = value.slice(0, -1);
  if (!/^[0-9]+$/.test(digits)) return `strconv.ParseUint: parsing ${JSON.stringify(digits)}: invalid syntax`;
  return Math.min(LONGEST_MS, Math.ceil((Number(digits) * unit) / STEP_MS) * STEP_MS);
}
