import { connect } from "node:net";
import { DaemonError } from "@spoor/daemon";

const TIMEOUT_MS = 3_000;

/**
 * Throws when nothing listens at a receiver's address. The exporters would try again for many seconds before they say so. What is no
 * URL of a TCP port is left to them.
 */
export async function checkReachable(endpoint: string, signal: AbortSignal): Promise<void> {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint) ? endpoint : `http://${endpoint}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return;
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const reason = await failureToConnect(host, port, signal);
  if (reason === undefined) return;
  throw new DaemonError("UNREACHABLE", `cannot reach a receiver at ${endpoint}: ${reason}`, {
    hint: "Is Spoor running? Name another address with --endpoint.",
  });
}

/** `undefined` when a connection opened, or the signal ended the attempt. */
function failureToConnect(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (reason: string | undefined) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      resolve(reason);
    };
    const onAbort = () => end(undefined);
    const timer = setTimeout(() => end(`no answer within ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS);
    signal.addEventListener("abort", onAbort);
    socket.on("connect", () => end(undefined));
    socket.on("error", (error) => end(reasonOf(error)));
  });
}

function reasonOf(error: NodeJS.ErrnoException): string {
  // A name with several addresses fails with all their errors.
  const [first = error] = error instanceof AggregateError ? (error.errors as NodeJS.ErrnoException[]) : [];
  if (first.code === "ECONNREFUSED") return "connection refused";
  if (first.code === "ENOTFOUND" || first.code === "EAI_AGAIN") return "no such host";
  return first.message;
}
