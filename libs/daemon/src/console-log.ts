import type { DestinationStream } from "pino";
import { formatHostPort, type HostPort } from "./host-port.ts";

const COLOURS: Readonly<Record<string, string>> = {
  debug: "\u001b[35m",
  info: "\u001b[34m",
  warn: "\u001b[33m",
  error: "\u001b[31m",
  fatal: "\u001b[31m",
};
const DIM = "\u001b[2m";
const RESET = "\u001b[0m";

/** Turns JSON log lines into lines for people: time, level, message, then the other fields. */
export function consoleStream(target: DestinationStream, colours = process.stderr.isTTY === true): DestinationStream {
  return { write: (line: string) => target.write(consoleLine(line, colours)) };
}

export function consoleLine(line: string, colours: boolean): string {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const { level, ts, msg, ...rest } = fields;
  const time = new Date(Number(ts) * 1000).toISOString().slice(11, 23);
  const name = String(level).toUpperCase().padEnd(5);
  const extra = Object.entries(rest)
    .map(([key, value]) => `${key}=${valueText(value)}`)
    .join(" ");
  if (!colours) return `${time} ${name} ${String(msg ?? "")}${extra === "" ? "" : `  ${extra}`}\n`;
  const painted = `${COLOURS[String(level)] ?? ""}${name}${RESET}`;
  return `${DIM}${time}${RESET} ${painted} ${String(msg ?? "")}${extra === "" ? "" : `  ${DIM}${extra}${RESET}`}\n`;
}

function valueText(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  const { host, port } = (value ?? {}) as Partial<HostPort>;
  return typeof host === "string" && typeof port === "number" ? formatHostPort({ host, port }) : JSON.stringify(value);
}

function quoted(text: string): string {
  return /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}
