import type { FastifyInstance } from "fastify";
import { DaemonError } from "./errors.ts";
import { type Logger, pinoLevelOf } from "./logger.ts";

export interface LogLevel {
  readonly level: string;
  /** Takes one of v1's names; throws `INVALID_VALUE`. */
  set(level: string): void;
}

/** The level of a daemon's log; `changed` is told pino's name of a new one. */
export function logLevelOf(logger: Logger, changed: (pinoLevel: string) => void = () => undefined): LogLevel {
  return {
    get level() {
      return logger.level;
    },
    set(level) {
      const next = pinoLevelOf(level);
      if (next === logger.level) return;
      const previous = logger.level;
      logger.warn({ from: previous, to: next }, "Log level changed");
      logger.level = next;
      changed(next);
    },
  };
}

/**
 * `/loglevel`: GET tells the log's level, PUT with `{"level":"debug"}` or `level=debug` changes it until the daemon ends; the
 * protocol of zap's handler, which v1 does not mount.
 */
export function addLogLevelRoute(app: FastifyInstance, logLevel: LogLevel): void {
  app.route({
    method: ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
    url: "/loglevel",
    handler: (request, reply) => {
      reply.header("content-type", "application/json");
      if (request.method === "PUT") {
        try {
          logLevel.set(levelIn(request.body));
        } catch (error) {
          if (!(error instanceof DaemonError)) throw error;
          return reply.code(400).send(JSON.stringify({ error: error.message }));
        }
      } else if (request.method !== "GET") {
        return reply.code(405).send(JSON.stringify({ error: "Only GET and PUT are supported." }));
      }
      return reply.send(JSON.stringify({ level: logLevel.level }));
    },
  });
}

function levelIn(body: unknown): string {
  const text = typeof body === "string" ? body.trim() : "";
  const level = text.startsWith("{") ? levelInJson(text) : new URLSearchParams(text).get("level");
  if (level === null) throw new DaemonError("INVALID_VALUE", 'must specify logging level, as {"level":"debug"}');
  return level;
}

function levelInJson(text: string): string | null {
  try {
    const { level } = JSON.parse(text) as { readonly level?: unknown };
    return typeof level === "string" ? level : null;
  } catch (cause) {
    throw new DaemonError("INVALID_VALUE", `malformed request body: ${(cause as Error).message}`, { cause });
  }
}
