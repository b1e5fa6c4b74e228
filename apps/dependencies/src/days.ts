import { DaemonError } from "@spoor/daemon";

export const DAY_MS = 86_400_000;
const MOST_DAYS = 3660;

/**
 * The UTC days that are asked for, as the times at which they begin: one date, or the first and the last of several. Without a date, that of
 * `DATE`, else today.
 */
export function daysOf(words: readonly string[], date: string, nowMs: number): readonly number[] {
  const [firstWord = date, lastWord = firstWord] = words;
  if (firstWord === "") return [Math.floor(nowMs / DAY_MS) * DAY_MS];
  const first = dayOf(firstWord);
  const last = dayOf(lastWord);
  if (last < first) throw invalid(`${lastWord} is before ${firstWord}`);
  const count = (last - first) / DAY_MS + 1;
  if (count > MOST_DAYS) throw invalid(`${count} days are too many: ${MOST_DAYS} at a time`);
  return Array.from({ length: count }, (_, i) => first + i * DAY_MS);
}

/** `2026-11-24`. */
export function dayText(dayMs: number): string {
  return new Date(dayMs).toISOString().slice(0, 10);
}

function dayOf(text: string): number {
  const timeMs = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // JavaScript takes 30 February for 2 March.
  if (Number.isNaN(timeMs) || dayText(timeMs) !== text) throw invalid(`"${text}" is no date such as 2026-11-24`);
  return timeMs;
}

function invalid(message: string): DaemonError {
  return new DaemonError("INVALID_VALUE", message);
}
