import { Agent } from "node:http";
import { connect } from "node:net";
import * as zlib from "node:zlib";
import { StorageError } from "@spoor/storage-api";
import { createTenancy } from "@spoor/tenancy";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { startOtlpHttp } from "./otlp-http.ts";
import type { Receiver } from "./receiver.ts";
import { startSamplingHttp } from "./sampling-http.ts";
import { exchange, exchangeRaw } from "./testing/http-exchange.ts";
import { fixedStrategy, receiverOptions } from "./testing/receiver-options.ts";
import { otlpRequest, THRIFT_BATCH_WITHOUT_SPANS } from "./testing/spans.ts";
import { startThriftHttp } from "./thrift-http.ts";
import { startZipkinHttp } from "./zipkin-http.ts";

const PROTOBUF = { "Content-Type": "application/x-protobuf" };
const JSON_BODY = { "Content-Type": "application/json" };
const THRIFT = { "Content-Type": "application/x-thrift" };
const ZIPKIN_SPANS = Buffer.from('[{"traceId":"1","id":"2","name":"op","localEndpoint":{"serviceName":"svc"}}]');

const open: Receiver[] = [];
afterEach(async () => {
  for (const receiver of open.splice(0)) await receiver.close();
});

type Options = ReturnType<typeof receiverOptions>;

async function started<More extends object>(start: (options: Options & More) => Promise<Receiver>, more?: More) {
  const options = receiverOptions();
  const receiver = await start({ ...options, ...(more as More) });
  open.push(receiver);
  return { ...options, receiver, port: receiver.address.port };
}

const otlp = (more: Partial<Parameters<typeof startOtlpHttp>[0]> = {}) => started(startOtlpHttp, more);
const thrift = (more: Partial<Parameters<typeof startThriftHttp>[0]> = {}) => started(startThriftHttp, more);
const zipkin = (more: Partial<Parameters<typeof startZipkinHttp>[0]> = {}) => started(startZipkinHttp, more);

const post = (port: number, path: string, headers: Record<string, string>, body: Uint8Array) =>
  exchange(port, { method: "POST", path, headers, body });
const exportTo = (port: number, body: Uint8Array = otlpRequest("svc"), headers: Record<string, string> = {}) =>
  post(port, "/v1/traces", { ...PROTOBUF, ...headers }, body);

describe("OTLP over HTTP", () => {
  test("answers when the spans are written, not before", async () => {
    const { port, writer } = await otlp();
    let release = (): void => {};
    writer.gate = new Promise((resolve) => {
      release = resolve;
    });
    let answered = false;
    const answer = exportTo(port).then((found) => {
      answered = true;
      return found;
    });
    await vi.waitFor(() => expect(writer.signals).toHaveLength(1));
    expect(answered).toBe(false);
    release();
    expect((await answer).status).toBe(200);
    expect(writer.batches[0]).toMatchObject({ format: "otlp", transport: "http", tenant: "" });
    expect(writer.batches[0]?.spans[0]?.process.serviceName).toBe("svc");
  });

  test("takes every compression it knows", async () => {
    const { port, writer } = await otlp();
    const body = otlpRequest("svc", 1000);
    for (const [name, bytes] of [
      ["gzip", zlib.gzipSync(body)],
      ["deflate", zlib.deflateSync(body)],
      ["zlib", zlib.deflateSync(body)],
      ["zstd", zlib.zstdCompressSync(body)],
    ] as const) {
      expect([name, (await exportTo(port, bytes, { "Content-Encoding": name })).status]).toEqual([name, 200]);
    }
    expect(writer.spanCount).toBe(4);
  });

  test("refuses a body that inflates beyond the limit", async () => {
    const { port } = await otlp();
    const bomb = zlib.gzipSync(Buffer.alloc(30_000_000));
    const answer = await exportTo(port, bomb, { "Content-Encoding": "gzip", ...JSON_BODY });
    expect([answer.status, answer.body.toString()]).toEqual([
      400,
      '{"code":3,"message":"http: request body too large"}',
    ]);
  });

  test.each([
    ["OVERLOADED", 429, "2", 8],
    ["UNAVAILABLE", 503, "2", 14],
    ["REJECTED", 400, undefined, 3],
  ] as const)("tells %s as %d", async (code, status, retryAfter, grpcCode) => {
    const { port, writer } = await otlp();
    writer.failure = new StorageError(code, "because", { retryAfterMs: 1_500 });
    const json = Buffer.from(
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"01010101010101010101010101010101","spanId":"0202020202020202"}]}]}]}',
    );
    const answer = await exportTo(port, json, JSON_BODY);
    expect([answer.status, answer.headers["retry-after"]]).toEqual([status, retryAfter]);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code: grpcCode, message: "because" });
    const inProtobuf = await exportTo(port);
    expect([...inProtobuf.body.subarray(0, 2)]).toEqual([8, grpcCode]);
  });

  test("gives the tenant on and refuses without one", async () => {
    const { port, writer } = await otlp({ tenancy: createTenancy({ enabled: true, tenants: ["acme"] }) });
    expect((await exportTo(port, undefined, { "X-Tenant": "acme" })).status).toBe(200);
    expect(writer.batches[0]?.tenant).toBe("acme");
    expect((await exportTo(port)).status).toBe(403);
    expect((await exportTo(port, undefined, { "X-Tenant": "other" })).status).toBe(403);
    expect(writer.batches).toHaveLength(1);
  });

  test("lets allowed origins in, and asks first", async () => {
    const { port } = await otlp({ cors: { allowedOrigins: ["https://*.example.com"], allowedHeaders: ["X-A"] } });
    const preflight = (origin: string, headers: string) =>
      exchange(port, {
        method: "OPTIONS",
        path: "/v1/traces",
        headers: {
          Origin: origin,
          "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Headers": headers,
        },
      });
    const allowed = await preflight("https://ui.example.com", "x-a");
    expect(allowed).toMatchObject({
      status: 204,
      headers: { "access-control-allow-origin": "https://ui.example.com", "access-control-allow-methods": "POST" },
    });
    expect((await preflight("https://evil.com", "x-a")).headers).not.toHaveProperty("access-control-allow-origin");
    expect((await preflight("https://ui.example.com", "x-b")).headers).not.toHaveProperty(
      "access-control-allow-origin",
    );
    const answer = await exportTo(port, undefined, { Origin: "https://ui.example.com" });
    expect(answer.headers["access-control-allow-origin"]).toBe("https://ui.example.com");
  });
});

describe("Thrift over HTTP", () => {
  test.each([
    ["OVERLOADED", 429],
    ["UNAVAILABLE", 503],
    ["REJECTED", 400],
  ] as const)("tells %s as %d", async (code, status) => {
    const { port, writer } = await thrift();
    writer.failure = new StorageError(code, "because");
    const answer = await post(port, "/api/traces", THRIFT, thriftBatch());
    expect([answer.status, answer.body.toString()]).toEqual([status, "Cannot submit Jaeger batch: because\n"]);
  });

  test("hands spans on, with a known tenant's name or none", async () => {
    const { port, writer } = await thrift({ tenancy: createTenancy({ enabled: true, tenants: ["acme"] }) });
    for (const headers of [{ "X-Tenant": "acme" }, { "X-Tenant": "other" }, {}]) {
      expect((await post(port, "/api/traces", { ...THRIFT, ...headers }, thriftBatch())).status).toBe(202);
    }
    expect(writer.batches.map(({ tenant, format, transport }) => [tenant, format, transport])).toEqual([
      ["acme", "jaeger", "http"],
      ["", "jaeger", "http"],
      ["", "jaeger", "http"],
    ]);
  });

  test("times requests by route; what has none is one series", async () => {
    const { port, registry } = await thrift();
    await post(port, "/api/traces", THRIFT, THRIFT_BATCH_WITHOUT_SPANS);
    for (const path of ["/a", "/b", "/c?service=d"]) await exchange(port, { method: "GET", path });
    await exchange(port, { method: "DELETE", path: "/api/traces" });
    await vi.waitFor(async () => {
      const text = await registry.metrics();
      expect(text).toContain('_http_request_duration_count{method="POST",path="/api/traces",status="202"} 1');
      expect(text).toContain('_http_request_duration_count{method="other",path="other",status="other"} 4');
    });
  });
});

describe("Zipkin", () => {
  test("hands spans on", async () => {
    const { port, writer } = await zipkin();
    expect((await post(port, "/api/v2/spans", JSON_BODY, ZIPKIN_SPANS)).status).toBe(202);
    expect(writer.batches[0]).toMatchObject({ format: "zipkin", transport: "http" });
  });

  test.each([
    ["OVERLOADED", 429, "because\n"],
    ["UNAVAILABLE", 503, "because\n"],
    ["CORRUPT", 500, "Internal Server Error"],
  ] as const)("tells %s as %d", async (code, status, text) => {
    const { port, writer } = await zipkin();
    writer.failure = new StorageError(code, "because");
    const answer = await post(port, "/api/v2/spans", JSON_BODY, ZIPKIN_SPANS);
    expect([answer.status, answer.body.toString()]).toEqual([status, text]);
  });

  test("gives the tenant on and refuses without one", async () => {
    const { port, writer } = await zipkin({ tenancy: createTenancy({ enabled: true }) });
    expect((await post(port, "/", { ...JSON_BODY, "x-tenant": "acme" }, ZIPKIN_SPANS)).status).toBe(202);
    expect(writer.batches[0]?.tenant).toBe("acme");
    expect((await post(port, "/", JSON_BODY, ZIPKIN_SPANS)).status).toBe(403);
  });

  test("closes connections after each request when told to", async () => {
    const { port } = await zipkin({ keepAlive: false });
    const text = await exchangeRaw(port, Buffer.from("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n[]"));
    expect(text).toMatch(/^HTTP\/1\.1 202 [\s\S]*connection: close/i);
  });
});

describe("sampling over HTTP", () => {
  test("a source that fails is a 500 with its words, and counted", async () => {
    const { port, registry } = await started(startSamplingHttp, { strategies: fixedStrategy(new Error("down")) });
    const answer = await exchange(port, { method: "GET", path: "/sampling?service=a" });
    expect([answer.status, answer.body.toString()]).toEqual([500, "collector error: down\n"]);
    expect(await registry.metrics()).toContain(
      'jaeger_agent_http_server_errors_total{source="collector-proxy",status="5xx"} 1',
    );
  });

  test.runIf(process.platform === "linux")("two servers may share the port", async () => {
    const first = await started(startSamplingHttp, { reusePort: true });
    const second = await started(startSamplingHttp, { reusePort: true, port: first.port });
    expect(second.port).toBe(first.port);
  });
});

describe("an HTTP receiver", () => {
  test("cuts clients that send their head slowly", async () => {
    const { port } = await otlp({ limits: { readHeaderTimeoutMs: 100 } });
    const text = await exchangeRaw(port, Buffer.from("POST /v1/traces HTTP/1.1\r\nHost: a\r\n"));
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("cuts clients that send their body slowly", async () => {
    const { port } = await otlp({ limits: { readTimeoutMs: 200, readHeaderTimeoutMs: 100 } });
    const head =
      "POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    expect(await exchangeRaw(port, Buffer.from(head))).toMatch(/^(HTTP\/1\.1 4|$)/);
  });

  test("closes connections that rest too long", async () => {
    const { port } = await otlp({ limits: { idleTimeoutMs: 50 } });
    expect(await exchangeRaw(port, Buffer.from("GET /nope HTTP/1.1\r\nHost: a\r\n\r\n"))).toMatch(/^HTTP\/1\.1 404 /);
  });

  test("refuses heads beyond the limit", async () => {
    const { port } = await otlp();
    const head = `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(100_000)}\r\n\r\n`;
    expect(await exchangeRaw(port, Buffer.from(head))).toMatch(/^(HTTP\/1\.1 431 |$)/);
  });

  test("holds no more body bytes at once than it may", async () => {
    const { port } = await otlp({ limits: { maxBufferedBytes: 100_000 } });
    const held = connect(port, "127.0.0.1");
    held.on("error", () => {});
    held.write(
      `POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n${" ".repeat(90_000)}`,
    );
    await vi.waitFor(async () => {
      const answer = await exportTo(port, Buffer.alloc(50_000, " "), JSON_BODY);
      expect([answer.status, answer.headers["retry-after"]]).toEqual([429, "1"]);
    });
    held.destroy();
    await vi.waitFor(async () => expect((await exportTo(port)).status).toBe(200));
  });

  test("lets requests in flight end when it closes", async () => {
    const { port, writer, receiver } = await otlp();
    let release = (): void => {};
    writer.gate = new Promise((resolve) => {
      release = resolve;
    });
    const answer = exportTo(port);
    await vi.waitFor(() => expect(writer.signals).toHaveLength(1));
    const closed = receiver.close();
    open.length = 0;
    release();
    expect((await answer).status).toBe(200);
    await closed;
    await expect(exportTo(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("closes soon though a client goes on sending over its connection", async () => {
    const { port, receiver } = await otlp({ limits: { drainMs: 3_600_000 } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = () =>
      exchange(port, { method: "POST", path: "/v1/traces", headers: PROTOBUF, body: otlpRequest("svc"), agent });
    let isClosed = false;
    await send();
    const client = (async () => {
      while (!isClosed) await send().catch(() => new Promise((resolve) => setTimeout(resolve, 1)));
    })();
    await receiver.close();
    open.length = 0;
    isClosed = true;
    await client;
    agent.destroy();
  });

  test("cuts requests that outlast its patience when it closes", async () => {
    const { port, writer, receiver } = await otlp({ limits: { drainMs: 50 } });
    writer.gate = new Promise(() => {});
    const answer = exportTo(port);
    answer.catch(() => {});
    await vi.waitFor(() => expect(writer.signals).toHaveLength(1));
    await receiver.close();
    open.length = 0;
    await expect(answer).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  const faces = [
    ["OTLP", otlp, "/v1/traces", PROTOBUF, otlpRequest("svc"), 200],
    ["Thrift", thrift, "/api/traces", THRIFT, thriftBatch(), 202],
    ["Zipkin", zipkin, "/api/v2/spans", JSON_BODY, ZIPKIN_SPANS, 202],
  ] as const;

  test.each(faces)("%s survives damaged bodies", async (_, start, path, headers, valid, ok) => {
    const { port } = await start();
    const damage = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), damage), async (input) => {
        const body = Buffer.from(input instanceof Uint8Array ? input : valid);
        if (!(input instanceof Uint8Array)) for (const [at, value] of input) body[at] = value;
        expect([200, 202, 400]).toContain((await post(port, path, headers, body)).status);
      }),
      { numRuns: 100, seed: 1 },
    );
    expect((await post(port, path, headers, valid)).status).toBe(ok);
  });

  test.each(faces)("%s survives what is no HTTP", async (_, start, path, headers, valid, ok) => {
    const { port } = await start({ limits: { readHeaderTimeoutMs: 300, readTimeoutMs: 300 } });
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom("POST / HTTP/1.1\r\n", "Host: a\r\n", "\r\n", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        fc.constantFrom("Content-Length: 5\r\n", "Content-Length: -1\r\n", "Expect: 100-continue\r\n", "zz\r\n"),
        fc.string({ maxLength: 20 }),
      ),
      { minLength: 1, maxLength: 8 },
    );
    const inputs = fc.sample(pieces, { numRuns: 40, seed: 7 });
    await Promise.all(inputs.map((input) => exchangeRaw(port, Buffer.from(`${input.join("")}\r\n\r\n`, "latin1"))));
    expect((await post(port, path, headers, valid)).status).toBe(ok);
  });
});

/** A batch of one span in Thrift's binary protocol, fields in order. */
function thriftBatch(): Buffer {
  const hex = [
    // process { serviceName "svc" }
    "0c0001 0b0001 00000003 737663 00",
    // spans: a list of one
    "0f0002 0c 00000001",
    // traceIdLow, traceIdHigh, spanId, parentSpanId
    "0a0001 0000000000000001 0a0002 0000000000000000 0a0003 0000000000000002 0a0004 0000000000000000",
    // operationName "op", flags, startTime, duration
    "0b0005 00000002 6f70 080007 00000001 0a0008 0006610000000000 0a0009 0000000000000005",
    "00 00",
  ];
  return Buffer.from(hex.join("").replaceAll(" ", ""), "hex");
}
