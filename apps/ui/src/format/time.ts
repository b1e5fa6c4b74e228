/** Where a time is shown: in the zone of the browser, or in UTC. */
export type Zone = "local" | "utc";

const pad = (value: number, width = 2): string => String(value).padStart(width, "0");

interface Parts {
  readonly date: string;
  readonly clock: string;
  readonly millis: string;
}

function parts(timeUs: number, zone: Zone): Parts | undefined {
  const date = new Date(timeUs / 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  if (zone === "utc") {
    return {
      date: `${date.getUTCFullYear()}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`,
      clock: `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`,
      millis: pad(date.getUTCMilliseconds(), 3),
    };
  }
  return {
    date: `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`,
    clock: `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`,
    millis: pad(date.getMilliseconds(), 3),
  };
}

/** `2026-11-24 08:37:00.123`; the epoch time in microseconds. */
export function formatTime(timeUs: number, zone: Zone): string {
  const p = parts(timeUs, zone);
  return p === undefined ? "unknown time" : `${p.date} ${p.clock}.${p.millis}`;
}

/** `08:37:00` for an axis, with the date when `spanUs` (what the axis covers) is longer than a day. */
export function formatAxisTime(timeUs: number, spanUs: number, zone: Zone): string {
  const p = parts(timeUs, zone);
  if (p === undefined) return "";
  if (spanUs > 86_400e6) return `${p.date.slice(5)} ${p.clock.slice(0, 5)}`;
  if (spanUs < 10e6) return `${p.clock}.${p.millis}`;
  return spanUs > 600e6 ? p.clock.slice(0, 5) : p.clock;
}

/** How long ago: `12 s ago`, `3 m ago`, `2 h ago`, `4 d ago`; a time ahead of the clock is `in 3 m`. */
export function formatAge(timeUs: number, nowUs: number): string {
  const seconds = Math.round((nowUs - timeUs) / 1e6);
  const distance = Math.abs(seconds);
  const text =
    distance < 60
      ? `${distance} s`
      : distance < 3600
        ? `${Math.floor(distance / 60)} m`
        : distance < 172_800
          ? `${Math.floor(distance / 3600)} h`
          : `${Math.floor(distance / 86_400)} d`;
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}

/** The value of an `<input type="datetime-local">` for a time, and back; seconds are kept. */
export function toInputTime(timeUs: number, zone: Zone): string {
  const p = parts(timeUs, zone);
  return p === undefined ? "" : `${p.date}T${p.clock}`;
}

/** Microseconds since the epoch, or undefined when the text is no date and time. */
export function fromInputTime(text: string, zone: Zone): number | undefined {
  const millis = Date.parse(zone === "utc" ? `${text}Z` : text);
  return Number.isNaN(millis) ? undefined : millis * 1000;
}
