import { type FlagDefinition, type FlagGroup, serverTlsFlags } from "@spoor/daemon";

/** Flags of the query daemon (jaegertracing/jaeger `cmd/query/app/flags.go`). */
export function queryFlags(): readonly FlagGroup[] {
  return [
    {
      title: "Query: page and HTTP API",
      flags: [
        {
          name: "query.http-server.host-port",
          type: "string",
          default: ":16686",
          listens: "always",
          description: "The host:port (e.g. 127.0.0.1:14268 or :14268) of the query's HTTP server",
        },
        ...serverTlsFlags("query.http"),
        ...PAGE,
      ],
    },
    {
      title: "Query: gRPC API",
      flags: [
        {
          name: "query.grpc-server.host-port",
          type: "string",
          default: ":16685",
          listens: "unless-empty",
          description: "The host:port (e.g. 127.0.0.1:14250 or :14250) of the query's gRPC server",
        },
        ...serverTlsFlags("query.grpc"),
      ],
    },
  ];
}

const PAGE: readonly FlagDefinition[] = [
  {
    name: "query.base-path",
    type: "string",
    default: "/",
    description:
      "The base path for all HTTP routes, e.g. /jaeger; useful when running behind a reverse proxy. See https://github.com/jaegertracing/jaeger/blob/main/examples/reverse-proxy/README.md",
  },
  {
    name: "query.ui-config",
    type: "string",
    default: "",
    description: "The path to the UI configuration file in JSON format",
  },
  {
    name: "query.static-files",
    type: "string",
    default: "",
    description: "The directory path override for the static assets for the UI",
  },
  {
    name: "query.log-static-assets-access",
    type: "bool",
    default: false,
    description: "Log when static assets are accessed (for debugging)",
  },
  {
    name: "query.additional-headers",
    type: "strings",
    default: [],
    description: 'Additional HTTP response headers.  Can be specified multiple times.  Format: "Key: Value"',
  },
  {
    name: "query.max-clock-skew-adjustment",
    type: "duration",
    default: 0,
    description:
      "The maximum delta by which span timestamps may be adjusted in the UI due to clock skew; set to 0s to disable clock skew adjustments",
  },
  {
    name: "query.bearer-token-propagation",
    type: "bool",
    default: false,
    description: "Allow propagation of bearer token to be used by storage plugins",
  },
  {
    name: "query.enable-tracing",
    type: "bool",
    default: false,
    description: "Enables emitting jaeger-query traces",
  },
];
