import * as zlib from "node:zlib";
import { answerOf, framed, GrpcClient } from "@spoor/grpc-testkit";
import { StorageError } from "@spoor/storage-api";
import { createTenancy } from "@spoor/tenancy";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { startCollectorGrpc, startOtlpGrpc } from "./grpc-receivers.ts";
import type { Receiver } from "./receiver.ts";
import { exchangeRaw } from "./testing/http-exchange.ts";
import { fixedStrategy, receiverOptions } from "./testing/receiver-options.ts";
import { otlpRequest, postSpansRequest } from "./testing/spans.ts";

const POST_SPANS = "/jaeger.api_v2.CollectorService/PostSpans";
const EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const HEALTH = "/grpc.health.v1.Health";
const REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

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

  test("refuses a compressed message that inflates beyond the limit", async () => {
    const { client } = await start({ limits: { maxMessageBytes: 100_000 } });
    const bomb = zlib.gzipSync(Buffer.alloc(5_000_000));
    const answer = await client.call({ path: POST_SPANS, headers: { "grpc-encoding": "gzip" }, body: framed(bomb, 1) });
    expect(answer).toMatchObject({
      code: 8,
      message: "grpc: received message after decompression larger than max 100000",
    });
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
});

describe("a gRPC server", () => {
  test("refuses a too long message by its header, while the client still sends", async () => {
    const { client } = await start();
    const header = Buffer.from([0, 0xff, 0xff, 0xff, 0xff]);
    const answer = await client.call({ path: POST_SPANS, body: header, keepOpen: true });
    expect(answer).toMatchObject({
      code: 8,
      message: "grpc: received message larger than max (4294967295 vs. 4194304)",
      rstCode: 0,
    });
    expect((await client.call({ path: POST_SPANS, body: framed(Buffer.alloc(0)) })).code).toBe(0);
  });

  test("answers a whole request whose stream the client left open", async () => {
    const { client } = await start();
    const body = framed(postSpansRequest("svc", 1));
    const answer = await client.call({ path: POST_SPANS, body, keepOpen: true });
    expect(answer).toMatchObject({ code: 0, messages: [Buffer.alloc(0)], rstCode: 0 });
  });

  test("holds no more request bytes at once than it may", async () => {
    const { client } = await start({ limits: { maxBufferedBytes: 100_000 } });
    const half = framed(Buffer.alloc(90_000)).subarray(0, 80_000);
    const waiting = client.open({ path: POST_SPANS, body: half, keepOpen: true });
    await vi.waitFor(async () => {
      const answer = await client.call({ path: POST_SPANS, body: half, keepOpen: true });
      expect(answer).toMatchObject({ code: 8, message: "too many bytes of requests in flight" });
    });
    waiting.close();
    await vi.waitFor(async () => {
      const answer = await client.call({ path: POST_SPANS, body: framed(postSpansRequest("svc", 50)) });
      expect(answer.code).toBe(0);
    });
  });

  test("ends requests that do not arrive", async () => {
    const { client } = await start({ limits: { readTimeoutMs: 50 } });
    const body = framed(Buffer.alloc(100)).subarray(0, 20);
    const answer = await client.call({ path: POST_SPANS, body, keepOpen: true });
    expect(answer).toMatchObject({ code: 4, message: "the request did not arrive in time" });
  });

  test("lets calls in flight end when it closes, and refuses new ones", async () => {
    const { writer, client, receiver } = await start();
    let open = (): void => {};
    writer.gate = new Promise((resolve) => {
      open = resolve;
    });
    const answer = client.call({ path: POST_SPANS, body: framed(postSpansRequest("svc", 1)) });
    await vi.waitFor(() => expect(writer.signals).toHaveLength(1));
    const closed = receiver.close();
    open();
    expect(await answer).toMatchObject({ code: 0 });
    await closed;
    const late = new GrpcClient(receiver.address.port);
    cleanups.push(() => late.close());
    await expect(new Promise((_, reject) => late.session.once("error", reject))).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
  });

  test("cuts calls that outlast its patience when it closes", async () => {
    const { writer, client, receiver } = await start({ limits: { drainMs: 50 } });
    writer.gate = new Promise(() => {});
    const answer = client.call({ path: POST_SPANS, body: framed(postSpansRequest("svc", 1)) });
    await vi.waitFor(() => expect(writer.signals).toHaveLength(1));
    await receiver.close();
    expect((await answer).code).toBeUndefined();
  });

  test("asks old connections to go, without losing calls", async () => {
    const { client } = await start({ limits: { maxConnectionAgeMs: 30 } });
    const goaway = new Promise<number>((resolve) => client.session.once("goaway", resolve));
    const first = client.call({ path: POST_SPANS, body: framed(postSpansRequest("svc", 1)) });
    expect(await goaway).toBe(0);
    expect(await first).toMatchObject({ code: 0 });
    await vi.waitFor(() => expect(client.session.closed || client.session.destroyed).toBe(true));
  });

  test("cuts connections that speak no HTTP/2 or nothing at all", async () => {
    const { receiver } = await start({ limits: { handshakeTimeoutMs: 50 } });
    const { port } = receiver.address;
    for (const bytes of ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\0\xff\0", ""]) {
      await exchangeRaw(port, Buffer.from(bytes, "latin1"));
    }
  });

  test("forgets connections that clients leave, politely or not", async () => {
    const { receiver } = await start({ limits: { drainMs: 10_000 } });
    for (let i = 0; i < 20; i++) {
      const client = new GrpcClient(receiver.address.port);
      await client.call({ path: POST_SPANS, body: framed(Buffer.alloc(0)) });
      if (i % 2 === 0) await client.close();
      else await new Promise<void>((resolve) => client.session.close(resolve));
    }
    // Would wait for its patience, and run into the test's timeout, if it still thought of them as open.
    await receiver.close();
  }, 5_000);

  test("cuts a connection that floods it with pings or resets", async () => {
    const { receiver, client } = await start();
    const flood = new GrpcClient(receiver.address.port);
    cleanups.push(() => flood.close());
    await flood.call({ path: POST_SPANS, body: framed(Buffer.alloc(0)) });
    const ended = new Promise<void>((resolve) => flood.session.once("close", resolve));
    let sent = 0;
    while (!flood.session.closed && !flood.session.destroyed && sent < 20_000) {
      for (let i = 0; i < 200 && !flood.session.destroyed; i++, sent++) {
        const stream = flood.open({ path: POST_SPANS, body: Buffer.alloc(0), keepOpen: true });
        stream.close(8);
      }
      await new Promise(setImmediate);
    }
    await ended;
    expect(sent).toBeLessThan(20_000);
    expect((await client.call({ path: POST_SPANS, body: framed(Buffer.alloc(0)) })).code).toBe(0);
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

  test("a watcher of an unknown service is told so and may wait", async () => {
    const { client } = await start();
    const stream = client.open({ path: `${HEALTH}/Watch`, body: framed(Buffer.from("\x0a\x04nope")) });
    const first = await new Promise<Buffer>((resolve) => stream.once("data", resolve));
    expect([...first]).toEqual([0, 0, 0, 0, 2, 8, 3]);
    stream.close();
  });

  test("reflection finds the file of a service with all it imports, each once a stream", async () => {
    const { client } = await start();
    const symbol = Buffer.from("\x22\x1ejaeger.api_v2.CollectorService");
    const answer = await client.call({ path: REFLECTION, body: Buffer.concat([framed(symbol), framed(symbol)]) });
    const [first, second] = answer.messages.map((message) => message.toString("latin1"));
    for (const name of ["collector.proto", "model.proto", "google/protobuf/timestamp.proto"]) {
      expect(first).toContain(name);
    }
    expect(second).toContain("PostSpansRequest");
    expect(second).not.toContain("google.protobuf.Timestamp");
  });

  test("reflection says what it cannot find", async () => {
    const { client } = await start();
    const answer = await client.call({ path: REFLECTION, body: framed(Buffer.from("\x22\x04nope")) });
    expect(answer.messages[0]?.toString("latin1")).toContain("not found");
    expect(answer.code).toBe(0);
  });
});
