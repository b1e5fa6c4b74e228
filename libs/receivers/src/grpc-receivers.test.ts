import * as zlib from "node:zlib";
import { answerOf, framed, GrpcClient } from "@spoor/grpc-testkit";
import { StorageError } from "@spoor/storage-api";
import { createTenancy } from "@spoor/tenancy";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { startCollectorGrpc, startOtlpGrpc } from "./grpc-receivers.ts";
import type { Receiver } from "./receiver.ts";
import { fixedStrategy, receiverOptions } from "./testing/receiver-options.ts";
import { otlpRequest, postSpansRequest } from "./testing/spans.ts";

const POST_SPANS = "/jaeger.api_v2.CollectorService/PostSpans";
const EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const HEALTH = "/grpc.health.v1.Health";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function connect(receiver: Receiver): GrpcClient {
  const client = new GrpcClient(receiver.address.port);
  cleanups.push(() => client.close());
  return client;
}

async function start(more: Partial<Parameters<typeof startCollectorGrpc>[0]> = {}) {
  const options = receiverOptions();
  const receiver = await startCollectorGrpc({ ...options, ...more });
  cleanups.push(() => receiver.close());
  return { ...options, receiver, client: connect(receiver) };
}

const refusals = async (registry: { getMetricsAsJSON(): Promise<unknown> }): Promise<string> =>
  JSON.stringify(await registry.getMetricsAsJSON());

describe("PostSpans", () => {
  test("answers when the spans are written, not before", async () => {
    const { writer, client } = await start();
    let open = (): void => {};
    writer.gate = new Promise((resolve) => {
      open = resolve;
    });
    let answered = false;
    const answer = client.call({ path: POST_SPANS, body: framed(postSpansRequest("svc", 3)) }).then((found) => {
      answered = true;
      return found;
    });
    await vi.waitFor(() => expect(writer.signals).toHaveLength(1));
    expect(answered).toBe(false);
    open();
    expect(await answer).toMatchObject({ code: 0, messages: [Buffer.alloc(0)] });
    expect(writer.batches[0]).toMatchObject({ format: "proto", transport: "grpc", tenant: "" });
    expect(writer.batches[0]?.spans.map((span) => span.process.serviceName)).toEqual(["svc", "svc", "svc"]);
  });

  test("takes gzip, zstd and deflate per message", async () => {
    const { writer, client } = await start();
    const request = postSpansRequest("svc", 2);
    for (const [name, bytes] of [
      ["gzip", zlib.gzipSync(request)],
      ["zstd", zlib.zstdCompressSync(request)],
      ["deflate", zlib.deflateSync(request)],
    ] as const) {
      const answer = await client.call({
        path: POST_SPANS,
        headers: { "grpc-encoding": name },
        body: framed(bytes, 1),
      });
      expect([name, answer.code]).toEqual([name, 0]);
    }
    expect(writer.spanCount).toBe(6);
  });

  test.each([
    ["OVERLOADED", 8],
    ["UNAVAILABLE", 14],
    ["REJECTED", 3],
  ] as const)("tells %s as status %d", async (code, status) => {
    const { writer, client, registry } = await start();
    writer.failure = new StorageError(code, "because", { retryAfterMs: 100 });
    const answer = await client.call({ path: POST_SPANS, body: framed(postSpansRequest("svc", 1)) });
    expect(answer).toMatchObject({ code: status, message: "because" });
    if (code === "OVERLOADED") expect(answer.details?.toString("latin1")).toContain("RetryInfo");
    expect(await refusals(registry)).toContain("collector-grpc");
  });

  test("gives no word of an unexpected failure away", async () => {
    const { writer, client } = await start();
    writer.failure = new TypeError("secret");
    const answer = await client.call({ path: POST_SPANS, body: framed(postSpansRequest("svc", 1)) });
    expect(answer).toMatchObject({ code: 13, message: "internal error" });
  });

  test("ends at its deadline and tells the writer", async () => {
    const { writer, client } = await start();
    writer.gate = new Promise(() => {});
    const body = framed(postSpansRequest("svc", 1));
    const answer = await client.call({ path: POST_SPANS, headers: { "grpc-timeout": "20m" }, body });
    expect(answer).toMatchObject({ code: 4, message: "context deadline exceeded" });
    await vi.waitFor(() => expect(writer.signals[0]?.aborted).toBe(true));
  });

  test("tells the writer when a client with a deadline goes away", async () => {
    const { writer, client } = await start();
    writer.gate = new Promise(() => {});
    const body = framed(postSpansRequest("svc", 1));
    const stream = client.open({ path: POST_SPANS, headers: { "grpc-timeout": "1H" }, body });
    await vi.waitFor(() => expect(writer.signals).toHaveLength(1));
    stream.close(8);
    await vi.waitFor(() => expect(writer.signals[0]?.aborted).toBe(true));
  });

  test("gives the tenant on", async () => {
    const { writer, client } = await start({ tenancy: createTenancy({ enabled: true, tenants: ["acme"] }) });
    const body = framed(postSpansRequest("svc", 1));
    expect(await client.call({ path: POST_SPANS, headers: { "x-tenant": "acme" }, body })).toMatchObject({ code: 0 });
    expect(writer.batches[0]?.tenant).toBe("acme");
  });

  test("answers many calls of one connection", async () => {
    const { writer, client } = await start();
    const body = framed(postSpansRequest("svc", 200));
    const answers = await Promise.all(Array.from({ length: 200 }, () => client.call({ path: POST_SPANS, body })));
    expect(new Set(answers.map((answer) => answer.code))).toEqual(new Set([0]));
    expect(writer.spanCount).toBe(40_000);
  });

  test("survives garbage in framing and messages, and goes on serving", async () => {
    const { client } = await start();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, asMessage) => {
        const body = asMessage ? framed(bytes) : bytes;
        const answer = await client.call({ path: POST_SPANS, body });
        expect(answer.code).toBeTypeOf("number");
      }),
      { numRuns: 150, seed: 1 },
    );
    expect((await client.call({ path: POST_SPANS, body: framed(postSpansRequest("svc", 1)) })).code).toBe(0);
  });
});

describe("Export", () => {
  test("spans of one OTLP request outlive the buffer of the next", async () => {
    const options = receiverOptions();
    const receiver = await startOtlpGrpc(options);
    cleanups.push(() => receiver.close());
    const client = connect(receiver);
    for (const service of ["aaa", "bbb", "ccc"]) {
      const answer = await client.call({ path: EXPORT, body: framed(otlpRequest(service, 60_000)) });
      expect(answer.code).toBe(0);
    }
    for (const [i, letter] of ["a", "b", "c"].entries()) {
      const span = options.writer.batches[i]?.spans[0];
      const text = Buffer.from(span?.buffer.subarray(span.start, span.end) ?? []).toString("latin1");
      expect(text).toContain(letter.repeat(60_000));
    }
  });

  test("survives damaged requests on OTLP's port", async () => {
    const options = receiverOptions();
    const receiver = await startOtlpGrpc(options);
    cleanups.push(() => receiver.close());
    const client = connect(receiver);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        expect((await client.call({ path: EXPORT, body: framed(bytes) })).code).toBeTypeOf("number");
      }),
      { numRuns: 150, seed: 1 },
    );
    const ok = await client.call({ path: EXPORT, body: framed(Buffer.alloc(0)) });
    expect(ok).toMatchObject({ code: 0, messages: [Buffer.from([0x0a, 0])] });
  });
});

describe("the other services of a collector", () => {
  test("a strategy that cannot be had is an internal error", async () => {
    const { client } = await start({ strategies: fixedStrategy(new Error("down")) });
    const path = "/jaeger.api_v2.SamplingManager/GetSamplingStrategy";
    expect(await client.call({ path, body: framed(Buffer.alloc(0)) })).toMatchObject({ code: 13 });
  });

  test("a health watcher hears of the end", async () => {
    const { client, receiver } = await start();
    const stream = client.open({ path: `${HEALTH}/Watch`, body: framed(Buffer.alloc(0)) });
    const answer = answerOf(stream);
    await new Promise((resolve) => stream.once("data", resolve));
    await receiver.close();
    const { messages, code } = await answer;
    expect(messages.map((message) => [...message])).toEqual([
      [8, 1],
      [8, 2],
    ]);
    expect(code).toBe(14);
  });
});
