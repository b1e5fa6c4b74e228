import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { exportTargetIn } from "./export-target.ts";
import { startSelfTracing } from "./self-tracing.ts";

/** Takes OTLP over gRPC; the bodies it got, as text. */
async function receiver() {
  const received: { readonly path: string; readonly token: string; readonly text: string }[] = [];
  const server = createServer();
  server.on("stream", (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const text = Buffer.concat(chunks).toString("latin1");
      received.push({ path: String(headers[":path"]), token: String(headers["x-token"]), text });
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.alloc(5));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { received, port: (server.address() as AddressInfo).port, close: () => server.close() };
}

test("a request to the query API becomes a trace that goes out over gRPC, continuing the caller's", async () => {
  const otlp = await receiver();
  const tracing = await startSelfTracing("jaeger-query", {});
  const api = createHttpServer((_request, response) => {
    void tracing.child("get services", {}, async () => response.end("[]"));
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  const { port } = api.address() as AddressInfo;
  const target = exportTargetIn({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${otlp.port}`,
    OTEL_EXPORTER_OTLP_HEADERS: "X-Token=a%20b",
  });
  expect(target).toMatchObject({ protocol: "grpc", headers: { "x-token": "a b" } });
  if (target === undefined) return;
  await tracing.exportTo(target, { http: { host: "127.0.0.1", port }, basePath: "/" });
  const traceId = "0102030405060708090a0b0c0d0e0f10";
  await fetch(`http://127.0.0.1:${port}/api/services`, {
    headers: { traceparent: `00-${traceId}-0102030405060708-01`, connection: "close" },
  });
  await fetch(`http://127.0.0.1:${port}/static/page.js`, { headers: { connection: "close" } });
  await tracing.close();
  const text = otlp.received.map((each) => each.text).join("");
  expect(otlp.received[0]).toMatchObject({
    path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    token: "a b",
  });
  expect(text).toContain("jaeger-query");
  expect(text).toContain("GET /api/services");
  expect(text).toContain("get services");
  expect(text).toContain(Buffer.from(traceId, "hex").toString("latin1"));
  expect(text).not.toContain("page.js");
  api.close();
  otlp.close();
});

test("a request whose client goes away is told, too", async () => {
  const otlp = await receiver();
  const tracing = await startSelfTracing("jaeger-query", {});
  const leaves = new AbortController();
  let over: () => void = () => undefined;
  const isOver = new Promise<void>((resolve) => {
    over = resolve;
  });
  const api = createHttpServer((_request, response) => {
    response.on("close", over);
    leaves.abort();
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  const { port } = api.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${otlp.port}`;
  await tracing.exportTo(
    { protocol: "grpc", endpoint, headers: {} },
    { http: { host: "127.0.0.1", port }, basePath: "/" },
  );
  await fetch(`http://127.0.0.1:${port}/api/traces`, { signal: leaves.signal }).catch(() => undefined);
  await isOver;
  await tracing.close();
  expect(otlp.received[0]?.text).toContain("GET /api/traces");
  expect(otlp.received[0]?.text).toContain("the client went away");
  api.close();
  otlp.close();
});

test("a call outside of an HTTP request is a trace of its own", async () => {
  const otlp = await receiver();
  const tracing = await startSelfTracing("jaeger-query", {});
  const endpoint = `http://127.0.0.1:${otlp.port}`;
  await tracing.exportTo(
    { protocol: "grpc", endpoint, headers: {} },
    { http: { host: "127.0.0.1", port: 1 }, basePath: "/" },
  );
  expect(await tracing.child("find traces", { service: "checkout" }, async () => 7)).toBe(7);
  await tracing.close();
  expect(otlp.received[0]?.text).toContain("find traces");
  otlp.close();
});

test("OTEL_TRACES_SAMPLER=always_off and OTEL_SDK_DISABLED=true switch it off", async () => {
  const otlp = await receiver();
  for (const environment of [{ OTEL_TRACES_SAMPLER: "always_off" }, { OTEL_SDK_DISABLED: "true" }]) {
    const tracing = await startSelfTracing("jaeger-query", environment);
    const target = { protocol: "grpc", endpoint: `http://127.0.0.1:${otlp.port}`, headers: {} } as const;
    await tracing.exportTo(target, { http: { host: "127.0.0.1", port: 1 }, basePath: "/" });
    await tracing.child("get services", {}, async () => undefined);
    await tracing.close();
  }
  expect(otlp.received).toEqual([]);
  otlp.close();
});

test("the variables of OpenTelemetry name endpoint, protocol and headers", () => {
  expect(exportTargetIn({})).toBeUndefined();
  expect(
    exportTargetIn({
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://a:4318",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://b:4318/v1/traces",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    }),
  ).toEqual({ protocol: "http", endpoint: "http://b:4318", headers: {} });
});
