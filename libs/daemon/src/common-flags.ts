import type { FlagDefinition, FlagGroup } from "./flag-definition.ts";

/** Flags of every daemon (jaegertracing/jaeger `cmd/internal/flags`). */
export function commonFlags(defaultAdminPort: number): readonly FlagGroup[] {
  return [
    {
      title: "Admin server: health, metrics, version",
      flags: [
        {
          name: "admin.http.host-port",
          type: "string",
          default: `:${defaultAdminPort}`,
          listens: "always",
          description: `The host:port (e.g. 127.0.0.1:${defaultAdminPort} or :${defaultAdminPort}) for the admin server, including health check, /metrics, etc.`,
        },
        ...serverTlsFlags("admin.http"),
        {
          name: "admin.http.heap-snapshots",
          type: "bool",
          default: false,
          description:
            "Allow heap snapshots at /debug/pprof/heap-snapshot of the admin server. They hold everything in memory, spans and passwords too",
        },
        {
          name: "metrics-backend",
          type: "string",
          default: "prometheus",
          description: "Defines which metrics backend to use for metrics reporting: prometheus or none",
        },
        {
          name: "metrics-http-route",
          type: "string",
          default: "/metrics",
          description: "Defines the route of HTTP endpoint for metrics backends that support scraping",
        },
      ],
    },
    {
      title: "Configuration and logs",
      flags: [
        {
          name: "config-file",
          type: "string",
          default: "",
          description: "Configuration file in YAML, JSON, TOML or Java properties format (default none)",
        },
        {
          name: "log-level",
          type: "string",
          default: "info",
          description: "Minimal allowed log level: debug, info, warn, error, dpanic, panic or fatal",
        },
        {
          name: "log-encoding",
          type: "string",
          default: "json",
          description:
            "Log encoding. Supported values are 'json' and 'console'. Unless set, a terminal shows 'console'.",
        },
      ],
    },
  ];
}

/** TLS flags of a listener; `prefix` is v1's, which is not always the listener's own (`collector.grpc` for `collector.grpc-server`). */
export function serverTlsFlags(prefix: string): readonly FlagDefinition[] {
  const text = (name: string, description: string): FlagDefinition => ({
    name: `${prefix}.tls.${name}`,
    type: "string",
    default: "",
    description,
  });
  return [
    { name: `${prefix}.tls.enabled`, type: "bool", default: false, description: "Enable TLS on the server" },
    text("cert", "Path to a TLS Certificate file, used to identify this server to clients"),
    text("key", "Path to a TLS Private Key file, used to identify this server to clients"),
    text(
      "client-ca",
      "Path to a TLS CA (Certification Authority) file used to verify certificates presented by clients (if unset, all clients are permitted)",
    ),
    text("cipher-suites", "Comma-separated list of cipher suites for the server, by the names of Go's tls package"),
    text("min-version", "Minimum TLS version supported (Possible values: 1.0, 1.1, 1.2, 1.3)"),
    text("max-version", "Maximum TLS version supported (Possible values: 1.0, 1.1, 1.2, 1.3)"),
    {
      name: `${prefix}.tls.reload-interval`,
      type: "duration",
      default: 0,
      description:
        "The duration after which the certificate will be reloaded (0s means will not be reloaded on a timer)",
    },
  ];
}

/** TLS flags of a connection to another server. */
export function clientTlsFlags(prefix: string): readonly FlagDefinition[] {
  const text = (name: string, description: string): FlagDefinition => ({
    name: `${prefix}.tls.${name}`,
    type: "string",
    default: "",
    description,
  });
  return [
    {
      name: `${prefix}.tls.enabled`,
      type: "bool",
      default: false,
      description: "Enable TLS when talking to the remote server(s)",
    },
    text(
      "ca",
      "Path to a TLS CA (Certification Authority) file used to verify the remote server(s) (by default will use the system truststore)",
    ),
    text("cert", "Path to a TLS Certificate file, used to identify this process to the remote server(s)"),
    text("key", "Path to a TLS Private Key file, used to identify this process to the remote server(s)"),
    text("server-name", "Override the TLS server name we expect in the certificate of the remote server(s)"),
    {
      name: `${prefix}.tls.skip-host-verify`,
      type: "bool",
      default: false,
      description: "(insecure) Skip server's certificate chain and host name verification",
    },
  ];
}
