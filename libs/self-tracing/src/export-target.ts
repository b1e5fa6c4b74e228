import type { Environment } from "@spoor/daemon";

/** Where a daemon's own spans go. */
export interface ExportTarget {
  readonly protocol: "grpc" | "http";
  /** A URL; over HTTP without `/v1/traces`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The target that the OpenTelemetry variables name, as in v1: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT`,
 * over gRPC unless `OTEL_EXPORTER_OTLP_PROTOCOL` says `http/…`; `undefined` when they name none.
 */
export function exportTargetIn(environment: Environment): ExportTarget | undefined {
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces, OTEL_EXPORTER_OTLP_ENDPOINT: all } = environment;
  const endpoint = traces || all;
  if (endpoint === undefined || endpoint === "") return undefined;
  const protocol = environment.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || environment.OTEL_EXPORTER_OTLP_PROTOCOL || "grpc";
  return {
    protocol: protocol.startsWith("http") ? "http" : "grpc",
    endpoint: endpoint.replace(/\/v1\/traces\/?$/, ""),
    headers: headersIn(environment.OTEL_EXPORTER_OTLP_TRACES_HEADERS || environment.OTEL_EXPORTER_OTLP_HEADERS || ""),
  };
}

/** `a=b,c=d`, with values escaped as in URLs. */
function headersIn(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(",").map((pair) => pair.split("="));
  return Object.fromEntries(
    pairs.flatMap(([name = "", ...value]) =>
      name.trim() === "" ? [] : [[name.trim().toLowerCase(), unescaped(value.join("=").trim())]],
    ),
  );
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
