import type { Process, Span } from "@spoor/span-model";
import {
  decodeSpan,
  EncodedSpan,
  encodeSpans,
  NO_FIELDS,
  NO_PROCESS,
  type SpanBatch,
  scanPostSpansRequest,
} from "@spoor/span-wire";
import { describe, expect, test } from "vitest";
import { encodePostSpansRequest } from "./post-spans-request.ts";

function span(operationName: string, process: Process): Span {
  return {
    traceId: "0123456789abcdef0123456789abcdef",
    spanId: "00000000000000aa",
    operationName,
    references: [],
    flags: 1,
    startTimeNs: 5_000_000_000n,
    durationNs: 7n,
    tags: [{ key: "k", type: "bool", value: true }],
    logs: [],
    process,
    warnings: [],
  };
}

function batch(spans: readonly EncodedSpan[]): SpanBatch {
  return { spans, commonFields: NO_FIELDS, format: "jaeger", transport: "udp", tenant: "", byteLength: 1 };
}

const A: Process = { serviceName: "a", tags: [{ key: "host", type: "string", value: "h" }] };
const B: Process = { serviceName: "b", tags: [] };

describe("a request to a collector", () => {
  test("gives every span back with its own process, in order", () => {
    const spans = [span("1", A), span("2", B), span("3", A), span("4", B), span("5", B)];
    const request = encodePostSpansRequest([batch(encodeSpans(spans.slice(0, 2))), batch(encodeSpans(spans.slice(2)))]);
    expect(scanPostSpansRequest(request).map((each) => decodeSpan(each))).toEqual(spans);
  });

  test("has lengths of any size", () => {
    const process = (length: number): Process => ({ serviceName: "s".repeat(length), tags: [] });
    const most = process(2_097_152);
    const processes = [most, ...[1, 120, 128, 16_000, 16_384].map(process), most];
    const spans = processes.map((each) => span("o".repeat(each.serviceName.length), each));
    expect(scanPostSpansRequest(encodePostSpansRequest([batch(encodeSpans(spans))])).map(decodeSpan)).toEqual(spans);
  });

  test("a span without a process stays without one, whatever the others have", () => {
    const encoded = encodeSpans([span("1", A), span("2", A), span("3", A)]).map((each, i) =>
      i === 1
        ? new EncodedSpan(each.buffer, each.start, each.end, NO_PROCESS, each.traceIdStart, each.flags, each.isRoot)
        : each,
    );
    const processes = scanPostSpansRequest(encodePostSpansRequest([batch(encoded)])).map(({ process }) => process);
    expect(processes.map((process) => (process === NO_PROCESS ? "none" : process.serviceName))).toEqual([
      "a",
      "none",
      "a",
    ]);
  });
});
