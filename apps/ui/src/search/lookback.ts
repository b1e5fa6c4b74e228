/** Time ranges back from now, as v1's form offers them; the value is what stands in the URL. */
export const LOOKBACKS = [
  { value: "5m", label: "Last 5 minutes" },
  { value: "15m", label: "Last 15 minutes" },
  { value: "30m", label: "Last 30 minutes" },
  { value: "1h", label: "Last hour" },
  { value: "2h", label: "Last 2 hours" },
  { value: "3h", label: "Last 3 hours" },
  { value: "6h", label: "Last 6 hours" },
  { value: "12h", label: "Last 12 hours" },
  { value: "24h", label: "Last 24 hours" },
  { value: "2d", label: "Last 2 days" },
  { value: "3d", label: "Last 3 days" },
  { value: "5d", label: "Last 5 days" },
  { value: "7d", label: "Last 7 days" },
  { value: "2w", label: "Last 2 weeks" },
  { value: "3w", label: "Last 3 weeks" },
  { value: "4w", label: "Last 4 weeks" },
] as const;

const UNIT_US: Readonly<Record<string, number>> = { m: 60e6, h: 3600e6, d: 86_400e6, w: 604_800e6 };

/** Microseconds of `1h`, `2d`, …; undefined for `custom` and for text that is no lookback. */
export function lookbackUs(value: string): number | undefined {
  const match = /^(\d{1,5})([mhdw])$/.exec(value);
  if (match === null) return undefined;
  const [, amount = "", unit = ""] = match;
  return Number(amount) * (UNIT_US[unit] ?? 0);
}

/** The offered ranges up to the configured longest one. */
export function offeredLookbacks(maxLookback: string): readonly (typeof LOOKBACKS)[number][] {
  const maxUs = lookbackUs(maxLookback) ?? Number.POSITIVE_INFINITY;
  return LOOKBACKS.filter((lookback) => (lookbackUs(lookback.value) ?? 0) <= maxUs);
}
