import type { LiveTls } from "@spoor/client-tls";
import type { AuthorizationHeader } from "./credentials.ts";

export interface ConnectionSettings {
  readonly servers: readonly string[];
  readonly tls: LiveTls | undefined;
  readonly sniff: boolean;
  readonly requestTimeoutMs: number;
  readonly authorization: AuthorizationHeader;
  /** `es` or `es-archive`, for messages that name a flag. */
  readonly flagPrefix: string;
}

/** What to tell when no server answers. */
export function unreachable(settings: ConnectionSettings, error: Error): string {
  const detail = error.message === "" ? error.name : error.message;
  return `no answer from ${settings.servers.join(", ")} (--${settings.flagPrefix}.server-urls): ${detail}`;
}
