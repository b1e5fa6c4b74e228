import type { Process } from "@spoor/span-model";
import { decodeProcess, decodeSpan } from "@spoor/span-wire";
import { describe, expect, test } from "vitest";
import { AgentDecoding } from "./agent-decoding.ts";
import { decodeAgentMessage } from "./agent-message.ts";
import { encodeEmitBatch } from "./encode-jaeger.ts";
import { DEFAULT_THRIFT_LIMITS } from "./limits.ts";

const process = (serviceName: string, host: string): Process => ({
  serviceName,
  tags: [{ key: "hostname", type: "string", value: host }],
});

function read(shared: AgentDecoding, sent: Process, protocol: "compact" | "binary" = "compact") {
  const span = {
    traceId: "0123456789abcdef0123456789abcdef",
    spanId: "00000000000000aa",
    operationName: "op",
    references: [],
    flags: 1,
    startTimeNs: 1_000n,
    durationNs: 1_000n,
    tags: [],
    logs: [],
    process: sent,
    warnings: [],
  };
  const message = decodeAgentMessage(
    encodeEmitBatch({ process: sent, spans: [span] }, protocol),
    protocol,
    DEFAULT_THRIFT_LIMITS,
    shared,
  );
  if (message.kind !== "jaeger") throw new Error("not a batch");
  expect(message.spans).toHaveLength(1);
  expect(message.spans[0]?.process).toBe(message.process);
  return message.process;
}

describe("messages that share a decoding", () => {
  test.each(["compact", "binary"] as const)("gives equal processes of %s batches the same object", (protocol) => {
    const cache = new AgentDecoding();
    const first = read(cache, process("checkout", "a-host-with-a-long-name"), protocol);
    expect(read(cache, process("checkout", "a-host-with-a-long-name"), protocol)).toBe(first);
    const other = read(cache, process("checkout", "a-host-with-a-long-nam3"), protocol);
    expect(decodeProcess(other)).toEqual(process("checkout", "a-host-with-a-long-nam3"));
    expect(decodeProcess(first)).toEqual(process("checkout", "a-host-with-a-long-name"));
  });

  test("processes that begin alike stay apart, however many", () => {
    const cache = new AgentDecoding();
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < 20; i++) {
        const sent = process("a-service-with-a-name-that-is-long-enough", `host-${i}`);
        expect(decodeProcess(read(cache, sent))).toEqual(sent);
      }
  });

  test("forgets all when there are too many, and goes on", () => {
    const cache = new AgentDecoding(2);
    const first = read(cache, process("one", "a-host-with-a-long-name"));
    for (const name of ["two", "three"]) read(cache, process(name, "a-host-with-a-long-name"));
    const again = read(cache, process("one", "a-host-with-a-long-name"));
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });

  test("spans of one message outlive those that come after, good and bad", () => {
    const shared = new AgentDecoding();
    const sent = (i: number) => ({
      traceId: "0123456789abcdef0123456789abcdef",
      spanId: "00000000000000aa",
      operationName: `operation ${i} ${"x".repeat(i * 40)}`,
      references: [],
      flags: 1,
      startTimeNs: 1_000n,
      durationNs: 1_000n,
      tags: [],
      logs: [],
      process: process(`service ${i}`, "host"),
      warnings: [],
    });
    const decode = (bytes: Uint8Array) => decodeAgentMessage(bytes, "compact", DEFAULT_THRIFT_LIMITS, shared).spans;
    const received = Array.from({ length: 400 }, (_, i) => {
      const bytes = encodeEmitBatch({ process: sent(i).process, spans: [sent(i), sent(i)] }, "compact");
      expect(() => decode(bytes.subarray(0, bytes.length - 30))).toThrow();
      return decode(bytes);
    });
    for (const [i, spans] of received.entries()) expect(spans.map(decodeSpan)).toEqual([sent(i), sent(i)]);
  });
});
