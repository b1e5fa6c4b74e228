import { type FlagDefinition, type FlagGroup, serverTlsFlags } from "@spoor/daemon";

const GRPC_KEEPALIVE = "See https://pkg.go.dev/google.golang.org/grpc/keepalive#ServerParameters";
const MDN = "See https://developer.mozilla.org/en-US/docs/Web/HTTP/Headers";

/** Flags of the collector (jaegertracing/jaeger `cmd/collector/app/flags`). `zipkinHostPort` is the Zipkin port's default; v1's is "", off. */
export function collectorFlags(zipkinHostPort: string): readonly FlagGroup[] {
  return [
    {
      title: "Collector: Jaeger clients and agents over gRPC",
      flags: [...grpcServerFlags("collector.grpc-server", ":14250"), ...serverTlsFlags("collector.grpc")],
    },
    {
      title: "Collector: Jaeger Thrift over HTTP, and sampling strategies",
      flags: [...httpServerFlags("collector.http-server", ":14268"), ...serverTlsFlags("collector.http")],
    },
    {
      title: "Collector: OpenTelemetry (OTLP)",
      flags: [
        {
          name: "collector.otlp.enabled",
          type: "bool",
          default: true,
          description: "Enables OpenTelemetry OTLP receiver on dedicated HTTP and gRPC ports",
        },
        ...grpcServerFlags("collector.otlp.grpc", ":4317"),
        ...serverTlsFlags("collector.otlp.grpc"),
        ...httpServerFlags("collector.otlp.http", ":4318"),
        ...corsFlags("collector.otlp.http"),
        ...serverTlsFlags("collector.otlp.http"),
      ],
    },
    {
      title: "Collector: Zipkin",
      flags: [
        {
          name: "collector.zipkin.host-port",
          type: "string",
          default: zipkinHostPort,
          listens: "unless-empty",
          description: `The host:port (e.g. 127.0.0.1:9411 or :9411) of the collector's Zipkin server (${zipkinHostPort === "" ? "disabled by default" : "empty disables it"})`,
        },
        {
          name: "collector.zipkin.keep-alive",
          type: "bool",
          default: true,
          description: "KeepAlive configures allow Keep-Alive for Zipkin HTTP server (enabled by default)",
        },
        ...corsFlags("collector.zipkin"),
        ...serverTlsFlags("collector.zipkin"),
      ],
    },
    { title: "Collector: spans on their way to storage", flags: PIPELINE },
  ];
}

/** Flags of a collector that is a daemon of its own. */
export const WORKER_FLAGS: FlagGroup = {
  title: "Collector: processes",
  flags: [
    {
      name: "workers",
      type: "uint",
      default: 1,
      description:
        "Processes that receive spans, sharing the ports; 0 is one per core. Not with embedded or memory, which one process has to own",
    },
  ],
};

const PIPELINE: readonly FlagDefinition[] = [
  {
    name: "collector.tags",
    type: "string",
    default: "",
    description:
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of the flag's value.
      "One or more tags to be added to the Process tags of all spans passing through this collector. Ex: key1=value1,key2=${envVar:defaultValue}",
  },
  {
    name: "collector.queue-size-memory",
    type: "uint",
    default: 0,
    description:
      "MiB that spans not yet stored may take; beyond, senders are asked to come back. 0 derives it from the memory there is.",
  },
  {
    name: "collector.queue-size",
    type: "int",
    default: 2000,
    description: "At most this many spans may be in flight; unset, only memory bounds them",
    note: "In v1 the size of a queue that drops what does not fit; here senders are refused and told to come back",
  },
  {
    name: "collector.num-workers",
    type: "int",
    default: 50,
    description: "",
    note: "Accepted, without effect: spans are written as they come",
  },
  {
    name: "collector.enable-span-size-metrics",
    type: "bool",
    default: false,
    description: "Accepted; span sizes are always measured",
  },
  {
    name: "downsampling.ratio",
    type: "float",
    default: 1,
    description:
      "Ratio of spans passed to storage after downsampling (between 0 and 1), e.g ratio = 0.3 means we are keeping 30% of spans and dropping 70% of spans; ratio = 1.0 disables downsampling.",
  },
  {
    name: "downsampling.hashsalt",
    type: "string",
    default: "",
    description: "Salt used when hashing trace id for downsampling.",
  },
];

function grpcServerFlags(prefix: string, hostPort: string): readonly FlagDefinition[] {
  return [
    {
      name: `${prefix}.host-port`,
      type: "string",
      default: hostPort,
      listens: "unless-empty",
      description: "The host:port (e.g. 127.0.0.1:12345 or :12345) of the collector's gRPC server",
    },
    {
      name: `${prefix}.max-message-size`,
      type: "int",
      default: 4 * 1024 * 1024,
      description: "The maximum receivable message size for the collector's gRPC server",
    },
    {
      name: `${prefix}.max-connection-age`,
      type: "duration",
      default: 0,
      description: `The maximum amount of time a connection may exist. Set this value to a few seconds or minutes on highly elastic environments, so that clients discover new collector nodes frequently. ${GRPC_KEEPALIVE}`,
    },
    {
      name: `${prefix}.max-connection-age-grace`,
      type: "duration",
      default: 0,
      description: `The additive period after MaxConnectionAge after which the connection will be forcibly closed. ${GRPC_KEEPALIVE}`,
    },
  ];
}

function httpServerFlags(prefix: string, hostPort: string): readonly FlagDefinition[] {
  const timeout = (name: string, defaultMs: number, description: string): FlagDefinition => ({
    name: `${prefix}.${name}`,
    type: "duration",
    default: defaultMs,
    description,
  });
  return [
    {
      name: `${prefix}.host-port`,
      type: "string",
      default: hostPort,
      listens: "unless-empty",
      description: "The host:port (e.g. 127.0.0.1:12345 or :12345) of the collector's HTTP server",
    },
    timeout("idle-timeout", 0, "How long a connection may rest between requests; unset, two minutes; 0s, for ever"),
    timeout("read-timeout", 0, "How long a request may take to arrive; unset, one minute; 0s, for ever"),
    timeout("read-header-timeout", 2000, "How long the head of a request may take to arrive"),
  ];
}

function corsFlags(prefix: string): readonly FlagDefinition[] {
  return [
    {
      name: `${prefix}.cors.allowed-headers`,
      type: "string",
      default: "",
      description: `Comma-separated CORS allowed headers. ${MDN}/Access-Control-Allow-Headers`,
    },
    {
      name: `${prefix}.cors.allowed-origins`,
      type: "string",
      default: "",
      description: `Comma-separated CORS allowed origins. ${MDN}/Access-Control-Allow-Origin`,
    },
  ];
}
