import type { Settings } from "@spoor/daemon";
import type { GrpcLimits } from "@spoor/grpc-server";
import type { CorsOptions, HttpLimits } from "@spoor/receivers";

/** Limits of a gRPC listener by its flags; the receivers' defaults stand for what has no flag. */
export function grpcLimits(settings: Settings, prefix: string): Partial<GrpcLimits> {
  return {
    maxMessageBytes: settings.int(`${prefix}.max-message-size`),
    maxConnectionAgeMs: settings.durationMs(`${prefix}.max-connection-age`),
    maxConnectionAgeGraceMs: settings.durationMs(`${prefix}.max-connection-age-grace`),
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
