import type { KeyValue } from "@spoor/span-model";
import type { WorkloadBatch } from "../workload.ts";

/** A Zipkin v2 JSON array, as Zipkin's reporters send it. Process tags have no place there. */
export function encodeZipkinJson(batch: WorkloadBatch): Buffer {
  const localEndpoint = { serviceName: batch.process.serviceName };
  const spans = batch.spans.map((span) => {
    const tags = Object.fromEntries(
      span.tags.filter((tag) => tag.key !== "span.kind").map((tag) => [tag.key, plain(tag)]),
    );
    const kind = span.tags.find((tag) => tag.key === "span.kind");
    const kindText = kind === undefined ? "" : plain(kind).toUpperCase();
    return {
      traceId: span.traceId,
      id: span.spanId,
      ...(span.references[0] === undefined ? {} : { parentId: span.references[0].spanId }),
      name: span.operationName,
      ...(kindText === "INTERNAL" ? {} : { kind: kindText }),
      timestamp: Number(span.startTimeNs / 1000n),
      duration: Number(span.durationNs / 1000n),
      localEndpoint,
      tags,
      annotations: span.logs.map((log) => ({
        timestamp: Number(log.timestampNs / 1000n),
        value: log.fields.map((field) => `${field.key}=${plain(field)}`).join(" "),
      })),
    };
  });
  return Buffer.from(JSON.stringify(spans));
}

function plain(tag: KeyValue): string {
  return tag.type === "unknown" ? "" : String(tag.value);
}
