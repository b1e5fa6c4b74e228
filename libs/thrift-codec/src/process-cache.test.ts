import type { Process } from "@spoor/span-model";
import { decodeProcess } from "@spoor/span-wire";
import { describe, expect, test } from "vitest";
import { decodeAgentMessage } from "./agent-message.ts";
import { encodeEmitBatch } from "./encode-jaeger.ts";
import { DEFAULT_THRIFT_LIMITS } from "./limits.ts";
import { ProcessCache } from "./process-cache.ts";

const process = (serviceName: string, host: string): Process => ({
  serviceName,
  tags: [{ key: "hostname", type: "string", value: host }],
});

function read(cache: ProcessCache, sent: Process, protocol: "compact" | "binary" = "compact") {
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
    cache,
  );
  if (message.kind !== "jaeger") throw new Error("not a batch");
  expect(message.spans).toHaveLength(1);
  expect(message.spans[0]?.process).toBe(message.process);
  return message.process;
}

describe("a cache of processes", () => {
  test.each(["compact", "binary"] as const)("gives equal processes of %s batches the same object", (protocol) => {
    const cache = new ProcessCache();
    const first = read(cache, process("checkout", "a-host-with-a-long-name"), protocol);
    expect(read(cache, process("checkout", "a-host-with-a-long-name"), protocol)).toBe(first);
    const other = read(cache, process("checkout", "a-host-with-a-long-nam3"), protocol);
    expect(decodeProcess(other)).toEqual(process("checkout", "a-host-with-a-long-nam3"));
    expect(decodeProcess(first)).toEqual(process("checkout", "a-host-with-a-long-name"));
  });

  test("processes that begin alike stay apart, however many", () => {
    const cache = new ProcessCache();
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < 20; i++) {
        const sent = process("a-service-with-a-name-that-is-long-enough", `host-${i}`);
        expect(decodeProcess(read(cache, sent))).toEqual(sent);
      }
  });

  test("forgets all when there are too many, and goes on", () => {
    const cache = new ProcessCache(2);
    const first = read(cache, process("one", "a-host-with-a-long-name"));
    for (const name of ["two", "three"]) read(cache, process(name, "a-host-with-a-long-name"));
    const again = read(cache, process("one", "a-host-with-a-long-name"));
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });
});
