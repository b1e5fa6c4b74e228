import { decodeProcess, encodeSpans, NO_FIELDS, type SpanBatch } from "@spoor/span-wire";
import { expect, test } from "vitest";
import { taggedWriter } from "./tagged-writer.ts";

test("agent tags come behind a process's own, once a process, whatever is there already", async () => {
  const process = { serviceName: "a", tags: [{ key: "ip", type: "string", value: "fixed" }] } as const;
  const span = {
    traceId: "0123456789abcdef0123456789abcdef",
    spanId: "00000000000000aa",
    operationName: "op",
    references: [],
    flags: 1,
    startTimeNs: 1n,
    durationNs: 1n,
    tags: [],
    logs: [],
    process,
    warnings: [],
  } as const;
  const batch: SpanBatch = {
    spans: encodeSpans([span, span]),
    commonFields: NO_FIELDS,
    format: "jaeger",
    transport: "udp",
    tenant: "",
    byteLength: 1,
  };
  const written: SpanBatch[] = [];
  const writer = { write: async (each: SpanBatch) => void written.push(each) };
  await taggedWriter(writer, [
    { key: "at", value: "2" },
    { key: "ip", value: "fixed" },
  ]).write(batch);
  const [first, second] = written[0]?.spans ?? [];
  expect(first?.process).toBe(second?.process);
  expect(first && decodeProcess(first.process).tags).toEqual([
    { key: "ip", type: "string", value: "fixed" },
    { key: "at", type: "string", value: "2" },
    { key: "ip", type: "string", value: "fixed" },
  ]);
  expect(taggedWriter(writer, [])).toBe(writer);
});
