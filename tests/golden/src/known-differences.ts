/**
 * Cases in which we answer otherwise than v1 on purpose, as `file#case` under the reason: the heading of an entry of
 * docs/reference/differences-from-v1.md. A case that becomes the same again fails the test, so the list stays true.
 */
export const DIFFERENCES_BY_REASON: Readonly<Record<string, readonly string[]>> = {
  "not-a-number": [
    "query/http.json#transform-nan",
    ...["jaeger-proto-grpc", "jaeger-thrift-http", "jaeger-thrift-udp-binary", "jaeger-thrift-udp-compact"].flatMap(
      (file) => [`conversions/${file}.json#float-nan`, `conversions/${file}.json#float-inf`],
    ),
    "conversions/otlp-grpc.json#attrs-nan",
    "conversions/otlp-http-json.json#attrs-nan",
    "conversions/otlp-http-proto.json#attrs-nan",
  ],
  "times-before-1970": thrift("start-times-odd"),
  "reference-type-unknown": thrift("ref-unknown-type"),
  "thrift-unknown-tag-type": thrift("tag-unknown-type"),
  "times-beyond-9999": ["conversions/jaeger-thrift-http.json#start-int64-max"],
  "http-protocol-errors": [
    "errors/collector-http-14268.json#tcp-http10",
    "errors/collector-http-14268.json#tcp-h2-preface",
    "errors/collector-http-14268.json#tcp-bad-chunk",
    "errors/query-http-16686.json#tcp-http10-keep",
  ],
  "zipkin-null-span": ["errors/zipkin-9411.json#v1-array-null"],
  "zipkin-shared-tags": [
    "conversions/skew-zipkin-thrift-udp.json#cs-and-sr-shared-span",
    "conversions/skew-zipkin-thrift-udp.json#shared-id-two-spans",
  ],
  "tenancy-everywhere": [
    "otlp-http-ok",
    "zipkin-ok",
    "zipkin-none",
    "otlp-http-unknown",
    "zipkin-unknown",
    "http-services-t1",
    "http-v3-services-t1",
    "http-services-two",
    "http-v3-services-two",
    "http-services-upper-name",
    "http-v3-services-upper-name",
    "grpc-v2-services-t1",
    "grpc-v3-services-t1",
  ].map((name) => `query/tenancy.json#${name}`),
  version: [
    ...cli(
      "agent-version",
      "collector-version",
      "query-version",
      "all-in-one-version",
      "ingester-version",
      "remote-storage-version",
    ),
    ...adminHttp("admin-version", "agentAdmin-version"),
  ],
  "environment-text": cli(
    "collector-env",
    "query-env",
    "all-in-one-env",
    "all-in-one-print-config",
    "all-in-one-print-config-all",
    "ingester-env",
    "ingester-print-config",
    "ingester-print-config-all",
    "remote-storage-env",
    "remote-storage-print-config",
    "remote-storage-print-config-all",
    "remote-storage-status-help",
  ),
  "exit-code": cli(
    "agent-tags-malformed",
    "collector-tags-malformed",
    "query-base-path-bad",
    "query-ui-config-missing",
  ),
  "wrong-values-refused": cli("additional-header-bad", "sampling-probability-out-of-range"),
  "storage-type-trimmed": cli("storage-type-list-space"),
  "agent-ports-shared": cli("agent-http-in-use", "agent-udp-in-use"),
  "page-itself": cli("status-wrong-port"),
  "all-in-one-metrics": adminHttp("admin-metrics"),
  "log-level-at-run-time": adminHttp("admin-log-level", "agentAdmin-log-level"),
  profiles: ["admin", "agentAdmin"].flatMap((name) =>
    adminHttp(`${name}-pprof-goroutine`, `${name}-vars`, `${name}-vars-post`),
  ),
};

/** The reason of each case that differs on purpose. */
export const KNOWN_DIFFERENCES: ReadonlyMap<string, string> = new Map(
  Object.entries(DIFFERENCES_BY_REASON).flatMap(([reason, cases]) => cases.map((id) => [id, reason] as const)),
);

function thrift(name: string): readonly string[] {
  return ["http", "udp-binary", "udp-compact"].map(
    (transport) => `conversions/jaeger-thrift-${transport}.json#${name}`,
  );
}

function cli(...names: readonly string[]): readonly string[] {
  return names.map((name) => `admin/command-line.json#${name}`);
}

function adminHttp(...names: readonly string[]): readonly string[] {
  return names.map((name) => `admin/http.json#${name}`);
}
