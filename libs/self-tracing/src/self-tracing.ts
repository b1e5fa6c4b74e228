import type { Environment, HostPort } from "@spoor/daemon";
import type { ExportTarget } from "./export-target.ts";

/** The daemon's own traces: its start, and every request to the query API. Spans on their way in are not traced, so there is no loop. */
export interface SelfTracing {
  /** Begins a trace of several steps. */
  trace(name: string): { step<T>(name: string, run: () => Promise<T>): Promise<T>; end(): void };
  /** Runs something as a child of the HTTP request being answered, else (over gRPC) as a trace of its own. */
  child<T>(name: string, attributes: Readonly<Record<string, string | number>>, run: () => Promise<T>): Promise<T>;
  /** Sends spans (those from before too) to an OTLP receiver, and begins to trace requests to the query API. */
  exportTo(target: ExportTarget, query: { readonly http: HostPort; readonly basePath: string }): Promise<void>;
  close(): Promise<void>;
}

/** `serviceName` is v1's, unless `OTEL_SERVICE_NAME` has another. Off when `OTEL_TRACES_SAMPLER=always_off` or `OTEL_SDK_DISABLED=true`, as the OpenTelemetry SDKs have it. */
export async function startSelfTracing(serviceName: string, environment: Environment): Promise<SelfTracing> {
  const off = environment.OTEL_TRACES_SAMPLER === "always_off" || environment.OTEL_SDK_DISABLED === "true";
  if (off) return NO_TRACING;
  // The SDK is a megabyte, for those who trace.
  const { OpenTelemetryTracing } = await import("./open-telemetry-tracing.ts");
  return new OpenTelemetryTracing(serviceName, environment);
}

const NO_TRACING: SelfTracing = {
  trace: () => ({ step: (_name, run) => run(), end: () => undefined }),
  child: (_name, _attributes, run) => run(),
  exportTo: async () => undefined,
  close: async () => undefined,
};
