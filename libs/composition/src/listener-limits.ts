import type { Settings } from "@spoor/daemon";
import type { GrpcLimits } from "@spoor/grpc-server";
import type { CorsOptions, HttpLimits } from "@spoor/receivers";

/**
 * How long a gRPC connection lives when several processes share the port and the flag says nothing. Connections are handed out evenly,
 * but some bring more than others and some end; clients that come anew now and then even that out.
 */
const SHARED_CONNECTION_AGE_MS = 5 * 60_000;
const SHARED_CONNECTION_GRACE_MS = 30_000;

/** Limits of a gRPC listener by its flags; the receivers' defaults stand for what has no flag. */
export function grpcLimits(settings: Settings, prefix: string, processes: number): Partial<GrpcLimits> {
  const isShared = processes > 1 && settings.sourceOf(`${prefix}.max-connection-age`) === "default";
  return {
    maxMessageBytes: settings.int(`${prefix}.max-message-size`),
    maxConnectionAgeMs: isShared ? SHARED_CONNECTION_AGE_MS : settings.durationMs(`${prefix}.max-connection-age`),
    maxConnectionAgeGraceMs: isShared
      ? SHARED_CONNECTION_GRACE_MS
      : settings.durationMs(`${prefix}.max-connection-age-grace`),
  };
}

/** Limits of an HTTP listener. v1's default of 0 means no timeout, which a slow client could use; ours then applies, an explicit 0 counts. */
export function httpLimits(settings: Settings, prefix: string): Partial<HttpLimits> {
  const isSet = (member: string) => settings.sourceOf(`${prefix}.${member}`) !== "default";
  return {
    readHeaderTimeoutMs: settings.durationMs(`${prefix}.read-header-timeout`),
    ...(isSet("read-timeout") ? { readTimeoutMs: settings.durationMs(`${prefix}.read-timeout`) } : {}),
    ...(isSet("idle-timeout") ? { idleTimeoutMs: settings.durationMs(`${prefix}.idle-timeout`) } : {}),
  };
}

export function corsOptions(settings: Settings, prefix: string): CorsOptions {
  return {
    allowedOrigins: settings.list(`${prefix}.cors.allowed-origins`),
    allowedHeaders: settings.list(`${prefix}.cors.allowed-headers`),
  };
}
