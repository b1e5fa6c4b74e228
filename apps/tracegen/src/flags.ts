import type { FlagGroup } from "@spoor/daemon";

export const TRACEGEN_FLAGS: readonly FlagGroup[] = [
  {
    title: "How much",
    flags: [
      { name: "traces", type: "int", default: 1, description: "Number of traces to generate" },
      {
        name: "duration",
        type: "duration",
        default: 0,
        description: "How long to run; when set, it takes the place of --traces",
      },
      {
        name: "rate",
        type: "float",
        default: 0,
        description: "Traces per second, of all workers together; 0 means as fast as the receiver takes them",
      },
      { name: "workers", type: "int", default: 1, description: "Number of workers that generate traces side by side" },
    ],
  },
  {
    title: "What",
    flags: [
      {
        name: "shape",
        type: "string",
        default: "shop",
        description:
          "shop: requests to a shop of eight services; deep: calls one inside the other; wide: a root with many children; simple: v1's, a root with a few children of one service (chosen when --service is set)",
      },
      {
        name: "spans",
        type: "int",
        default: 1,
        description: "Children of the root (simple, wide) or depth (deep)",
      },
      {
        name: "error-rate",
        type: "float",
        default: 0.02,
        description: "Share of calls that fail of themselves, 0 to 1 (shop, deep, wide)",
      },
      { name: "service", type: "string", default: "tracegen", description: "Service name prefix (simple, deep, wide)" },
      {
        name: "services",
        type: "int",
        default: 1,
        description: "Number of unique suffixes to add to the service name, like tracegen-01 (simple, deep, wide)",
      },
      { name: "attrs", type: "int", default: 11, description: "Number of attributes of a child span (simple)" },
      { name: "attr-keys", type: "int", default: 97, description: "Number of distinct attribute keys (simple)" },
      { name: "attr-values", type: "int", default: 1000, description: "Number of distinct values per key (simple)" },
      {
        name: "pause",
        type: "duration",
        default: 0.001,
        description: "Duration of a child span (simple); 0 means a fixed 123µs",
      },
      { name: "debug", type: "bool", default: false, description: "Marks traces as debug (simple)" },
      { name: "firehose", type: "bool", default: false, description: "Marks traces as firehose (simple)" },
      { name: "seed", type: "int", default: 0, description: "Makes the random choices repeatable; 0 does not" },
    ],
  },
  {
    title: "Where to",
    flags: [
      {
        name: "trace-exporter",
        type: "string",
        default: "otlp-http",
        description: "otlp-http, otlp-grpc (or otlp), or stdout",
      },
      {
        name: "endpoint",
        type: "string",
        default: "",
        description:
          "Base URL of the receiver; else OTEL_EXPORTER_OTLP_ENDPOINT, else http://localhost:4318 (HTTP) or :4317 (gRPC)",
      },
    ],
  },
];
