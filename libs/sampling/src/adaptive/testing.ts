import { createHash } from "node:crypto";
import type { KeyValue } from "@spoor/span-model";
import { type EncodedSpan, encodeSpans, NO_FIELDS, type SpanBatch } from "@spoor/span-wire";

/** Numbers from 0 to below 1 that are the same in every run. */
export function randomNumbers(seed: string): () => number {
  let block = createHash("sha256").update(seed).digest();
  let at = 0;
  return () => {
    if (at + 4 > block.length) {
      block = createHash("sha256").update(block).digest();
      at = 0;
    }
    at += 4;
    return block.readUInt32LE(at - 4) / 2 ** 32;
  };
}

/** A number of events of which `mean` are expected (Poisson; beyond 30 its normal neighbour). */
export function eventCount(mean: number, random: () => number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + (random() + random() + random() - 1.5) * 2 * Math.sqrt(mean)));
  let count = 0;
  for (let product = random(); product > Math.exp(-mean); product *= random()) count++;
  return count;
}

/** A root span with the tags. */
export function rootSpan(serviceName: string, operationName: string, tags: readonly KeyValue[]): EncodedSpan {
  const [span] = encodeSpans([
    {
      traceId: "1".padStart(32, "0"),
      spanId: "1".padStart(16, "0"),
      operationName,
      references: [],
      flags: 1,
      startTimeNs: 1n,
      durationNs: 1n,
      tags,
      logs: [],
      process: { serviceName, tags: [] },
      warnings: [],
    },
  ]);
  return span as EncodedSpan;
}

export function batchOf(spans: readonly EncodedSpan[]): SpanBatch {
  return { spans, commonFields: NO_FIELDS, format: "otlp", transport: "grpc", tenant: "", byteLength: 0 };
}
