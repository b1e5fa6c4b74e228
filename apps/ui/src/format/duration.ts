const UNITS = [
  { name: "d", us: 86_400e6 },
  { name: "h", us: 3_600e6 },
  { name: "m", us: 60e6 },
  { name: "s", us: 1e6 },
  { name: "ms", us: 1e3 },
] as const;

/** A duration in microseconds as people read it: three significant digits and the natural unit, `1.24 ms`, `2 m 5 s`. */
export function formatDuration(durationUs: number): string {
  if (!Number.isFinite(durationUs)) return "?";
  if (durationUs < 0) return `−${formatDuration(-durationUs)}`;
  if (durationUs >= 59.995e6) return formatLong(durationUs);
  if (durationUs >= 999_500) return `${significant(durationUs / 1e6)} s`;
  if (durationUs >= 999.5) return `${significant(durationUs / 1e3)} ms`;
  return `${significant(durationUs)} µs`;
}

function formatLong(durationUs: number): string {
  let first = UNITS.findIndex((unit) => unit.name !== "s" && unit.name !== "ms" && durationUs >= unit.us);
  if (first === -1) first = 2;
  // Round to the smaller of the two units first, so that 59.9 minutes do not become "0 h 60 m".
  const large = UNITS[first];
  const small = UNITS[first + 1];
  if (large === undefined || small === undefined) return `${durationUs} µs`;
  const whole = Math.round(durationUs / small.us);
  const perLarge = large.us / small.us;
  const bigger = UNITS[first - 1];
  if (bigger !== undefined && whole * small.us >= bigger.us) return formatLong(whole * small.us);
  const rest = whole % perLarge;
  const head = `${Math.floor(whole / perLarge)} ${large.name}`;
  return rest === 0 ? head : `${head} ${rest} ${small.name}`;
}

/** Three significant digits without trailing zeros. */
export function significant(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return String(Number(value.toFixed(Math.min(digits, 6))));
}

/** A duration for an axis whose neighbouring ticks are `stepUs` apart: one unit for all, as many digits as tell them apart. */
export function formatTick(valueUs: number, stepUs: number, maxUs: number): string {
  const magnitude = Math.max(Math.abs(maxUs), stepUs);
  const [unitUs, name] = magnitude >= 1e6 ? [1e6, "s"] : magnitude >= 1e3 ? [1e3, "ms"] : [1, "µs"];
  const step = stepUs / unitUs;
  let digits = 0;
  while (digits < 6 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits++;
  return `${Number((valueUs / unitUs).toFixed(digits))} ${name}`;
}

const INPUT_UNITS: Readonly<Record<string, number>> = {
  ns: 1e-3,
  us: 1,
  µs: 1,
  μs: 1,
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3600e6,
};

/**
 * Parses a duration as the query API takes it (Go's syntax: `100ms`, `1.5s`, `2h45m`).
 * Returns microseconds, or undefined when the text is not a duration.
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)(?:(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))*$/.test(trimmed)) {
    return undefined;
  }
  let total = 0;
  for (const [, amount = "", unit = ""] of trimmed.matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(amount) * (INPUT_UNITS[unit] ?? 0);
  }
  return total;
}
