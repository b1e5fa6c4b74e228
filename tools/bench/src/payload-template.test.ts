import { decodeSpan, scanBatch } from "@spoor/span-wire";
import { expect, it } from "vitest";
import { encodeJaegerGrpc } from "./encode/jaeger-grpc.ts";
import { encodeZipkinJson } from "./encode/zipkin-json.ts";
import { PayloadTemplate } from "./payload-template.ts";
import { Workload } from "./workload.ts";

const makeWorkload = (nonce: number) =>
  new Workload({
    spansPerBatch: 100,
    spansPerTrace: 10,
    services: 10,
    seed: 7,
    startNs: 1_800_000_000_000_000_000n,
    spreadNs: 1e9,
    nonce,
  });

it("gives each copy ids of its own, the same wherever an id is named again", () => {
  const template = new PayloadTemplate(makeWorkload, 0, encodeJaegerGrpc);
  const idsOf = (nonce: number) => {
    const request = template.stamp(nonce).subarray(5);
    // The batch is field 1 of the request; its length takes three bytes at this size.
    const spans = scanBatch(request, 4, request.length).map(decodeSpan);
    for (const span of spans) for (const reference of span.references) expect(reference.traceId).toBe(span.traceId);
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(10);
    const spanIds = new Set(spans.map((span) => span.spanId));
    expect(spanIds.size).toBe(100);
    for (const span of spans) for (const reference of span.references) expect(spanIds).toContain(reference.spanId);
    return spanIds;
  };
  const first = idsOf(1);
  for (const id of idsOf(2)) expect(first).not.toContain(id);
});

it("stamps text encodings too", () => {
  const template = new PayloadTemplate(makeWorkload, 3, encodeZipkinJson);
  const spans = JSON.parse(template.stamp(0xabcdef01).toString()) as readonly { id: string; traceId: string }[];
  expect(spans).toHaveLength(100);
  for (const span of spans) {
    expect(span.id).toMatch(/abcdef01$/);
    expect(span.traceId).toMatch(/abcdef01$/);
  }
});
