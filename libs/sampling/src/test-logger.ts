import type { BaseLogger } from "pino";

/** A logger that remembers its lines as `level: text`. For tests. */
export function recordingLogger(): { readonly logger: BaseLogger; readonly lines: string[] } {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (...args: unknown[]) => {
      lines.push(`${level}: ${args.filter((arg) => typeof arg === "string").join(" ")}`);
    };
  const logger = {
    level: "info",
    msgPrefix: undefined,
    fatal: at("fatal"),
    error: at("error"),
    warn: at("warn"),
    info: at("info"),
    debug: at("debug"),
    trace: at("trace"),
    silent: () => {},
  };
  return { logger: logger as unknown as BaseLogger, lines };
}
