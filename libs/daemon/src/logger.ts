import { type DestinationStream, type Logger, type LoggerOptions, pino } from "pino";
import { consoleStream } from "./console-log.ts";
import { errorText } from "./error-text.ts";
import { DaemonError } from "./errors.ts";

export type { Logger } from "pino";

/** v1's level names (zap) and what they are here. */
const LEVELS: Readonly<Record<string, string>> = {
  debug: "debug",
  info: "info",
  warn: "warn",
  error: "error",
  dpanic: "fatal",
  panic: "fatal",
  fatal: "fatal",
};

export interface LogOptions {
  readonly level: string;
  readonly encoding: "json" | "console";
  /** Where lines go; standard error unless given. */
  readonly destination?: DestinationStream;
  /** In every line. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** pino's name of a level of v1. Throws `INVALID_VALUE`. */
export function pinoLevelOf(level: string): string {
  const pinoLevel = LEVELS[level.toLowerCase()];
  if (pinoLevel !== undefined) return pinoLevel;
  throw new DaemonError("INVALID_VALUE", `cannot create logger: unrecognized level: "${level}"`);
}

/**
 * A pino logger whose lines carry v1's keys: `level` as a word, `ts` in seconds, `msg`, and `error` as text.
 * Writes are synchronous, so that nothing is lost when the process ends.
 */
export function createLogger({ level, encoding, destination, fields }: LogOptions): Logger {
  const options: LoggerOptions = {
    level: pinoLevelOf(level),
    base: fields ?? null,
    timestamp: () => `,"ts":${Date.now() / 1000}`,
    formatters: {
      level: (label) => ({ level: label }),
      log: (fields) => ("err" in fields || "error" in fields ? withErrorText(fields) : fields),
    },
    // Errors are texts by now.
    serializers: { err: (value: unknown) => value },
  };
  const target = destination ?? pino.destination({ fd: 2, sync: true });
  return pino(options, encoding === "console" ? consoleStream(target) : target);
}

function withErrorText(fields: Record<string, unknown>): Record<string, unknown> {
  const { err, error, ...rest } = fields;
  const cause = error ?? err;
  return { ...rest, error: cause instanceof Error ? errorText(cause) : cause };
}
