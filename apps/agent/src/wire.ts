import { agentListenerFlags, startAgentListeners, UDP_PROCESSORS } from "@spoor/composition";
import {
  type DaemonContext,
  type DaemonDefinition,
  DaemonError,
  daemonCommands,
  inFlightBoundBytes,
  parseTagList,
  readClientTls,
  type Tag,
  watchClientTls,
} from "@spoor/daemon";
import { GrpcClient } from "@spoor/grpc-client";
import { REPORTER_FLAGS } from "./agent-flags.ts";
import { Forwarder } from "./forwarder.ts";
import { IDENTITY } from "./identity.ts";
import { RemoteStrategies } from "./remote-strategies.ts";
import { ReporterMetrics } from "./reporter-metrics.ts";
import { taggedWriter } from "./tagged-writer.ts";

/** On every host: spans over UDP in, gRPC to collectors out, sampling strategies passed on. */
export const AGENT: DaemonDefinition = {
  ...IDENTITY,
  summary:
    "Spoor agent: takes spans over UDP on this host and forwards them to collectors; passes sampling strategies on.",
  metricsNamespace: "jaeger_agent",
  commands: daemonCommands("env", "print-config"),
  environmentVariables: [],
  flags: () => [REPORTER_FLAGS, ...agentListenerFlags()],
  notes: [
    "Needs --reporter.grpc.host-port. The agent keeps nothing on disk; spans wait in memory while collectors are away.",
  ],
  start: startAgent,
};

async function startAgent(context: DaemonContext): Promise<void> {
  const { settings, environment, logger, registry, lifecycle } = context;
  const type = settings.string("reporter.type");
  if (type !== "grpc") throw new DaemonError("INVALID_SETTINGS", `unknown reporter type ${type} in --reporter.type`);
  const tags = agentTags(settings.string("agent.tags"), environment);
  const tls = readClientTls(settings, "reporter.grpc");
  const targets = settings.list("reporter.grpc.host-port");
  if (targets.length === 0) {
    throw new DaemonError("INVALID_SETTINGS", "no collectors to send spans to", {
      hint: "Name one or more with --reporter.grpc.host-port or REPORTER_GRPC_HOST_PORT, such as collector:14250.",
    });
  }
  const metrics = new ReporterMetrics(registry);
  const client = new GrpcClient({
    targets,
    ...(tls === undefined ? {} : { tls }),
    onConnected: (connected) => {
      metrics.connected(connected);
      logger.info({ targets, connected }, "Connection to the collectors changed");
    },
  });
  const certificates = watchClientTls(settings, "reporter.grpc", context, (changed) => client.updateTls(changed));
  lifecycle.add("collector connections", () => {
    certificates.close();
    client.close();
  });
  const call = (path: string, request: Uint8Array, signal?: AbortSignal) =>
    client.call(path, request, signal === undefined ? {} : { signal });
  const forwarder = new Forwarder({
    call,
    metrics,
    logger,
    maxBufferedBytes: inFlightBoundBytes(),
    maxConcurrentCalls: Math.max(...UDP_PROCESSORS.map(({ name }) => settings.int(`processor.${name}.workers`) || 10)),
    ...(settings.sourceOf("reporter.grpc.retry.max") === "default"
      ? {}
      : { maxAttempts: settings.int("reporter.grpc.retry.max") }),
  });
  lifecycle.add("forwarder", (signal) => forwarder.close(signal));
  await startAgentListeners(context, {
    writer: taggedWriter(forwarder, tags),
    strategies: new RemoteStrategies({ call, onAnswer: (result) => metrics.proxied(result) }),
    portsAreOptional: false,
    writerIsBounded: true,
  });
}

function agentTags(text: string, environment: Readonly<Record<string, string | undefined>>): readonly Tag[] {
  try {
    return parseTagList(text, environment);
  } catch (error) {
    throw new DaemonError("INVALID_VALUE", `--agent.tags: ${(error as Error).message}`, { cause: error });
  }
}
