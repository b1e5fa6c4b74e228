import type { FlagDefinition, FlagGroup } from "@spoor/daemon";

/** The UDP ports of an agent, as v1 names and numbers them. */
export const UDP_PROCESSORS = [
  { name: "zipkin-compact", port: 5775, protocol: "compact", model: "zipkin" },
  { name: "jaeger-compact", port: 6831, protocol: "compact", model: "jaeger" },
  { name: "jaeger-binary", port: 6832, protocol: "binary", model: "jaeger" },
] as const;

/** Flags of an agent's listeners (jaegertracing/jaeger `cmd/agent/app/flags.go`). */
export function agentListenerFlags(): readonly FlagGroup[] {
  return [
    {
      title: "Agent: sampling strategies over HTTP",
      flags: [
        {
          name: "http-server.host-port",
          type: "string",
          default: ":5778",
          listens: "unless-empty",
          description: "host:port of the http server (e.g. for /sampling endpoint)",
        },
      ],
    },
    { title: "Agent: spans over UDP", flags: UDP_PROCESSORS.flatMap(({ name, port }) => processorFlags(name, port)) },
  ];
}

function processorFlags(name: string, port: number): readonly FlagDefinition[] {
  const number = (member: string, defaultValue: number, description: string): FlagDefinition => ({
    name: `processor.${name}.${member}`,
    type: "int",
    default: defaultValue,
    description,
  });
  return [
    {
      name: `processor.${name}.server-host-port`,
      type: "string",
      default: `:${port}`,
      listens: "unless-empty",
      description: "host:port for the UDP server",
    },
    number("server-queue-size", 1000, "length of the queue for the UDP server"),
    number("server-max-packet-size", 65_000, "max packet size for the UDP server"),
    number("server-socket-buffer-size", 0, "socket buffer size for UDP packets in bytes"),
    number("workers", 10, "how many workers the processor should run"),
  ];
}
