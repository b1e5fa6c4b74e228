import type { ServerHttp2Session } from "node:http2";
import type { GrpcLimits } from "./limits.ts";

const PING_TIMEOUT_MS = 20_000;
/** Ages differ by this part, so that connections made together do not all return together. */
const AGE_JITTER = 0.1;

/** Ends connections that never speak, that died silently, and those past their age. */
export function guardSession(session: ServerHttp2Session, limits: GrpcLimits): void {
  const timers: NodeJS.Timeout[] = [];
  const after = (delayMs: number, action: () => void): void => {
    timers.push(setTimeout(action, delayMs).unref());
  };
  session.once("close", () => timers.forEach(clearTimeout));
  session.on("error", () => session.destroy());

  // A peer that has not sent its SETTINGS by then speaks no HTTP/2.
  const handshake = setTimeout(() => session.destroy(), limits.handshakeTimeoutMs).unref();
  timers.push(handshake);
  session.once("remoteSettings", () => clearTimeout(handshake));

  if (limits.keepAliveMs > 0) {
    session.setTimeout(limits.keepAliveMs, () => probe(session));
  }
  if (limits.maxConnectionAgeMs > 0) {
    const jitter = 1 + AGE_JITTER * (2 * Math.random() - 1);
    after(limits.maxConnectionAgeMs * jitter, () => retire(session, limits.maxConnectionAgeGraceMs, after));
  }
}

function probe(session: ServerHttp2Session): void {
  if (session.destroyed) return;
  const dead = setTimeout(() => session.destroy(), PING_TIMEOUT_MS).unref();
  session.ping((error) => {
    clearTimeout(dead);
    if (error !== null) session.destroy();
  });
}

/**
 * GOAWAY with the last stream we took: calls in flight end here, and a call the client was just about to make is safe to repeat
 * elsewhere. (A first GOAWAY that still lets streams in would be gentler, but node stops reading an idle session after it.)
 */
function retire(session: ServerHttp2Session, graceMs: number, after: (ms: number, action: () => void) => void): void {
  if (session.destroyed) return;
  session.close();
  if (graceMs > 0) after(graceMs, () => session.destroy());
}
