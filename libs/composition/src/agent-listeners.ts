import {
  type DaemonContext,
  DaemonError,
  formatHostPort,
  type HostPort,
  localAddress,
  type Settings,
} from "@spoor/daemon";
import { startSamplingHttp, startUdp } from "@spoor/receivers";
import type { StrategyProvider } from "@spoor/sampling";
import type { SpanWriter } from "@spoor/storage-api";
import { UDP_PROCESSORS } from "./agent-flags.ts";
import { addressOf, startListening } from "./start-part.ts";

export interface AgentListenersOptions {
  readonly writer: SpanWriter;
  readonly strategies: StrategyProvider;
  /**
   * Whether the daemon can do without a port that is taken. UDP ports are shared: the process that bound last gets the datagrams, so
   * that an agent takes them over from an all-in-one on the same machine.
   */
  readonly portsAreOptional: boolean;
  /** The writer bounds by itself what waits in it; otherwise no more writes than a processor has workers are under way. Default false. */
  readonly writerIsBounded?: boolean;
}

/** Starts an agent's listeners: spans over UDP, sampling strategies over HTTP. */
export async function startAgentListeners(context: DaemonContext, options: AgentListenersOptions): Promise<void> {
  const { settings, logger, registry } = context;
  const { writer, strategies } = options;
  for (const { name, protocol, model } of UDP_PROCESSORS) {
    const prefix = `processor.${name}`;
    await tryListening(context, `UDP ${name}`, `${prefix}.server-host-port`, options.portsAreOptional, (at) =>
      startUdp({
        ...at,
        writer,
        logger,
        registry,
        protocol,
        model,
        workers: countOf(settings, `${prefix}.workers`),
        writerIsBounded: options.writerIsBounded ?? false,
        queueSize: countOf(settings, `${prefix}.server-queue-size`),
        maxPacketBytes: countOf(settings, `${prefix}.server-max-packet-size`),
        socketBufferBytes: countOf(settings, `${prefix}.server-socket-buffer-size`),
      }),
    );
  }
  const samplingAt = addressOf(settings, "http-server.host-port");
  const isServed = samplingAt !== undefined && !options.portsAreOptional && (await servesSampling(samplingAt));
  await tryListening(
    context,
    "sampling over HTTP",
    "http-server.host-port",
    options.portsAreOptional || isServed,
    (at) => startSamplingHttp({ ...at, strategies, logger, registry }),
  );
}

/** 0 stands for the default, as in v1. */
function countOf(settings: Settings, flagName: string): number {
  const count = settings.int(flagName);
  if (count < 0) throw new DaemonError("INVALID_VALUE", `--${flagName} is ${count}, but must not be negative`);
  return count;
}

async function tryListening(
  context: DaemonContext,
  name: string,
  flagName: string,
  isOptional: boolean,
  start: Parameters<typeof startListening>[3],
): Promise<void> {
  try {
    await startListening(context, name, flagName, start);
  } catch (error) {
    if (!isOptional) throw error;
    context.logger.warn({ err: error }, `Going on without ${name}`);
  }
}

const PROBE_TIMEOUT_MS = 500;

/** Whether somebody (an all-in-one on this machine) already answers sampling requests at this port. */
async function servesSampling(at: HostPort): Promise<boolean> {
  try {
    const reply = await fetch(`http://${formatHostPort(localAddress(at))}/sampling?service=probe`, {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    const text = await reply.text();
    return reply.ok && text.includes("strategyType");
  } catch {
    return false;
  }
}
