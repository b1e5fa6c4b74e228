import type { TlsOptions } from "node:tls";
import {
  type DaemonContext,
  type HostPort,
  listenError,
  parseHostPort,
  type Settings,
  watchServerTls,
} from "@spoor/daemon";

/** Something that listens. */
export interface Listening {
  readonly address: HostPort;
  /** Uses other certificates for new connections. */
  readonly updateTls?: (tls: TlsOptions) => void;
  close(): Promise<void>;
}

/** The address in a `….host-port` flag; `undefined` when the flag is empty, which switches the listener off. */
export function addressOf(settings: Settings, flagName: string): HostPort | undefined {
  const text = settings.string(flagName);
  return text === "" ? undefined : parseHostPort(text, `the flag --${flagName}`);
}

/**
 * Starts a listener at the address of the flag `flagName`, logs where it listens and lets the daemon's lifecycle close it; does
 * nothing and gives `undefined` when the flag is empty. A taken port is named in the error. Changed certificates of the TLS flags
 * `tlsPrefix` come into use without a restart.
 */
export async function startListening(
  { settings, logger, registry, lifecycle }: Pick<DaemonContext, "settings" | "logger" | "registry" | "lifecycle">,
  name: string,
  flagName: string,
  start: (at: HostPort) => Promise<Listening>,
  tlsPrefix?: string,
): Promise<HostPort | undefined> {
  const at = addressOf(settings, flagName);
  if (at === undefined) return undefined;
  let listening: Listening;
  try {
    listening = await start(at);
  } catch (error) {
    const cause = rootOf(error);
    // What is no matter of the address tells itself best.
    if (!(cause instanceof Error && "syscall" in cause)) throw error;
    const network = name.startsWith("UDP") ? "udp" : "tcp";
    throw listenError(`could not start ${name}: listen ${network}`, at, cause, flagName);
  }
  const { updateTls } = listening;
  const certificates =
    tlsPrefix === undefined || updateTls === undefined
      ? undefined
      : watchServerTls(settings, tlsPrefix, { logger, registry }, updateTls);
  lifecycle.addListener(name, async () => {
    certificates?.close();
    await listening.close();
  });
  logger.info({ address: listening.address }, `Listening: ${name}`);
  return listening.address;
}

/** The system's error below a library's. */
function rootOf(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    if ((current as NodeJS.ErrnoException).code?.startsWith("E") === true) return current;
    if (current.cause === undefined) break;
    current = current.cause;
  }
  return error;
}
