import { readFileSync } from "node:fs";
import { decodeOtlpProtobuf } from "@spoor/otlp";
import { createQueryService, type QueryService } from "@spoor/query-service";
import { type EncodedSpan, NO_FIELDS, scanPostSpansRequest, WireWriter, writeStringKeyValue } from "@spoor/span-wire";
import { openMemoryStorage } from "@spoor/storage-memory";

/** A request that was sent to v1.67.0 and what it answered. */
export interface RecordedCase<Response> {
  readonly name: string;
  readonly request: {
    readonly port: string;
    readonly method?: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
    /** gRPC: the body is sent as it is, without a frame of ours. */
    readonly rawFraming?: boolean;
    /** gRPC: the frame's flag says compressed. */
    readonly compressed?: boolean;
  };
  readonly requestBase64?: string;
  readonly response: Response;
}

export function recorded<Response>(file: string): readonly RecordedCase<Response>[] {
  return JSON.parse(readFileSync(new URL(`../fixtures/${file}`, import.meta.url), "utf8"));
}

interface LoadRequest {
  readonly port: string;
  readonly requestBase64: string;
}

/** The real query service over a memory store that holds the recorded data set. */
export async function recordedService(): Promise<QueryService> {
  const storage = await openMemoryStorage();
  const requests: readonly LoadRequest[] = JSON.parse(
    readFileSync(new URL("../fixtures/load.json", import.meta.url), "utf8"),
  );
  for (const { port, requestBase64 } of requests) {
    const body = Buffer.from(requestBase64, "base64");
    const isOtlp = port !== "collectorGrpc";
    await storage.writer.write(batchOf(isOtlp ? decodeOtlpProtobuf(body) : scanPostSpansRequest(body), isOtlp, ""));
  }
  return createQueryService({ storage });
}

/** As {@link recordedService} for requests of tenants. */
export async function tenantService(cases: readonly RecordedCase<unknown>[]): Promise<QueryService> {
  const storage = await openMemoryStorage();
  for (const { request, requestBase64 = "" } of cases) {
    const body = Buffer.from(requestBase64, "base64");
    const isOtlp = request.port === "otlpGrpc";
    const spans = isOtlp ? decodeOtlpProtobuf(body) : scanPostSpansRequest(body);
    await storage.writer.write(batchOf(spans, isOtlp, String(request.headers?.["x-tenant"] ?? "")));
  }
  return createQueryService({ storage });
}

/** The tag that v1's collector adds to spans that came in its own form. */
const FORMAT_TAG = (() => {
  const writer = new WireWriter(64);
  writeStringKeyValue(writer, 8, "@jaeger@format", "proto");
  return writer.finish();
})();

function batchOf(spans: readonly EncodedSpan[], isOtlp: boolean, tenant: string) {
  return {
    spans,
    commonFields: isOtlp ? NO_FIELDS : FORMAT_TAG,
    format: isOtlp ? ("otlp" as const) : ("proto" as const),
    transport: "grpc" as const,
    tenant,
    byteLength: spans.reduce((sum, span) => sum + span.end - span.start, 0),
  };
}
