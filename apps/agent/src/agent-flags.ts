import { clientTlsFlags, type FlagGroup } from "@spoor/daemon";

/** Flags of the agent's way to the collectors (jaegertracing/jaeger `cmd/agent/app/reporter`). */
export const REPORTER_FLAGS: FlagGroup = {
  title: "Agent: where spans go",
  flags: [
    {
      name: "reporter.grpc.host-port",
      type: "string",
      default: "",
      description:
        "Comma-separated string representing host:port of a static list of collectors to connect to directly; or one gRPC target such as dns:///collector:14250",
    },
    { name: "reporter.type", type: "string", default: "grpc", description: "Reporter type to use e.g. grpc" },
    {
      name: "reporter.grpc.retry.max",
      type: "uint",
      default: 3,
      description: "When set, at most this many attempts for a batch; unset, a batch is tried again for two minutes",
    },
    {
      name: "reporter.grpc.discovery.min-peers",
      type: "int",
      default: 3,
      description: "Max number of collectors to which the agent will try to connect at any given time",
    },
    ...clientTlsFlags("reporter.grpc"),
    {
      name: "agent.tags",
      type: "string",
      default: "",
      description:
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of the flag's value.
        "One or more tags to be added to the Process tags of all spans passing through this agent. Ex: key1=value1,key2=${envVar:defaultValue}",
    },
  ],
};
