import { goQuoteTime } from "@spoor/go-text";
import { invalidParameter, type QueryApiError } from "../errors.ts";

const LAYOUT = "2006-01-02T15:04:05.999999999Z07:00";

interface Part {
  readonly layout: string;
  readonly pattern: RegExp;
  readonly name?: string;
  readonly min?: number;
  readonly max?: number;
}

const PARTS: readonly Part[] = [
  { layout: "2006", pattern: /^[0-9]{4}/ },
  { layout: "-", pattern: /^-/ },
  { layout: "01", pattern: /^[0-9]{2}/, name: "month", min: 1, max: 12 },
  { layout: "-", pattern: /^-/ },
  { layout: "02", pattern: /^[0-9]{2}/ },
  { layout: "T", pattern: /^T/ },
  { layout: "15", pattern: /^[0-9]{2}/, name: "hour", min: 0, max: 23 },
  { layout: ":", pattern: /^:/ },
  { layout: "04", pattern: /^[0-9]{2}/, name: "minute", min: 0, max: 59 },
  { layout: ":", pattern: /^:/ },
  { layout: "05", pattern: /^[0-9]{2}/, name: "second", min: 0, max: 59 },
];

/** Go's `time.Parse(time.RFC3339Nano, text)`: nanoseconds since the epoch; errors carry Go's text. */
export function parseRfc3339(text: string): bigint {
  let rest = text;
  const values: number[] = [];
  for (const part of PARTS) {
    const found = part.pattern.exec(rest)?.[0];
    if (found === undefined) throw cannotParse(text, rest, part.layout);
    const value = Number(found);
    if (part.name !== undefined && (value < (part.min ?? 0) || value > (part.max ?? 0)))
      throw outOfRange(text, part.name);
    if (!Number.isNaN(value) && part.layout.length > 1) values.push(value);
    rest = rest.slice(found.length);
  }
  const fraction = /^[.,]([0-9]+)/.exec(rest);
  if (fraction) rest = rest.slice(fraction[0].length);
  const nanos = BigInt((fraction?.[1] ?? "").slice(0, 9).padEnd(9, "0"));
  const zone = /^(?:Z|([+-])([0-9]{2}):([0-9]{2}))/.exec(rest);
  if (!zone) throw cannotParse(text, rest, "Z07:00");
  rest = rest.slice(zone[0].length);
  if (rest !== "") throw fail(text, `: extra text: ${goQuoteTime(rest)}`);
  const [zoneHours, zoneMinutes] = [Number(zone[2] ?? 0), Number(zone[3] ?? 0)];
  if (zoneHours > 24) throw outOfRange(text, "time zone offset hour");
  if (zoneMinutes > 60) throw outOfRange(text, "time zone offset minute");
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = values;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  if (day < 1 || date.getUTCDate() !== day) throw outOfRange(text, "day");
  const offsetMs = (zone[1] === "-" ? -1 : 1) * (zoneHours * 60 + zoneMinutes) * 60_000;
  return BigInt(date.getTime() - offsetMs) * 1_000_000n + nanos;
}

function cannotParse(text: string, rest: string, element: string): QueryApiError {
  return invalidParameter(
    `parsing time ${goQuoteTime(text)} as ${goQuoteTime(LAYOUT)}: cannot parse ${goQuoteTime(rest)} as ${goQuoteTime(element)}`,
  );
}

function outOfRange(text: string, name: string): QueryApiError {
  return fail(text, `: ${name} out of range`);
}

function fail(text: string, reason: string): QueryApiError {
  return invalidParameter(`parsing time ${goQuoteTime(text)}${reason}`);
}
