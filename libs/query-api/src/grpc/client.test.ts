import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import type { QueryService } from "@spoor/query-service";
import { StorageError } from "@spoor/storage-api";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { QueryServer } from "../options.ts";
import { descriptorRoot } from "../testing/descriptor-root.ts";
import { NO_TENANCY, SILENT } from "../testing/servers.ts";
import { spanService, spansOfOneTrace } from "../testing/span-service.ts";
import { createQueryGrpc } from "./server.ts";

const root = descriptorRoot();
const TRACE_ID = Buffer.from(`${"0".repeat(16)}00000000000000ab`, "hex");

let server: QueryServer | undefined;
let client: Client | undefined;
afterEach(async () => {
  client?.close();
  await server?.close();
});

async function connectTo(service: QueryService): Promise<Client> {
  server = createQueryGrpc({
    listen: { host: "127.0.0.1", port: 0 },
    service,
    tenancy: NO_TENANCY,
    logger: SILENT,
    drainMs: 100,
  });
  const { port } = await server.start();
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": 64 * 1024 * 1024,
  });
  return client;
}

type Message = Record<string, unknown>;

function codec(service: string, method: string) {
  const { requestType, responseType } = root.lookupService(service).methods[method] ?? {};
  const request = root.lookupType(`${service.replace(/\.\w+$/, "")}.${requestType?.replace(/^.*\./, "")}`);
  const reply = responseType?.includes("TracesData")
    ? root.lookupType("opentelemetry.proto.trace.v1.TracesData")
    : root.lookupType(`${service.replace(/\.\w+$/, "")}.${responseType?.replace(/^.*\./, "")}`);
  return {
    path: `/${service}/${method}`,
    serialize: (message: Message) => Buffer.from(request.encode(request.fromObject(message)).finish()),
    deserialize: (bytes: Buffer): Message =>
      reply.toObject(reply.decode(bytes), { longs: String, bytes: String, arrays: true }),
  };
}

function call(to: Client, service: string, method: string, message: Message): Promise<Message> {
  const { path, serialize, deserialize } = codec(service, method);
  return new Promise((resolve, reject) => {
    to.makeUnaryRequest(path, serialize, deserialize, message, (error, reply) =>
      error || !reply ? reject(error) : resolve(reply),
    );
  });
}

function stream(to: Client, service: string, method: string, message: Message) {
  const { path, serialize, deserialize } = codec(service, method);
  return to.makeServerStreamRequest(path, serialize, deserialize, message);
}

async function all(calling: ReturnType<typeof stream>): Promise<readonly Message[]> {
  const messages: Message[] = [];
  for await (const message of calling) messages.push(message as Message);
  return messages;
}

const V2 = "jaeger.api_v2.QueryService";
const V3 = "jaeger.api_v3.QueryService";

describe("a gRPC client", () => {
  it("gets a large trace whole, in v2's small chunks", async () => {
    const to = await connectTo(spanService({ "": spansOfOneTrace(2_345) }));
    const chunks = await all(stream(to, V2, "GetTrace", { trace_id: TRACE_ID }));
    expect(chunks).toHaveLength(235);
    const spans = chunks.flatMap((chunk) => chunk.spans as Message[]);
    expect(spans).toHaveLength(2_345);
    expect(spans[7]).toMatchObject({
      trace_id: TRACE_ID.toString("base64"),
      operation_name: "operation 0",
      flags: 1,
      start_time: { seconds: "1795423020", nanos: 7_000 },
      duration: { nanos: 5_000_000 },
      process: { service_name: "shop" },
      tags: [{ key: "index", v_type: 2, v_int64: "7" }],
    });
  });

  it("gets a large trace from v3 in messages that it takes", async () => {
    const to = await connectTo(spanService({ "": spansOfOneTrace(2_500) }));
    const messages = await all(stream(to, V3, "GetTrace", { trace_id: "ab" }));
    expect(messages).toHaveLength(3);
    const spans = JSON.stringify(messages).match(/"span_id"/g);
    expect(spans).toHaveLength(2_500);
  });

  it("searches, and hears in the metadata whether the answer is complete", async () => {
    const service = spanService(
      { "": spansOfOneTrace(3) },
      { completeness: { complete: false, reason: "limit", detail: "more than 1" } },
    );
    const findTraces = vi.fn(service.findTraces);
    const to = await connectTo({ ...service, findTraces });
    const query = {
      service_name: "shop",
      operation_name: "operation 1",
      tags: { a: "1", b: "" },
      attributes: { a: "1", b: "" },
      start_time_min: { seconds: 1 },
      start_time_max: { seconds: 1_895_423_020, nanos: 5 },
      duration_min: { nanos: 7 },
      duration_max: { seconds: 2 },
      search_depth: 9,
      raw_traces: true,
    };
    for (const service of [V2, V3]) {
      const calling = stream(to, service, "FindTraces", { query });
      const metadata = new Promise<Metadata>((resolve) => calling.on("metadata", resolve));
      expect(await all(calling)).toHaveLength(1);
      expect((await metadata).get("x-spoor-completeness")).toEqual(["limit"]);
    }
    for (const [asked, options] of findTraces.mock.calls) {
      expect(asked).toEqual({
        serviceName: "shop",
        operationName: "operation 1",
        tags: new Map([
          ["a", "1"],
          ["b", ""],
        ]),
        startTimeMinNs: 1_000_000_000n,
        startTimeMaxNs: 1_895_423_020_000_000_005n,
        durationMinNs: 7n,
        durationMaxNs: 2_000_000_000n,
        limit: 9,
      });
      expect(options.raw).toBe(true);
    }
  });

  it("gets services, operations and dependencies", async () => {
    const to = await connectTo(spanService({ "": spansOfOneTrace(2) }));
    expect(await call(to, V2, "GetServices", {})).toEqual({ services: ["shop"] });
    expect(await call(to, V3, "GetServices", {})).toEqual({ services: ["shop"] });
    expect(await call(to, V2, "GetOperations", { service: "shop" })).toEqual({
      operationNames: ["operation 0", "operation 1"],
      operations: [{ name: "operation 0" }, { name: "operation 1" }],
    });
    const range = { start_time: { seconds: 1 }, end_time: { seconds: 2 } };
    expect((await call(to, V2, "GetDependencies", range)).dependencies).toHaveLength(3);
  });

  it("goes on getting messages no faster than it reads them", async () => {
    let last = 0;
    const service = spanService({ "": spansOfOneTrace(100_000) }, { onSpan: (index) => (last = index) });
    const to = await connectTo(service);
    const calling = stream(to, V2, "GetTrace", { trace_id: TRACE_ID });
    calling.on("error", () => {});
    await new Promise((resolve) => calling.once("data", resolve));
    calling.pause();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(last).toBeLessThan(90_000);
    calling.cancel();
  });

  it("that goes away stops the reading", async () => {
    const ended = vi.fn();
    const service = spanService({ "": spansOfOneTrace(200_000) }, { onReadEnd: ended });
    const to = await connectTo(service);
    const calling = stream(to, V2, "GetTrace", { trace_id: TRACE_ID });
    calling.on("error", () => {});
    await new Promise((resolve) => calling.once("data", resolve));
    calling.cancel();
    await vi.waitFor(() => expect(ended).toHaveBeenCalled());
  });

  it.each([
    ["OVERLOADED", 8],
    ["UNAVAILABLE", 14],
    ["INVALID_QUERY", 3],
    ["CORRUPT", 13],
  ] as const)("hears of a store that is %s as status %i", async (code, status) => {
    const service = spanService({});
    const to = await connectTo({
      ...service,
      getTrace: () => Promise.reject(new StorageError(code, "so it is")),
    });
    const failure = (await all(stream(to, V2, "GetTrace", { trace_id: TRACE_ID })).catch(
      (error: unknown) => error,
    )) as ServiceError;
    expect(failure.code).toBe(status);
    expect(failure.details).toBe("failed to fetch spans from the backend: so it is");
  });

  it("learns nothing of an error inside", async () => {
    const service = spanService({});
    const to = await connectTo({ ...service, getServices: () => Promise.reject(new Error("secret")) });
    const failure = (await call(to, V2, "GetServices", {}).catch((error: unknown) => error)) as ServiceError;
    expect(failure.code).toBe(13);
    expect(failure.details).not.toContain("secret");
  });
});

describe("health", () => {
  it("is NOT_SERVING from the moment of closing", async () => {
    const to = await connectTo(spanService({}));
    const check = root.lookupType("grpc.health.v1.HealthCheckResponse");
    const watching = to.makeServerStreamRequest(
      "/grpc.health.v1.Health/Watch",
      (message: Uint8Array) => Buffer.from(message),
      (bytes: Buffer) => check.toObject(check.decode(bytes)).status,
      new Uint8Array(),
      new Metadata(),
    );
    const seen: unknown[] = [];
    watching.on("data", (status: unknown) => seen.push(status));
    watching.on("error", () => {});
    await vi.waitFor(() => expect(seen).toEqual([1]));
    await server?.close();
    await vi.waitFor(() => expect(seen).toEqual([1, 2]));
  });
});
