import { readFileSync } from "node:fs";
import type { ClientTls } from "@spoor/daemon";
import { GrpcError, type GrpcMethod, type GrpcService, serverStreaming, startGrpcServer } from "@spoor/grpc-server";
import { ProcessTable, readTraceId } from "@spoor/span-wire";
import type { Storage } from "@spoor/storage-api";
import { openMemoryStorage } from "@spoor/storage-memory";
import { batchOf, query, readEncoded, readTrace, SpanGenerator, spanTexts } from "@spoor/storage-testkit";
import { createTenancy } from "@spoor/tenancy";
import { afterEach, describe, expect, test, vi } from "vitest";
import { connect, serve, silent } from "../testing/served.ts";
import { decodeGetTrace } from "../wire/requests.ts";
import { NO_MESSAGE, SERVICE } from "../wire/services.ts";
import { decodeWriteSpan, encodeChunks } from "../wire/spans.ts";

const generator = new SpanGenerator(11);
const NO_TENANT = { tenant: "" };
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function closed<T extends { close(): Promise<unknown> }>(item: T): T {
  closing.push(() => item.close());
  return item;
}

/** A server of these methods alone, as an older or a broken one would be. */
async function serverOf(methods: Readonly<Record<string, GrpcMethod>>): Promise<number> {
  const services = new Map<string, Record<string, GrpcMethod>>();
  for (const [path, method] of Object.entries(methods)) {
    const [service = "", name = ""] = path.split("/");
    services.set(service, { ...services.get(service), [name]: method });
  }
  const listed: GrpcService[] = [...services].map(([name, given]) => ({ name, methods: given }));
  return closed(
    await startGrpcServer({ host: "127.0.0.1", port: 0, services: listed, logger: silent, limits: { drainMs: 10 } }),
  ).address.port;
}

const reply = (bytes: Uint8Array): GrpcMethod => ({ kind: "unary", handle: () => bytes });
const refuse = (code: number, message: string): GrpcMethod => ({
  kind: "unary",
  handle() {
    throw new GrpcError(code, message);
  },
});
const silence: GrpcMethod = { kind: "unary", handle: () => new Promise(() => undefined) };
const GET_TRACE = `${SERVICE.reader}/GetTrace`;
const FIND_IDS = `${SERVICE.reader}/FindTraceIDs`;
const FIND = `${SERVICE.reader}/FindTraces`;
const SERVICES = `${SERVICE.reader}/GetServices`;
const DEPENDENCIES = `${SERVICE.dependencies}/GetDependencies`;
const WRITE = `${SERVICE.writer}/WriteSpan`;
const CAPABILITIES = `${SERVICE.capabilities}/Capabilities`;
/** v1's answer of a server that takes streams. */
const V1_STREAMS = Buffer.from([0x18, 1]);

describe("a server of v1", () => {
  test("that does not know of capabilities gets each span in a call of its own", async () => {
    const written: string[] = [];
    const port = await serverOf({
      [WRITE]: {
        kind: "unary",
        async handle(request) {
          const span = decodeWriteSpan(request, new ProcessTable());
          await new Promise((resolve) => setTimeout(resolve, 1));
          written.push(span === undefined ? "" : readTraceId(span));
          return NO_MESSAGE;
        },
      },
    });
    const storage = closed(await connect(port));
    expect(storage.capabilities).toMatchObject({ persistent: true, searchWithoutService: false, archive: false });
    const spans = Array.from({ length: 200 }, () => generator.span());
    await storage.writer.write(batchOf(spans));
    expect(written.sort()).toEqual(spans.map(({ traceId }) => traceId).sort());
  });

  test("that says it takes streams, and then does not, gets single spans", async () => {
    let written = 0;
    const port = await serverOf({
      [CAPABILITIES]: reply(V1_STREAMS),
      [WRITE]: {
        kind: "unary",
        handle() {
          written++;
          return NO_MESSAGE;
        },
      },
    });
    const storage = closed(await connect(port));
    await storage.writer.write(batchOf(generator.trace({ spans: 3 })));
    expect(written).toBe(3);
  });

  test("that finds no ids is asked for the traces, and only once for ids", async () => {
    let asked = 0;
    const traces = [generator.trace({ spans: 3 }), generator.trace({ spans: 2 })];
    const port = await serverOf({
      [FIND_IDS]: {
        kind: "unary",
        handle() {
          asked++;
          throw new GrpcError(2, "not implemented");
        },
      },
      [FIND]: serverStreaming(async function* () {
        for (const trace of traces) yield* encodeChunks(batchOf(trace).spans);
      }),
    });
    const storage = closed(await connect(port));
    const ids = traces.map(([span]) => span?.traceId);
    for (let i = 0; i < 2; i++) {
      const found = await storage.reader.findTraceIds(query({ serviceName: "a", limit: 5 }), NO_TENANT);
      expect(found).toEqual({ traceIds: ids, completeness: { complete: true } });
    }
    const one = await storage.reader.findTraceIds(query({ serviceName: "a", limit: 1 }), NO_TENANT);
    expect(one).toMatchObject({ traceIds: ids.slice(0, 1), completeness: { complete: false, reason: "limit" } });
    expect(asked).toBe(1);
  });

  test("may say only by its words that there is no such trace", async () => {
    const fail = serverStreaming(async function* () {
      yield* [];
      throw new GrpcError(2, "trace not found");
    });
    const storage = closed(await connect(await serverOf({ [GET_TRACE]: fail })));
    expect(await readEncoded(storage.reader, generator.traceId())).toEqual([]);
  });

  test("may send names in any order", async () => {
    const services = Buffer.from([0x0a, 1, 0x62, 0x0a, 1, 0x61]);
    const storage = closed(await connect(await serverOf({ [SERVICES]: reply(services) })));
    expect(await storage.reader.getServices(NO_TENANT)).toEqual(["a", "b"]);
  });
});

describe("failures", () => {
  test.each([
    [14, "UNAVAILABLE", "UNAVAILABLE"],
    [2, "UNAVAILABLE", "UNAVAILABLE"],
    [8, "OVERLOADED", "OVERLOADED"],
    [3, "INVALID_QUERY", "REJECTED"],
    [9, "UNSUPPORTED_QUERY", "REJECTED"],
    [12, "UNSUPPORTED_QUERY", "REJECTED"],
    [16, "INVALID_QUERY", "REJECTED"],
    [13, "CORRUPT", "REJECTED"],
    [15, "CORRUPT", "CORRUPT"],
  ] as const)("status %i is %s to a reader and %s to a writer", async (status, read, write) => {
    const port = await serverOf({ [SERVICES]: refuse(status, "why"), [WRITE]: refuse(status, "why") });
    const storage = closed(await connect(port));
    await expect(storage.reader.getServices(NO_TENANT)).rejects.toMatchObject({
      code: read,
      message: expect.stringContaining("why"),
    });
    await expect(storage.writer.write(batchOf([generator.span()]))).rejects.toMatchObject({ code: write });
  });

  test("what cannot be read is CORRUPT", async () => {
    const garbage = serverStreaming(async function* () {
      yield Buffer.from([0x0a, 0x7f, 1, 2]);
    });
    const storage = closed(
      await connect(await serverOf({ [GET_TRACE]: garbage, [SERVICES]: reply(Buffer.from([0x0a, 9])) })),
    );
    await expect(readEncoded(storage.reader, generator.traceId())).rejects.toMatchObject({ code: "CORRUPT" });
    await expect(storage.reader.getServices(NO_TENANT)).rejects.toMatchObject({ code: "CORRUPT" });
  });

  test("a server that does not answer is UNAVAILABLE after the time allowed, also in the middle of a trace", async () => {
    const spans = batchOf(generator.trace({ spans: 3 })).spans;
    const half = serverStreaming(async function* (_request, { signal }) {
      yield* encodeChunks(spans);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
    const port = await serverOf({
      [CAPABILITIES]: reply(NO_MESSAGE),
      [SERVICES]: silence,
      [WRITE]: silence,
      [GET_TRACE]: half,
    });
    const storage = closed(await connect(port, { limits: { readTimeoutMs: 500, writeTimeoutMs: 500 } }));
    await expect(storage.reader.getServices(NO_TENANT)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(storage.writer.write(batchOf([generator.span()]))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const read: number[] = [];
    const reading = async () => {
      for await (const chunk of storage.reader.getTrace(generator.traceId(), NO_TENANT)) read.push(chunk.length);
    };
    await expect(reading()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(read).toEqual([3]);
  });

  test("a signal ends a call that is under way", async () => {
    const storage = closed(
      await connect(await serverOf({ [CAPABILITIES]: reply(NO_MESSAGE), [SERVICES]: silence, [WRITE]: silence })),
    );
    const reason = new Error("enough");
    const abort = new AbortController();
    const calls = [
      storage.reader.getServices({ tenant: "", signal: abort.signal }),
      storage.writer.write(batchOf([generator.span()]), { signal: abort.signal }),
    ];
    setTimeout(() => abort.abort(reason), 20);
    for (const outcome of await Promise.allSettled(calls)) expect(outcome).toEqual({ status: "rejected", reason });
  });

  test("a span that the server finds too long is REJECTED, not tried for ever", async () => {
    const store = closed(await openMemoryStorage());
    const server = closed(await serve(store, { limits: { maxMessageBytes: 1000 } }));
    const storage = closed(await connect(server.address.port));
    const long = generator.span({ operationName: "x".repeat(5000) });
    await expect(storage.writer.write(batchOf([long]))).rejects.toMatchObject({ code: "REJECTED" });
  });
});

describe("the connection", () => {
  test("is no condition of the start, and comes back by itself", async () => {
    const store = closed(await openMemoryStorage());
    let server = await serve(store);
    const { port } = server.address;
    await server.close();
    const storage = closed(await connect(port, { connectionTimeoutMs: 200 }));
    const spans = generator.trace({ spans: 4 });
    await expect(storage.writer.write(batchOf(spans))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(storage.reader.getServices(NO_TENANT)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    for (let restart = 0; restart < 2; restart++) {
      server = await serve(store, { port });
      await vi.waitFor(() => storage.writer.write(batchOf(spans)), { timeout: 10_000 });
      expect(new Set(spanTexts(await readTrace(storage.reader, spans[0]?.traceId ?? "")))).toEqual(
        new Set(spanTexts(spans)),
      );
      await server.close();
    }
  });

  test("acknowledges nothing that the server did not store when it stops in the middle", async () => {
    const store = closed(await openMemoryStorage());
    const server = await serve(store, { limits: { drainMs: 50 } });
    const storage = closed(await connect(server.address.port));
    const traces = Array.from({ length: 50 }, () => generator.trace({ spans: 40 }));
    const writes = traces.map((trace) => storage.writer.write(batchOf(trace)).then(() => trace));
    await writes[0];
    await server.close();
    for (const outcome of await Promise.allSettled(writes)) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "UNAVAILABLE" });
      else {
        const [first] = outcome.value;
        expect(await readTrace(store.reader, first?.traceId ?? "")).toHaveLength(40);
      }
    }
  });

  test("carries tenants", async () => {
    const store = closed(await openMemoryStorage());
    const tenancy = createTenancy({ enabled: true, tenants: ["acme", "mega"] });
    const server = closed(await serve(store, { tenancy }));
    const storage = closed(await connect(server.address.port));
    const spans = generator.trace({ spans: 3 });
    await storage.writer.write(batchOf(spans, { tenant: "acme" }));
    expect(await storage.reader.getServices({ tenant: "mega" })).toEqual([]);
    expect(await readTrace(store.reader, spans[0]?.traceId ?? "", { tenant: "acme" })).toHaveLength(3);
    await expect(storage.writer.write(batchOf(spans))).rejects.toMatchObject({ code: "REJECTED" });
    await expect(storage.reader.getServices({ tenant: "nobody" })).rejects.toMatchObject({ code: "INVALID_QUERY" });
  });
});

describe("TLS", () => {
  const file = (name: string): Buffer => readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));
  const trusting = (name: string, facts: Partial<ClientTls> = {}): ClientTls => ({
    ca: file(`${name}-cert`),
    cert: undefined,
    key: undefined,
    serverName: undefined,
    skipHostVerify: false,
    ...facts,
  });
  async function tlsServer(facts = {}): Promise<number> {
    const store = closed(await openMemoryStorage());
    const tls = { cert: file("first-cert"), key: file("first-key"), ...facts };
    return closed(await serve(store, { tls })).address.port;
  }
  const options = { connectionTimeoutMs: 500 };
  const works = async (storage: Storage) => {
    await storage.writer.write(batchOf([generator.span()]));
    expect(await storage.reader.getServices(NO_TENANT)).not.toEqual([]);
  };

  test("is checked against the authority, unless that is switched off", async () => {
    const port = await tlsServer();
    await works(closed(await connect(port, { ...options, tls: trusting("first") })));
    await works(closed(await connect(port, { ...options, tls: trusting("second", { skipHostVerify: true }) })));
    const wary = closed(await connect(port, { ...options, tls: trusting("second") }));
    await expect(wary.reader.getServices(NO_TENANT)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const plain = closed(await connect(port, options));
    await expect(plain.reader.getServices(NO_TENANT)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  test("shows the client's certificate to a server that wants one", async () => {
    const port = await tlsServer({ ca: file("second-cert"), requestCert: true, rejectUnauthorized: true });
    const key = { cert: file("second-cert"), key: file("second-key") };
    await works(closed(await connect(port, { ...options, tls: trusting("first", key) })));
    const nameless = closed(await connect(port, { ...options, tls: trusting("first") }));
    await expect(nameless.reader.getServices(NO_TENANT)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  test("takes other certificates as they come, without a failed call, until the store is closed", async () => {
    const store = closed(await openMemoryStorage());
    const both = Buffer.concat([file("first-cert"), file("second-cert")]);
    const wanting = { ca: both, requestCert: true, rejectUnauthorized: true };
    const server = closed(
      await serve(store, { tls: { cert: file("first-cert"), key: file("first-key"), ...wanting } }),
    );
    const pair = (name: string) => ({ cert: file(`${name}-cert`), key: file(`${name}-key`) });
    let apply: (tls: ClientTls) => void = () => expect.unreachable();
    let watched = false;
    const storage = await connect(server.address.port, {
      ...options,
      tls: trusting("first", pair("first")),
      watchTls(given) {
        apply = given;
        watched = true;
        return {
          close: () => {
            watched = false;
          },
        };
      },
    });
    let over = false;
    let calls = 0;
    const calling = (async () => {
      for (; !over; calls++) await works(storage);
    })();
    const later = async (count: number) => {
      const before = calls;
      await vi.waitFor(() => expect(calls).toBeGreaterThanOrEqual(before + count), { timeout: 10_000 });
    };
    await later(20);
    apply(trusting("second", { ...pair("second"), ca: both }));
    await later(20);
    server.updateTls?.({ cert: file("second-cert"), key: file("second-key"), ...wanting, ca: file("second-cert") });
    apply(trusting("second", pair("second")));
    await later(20);
    over = true;
    await calling;
    expect(watched).toBe(true);
    await storage.close();
    expect(watched).toBe(false);
  });
});

describe("the reader's own token", () => {
  test("goes along with each read, as v1 names it, and with nothing else", async () => {
    const seen: [string, unknown][] = [];
    const noting = (name: string, answer: Uint8Array): GrpcMethod => ({
      kind: "unary",
      handle(_, call) {
        seen.push([name, call.headers["bearer.token"]]);
        return answer;
      },
    });
    const port = await serverOf({
      [SERVICES]: noting("services", NO_MESSAGE),
      [FIND_IDS]: noting("ids", NO_MESSAGE),
      [DEPENDENCIES]: noting("dependencies", NO_MESSAGE),
      [WRITE]: noting("write", NO_MESSAGE),
      [GET_TRACE]: serverStreaming(async function* (_, { call }) {
        seen.push(["trace", call.headers["bearer.token"]]);
        yield* [];
      }),
    });
    const storage = closed(await connect(port));
    const caller = { tenant: "acme", bearerToken: "of-ann" };
    await storage.reader.getServices(caller);
    await storage.reader.findTraceIds(query({ serviceName: "a", limit: 5 }), caller);
    await storage.dependencies.getDependencies({ startTimeMs: 0, endTimeMs: 1 }, caller);
    for await (const _ of storage.reader.getTraces([generator.traceId()], caller)) expect.unreachable();
    await storage.reader.getServices(NO_TENANT);
    await storage.writer.write(batchOf([generator.span()]));
    expect(seen).toEqual([
      ["services", "of-ann"],
      ["ids", "of-ann"],
      ["dependencies", "of-ann"],
      ["trace", "of-ann"],
      ["services", undefined],
      ["write", undefined],
    ]);
    const odd = storage.reader.getServices({ tenant: "", bearerToken: "t\u00f6ken" });
    await expect(odd).rejects.toMatchObject({ code: "INVALID_QUERY", message: "the bearer token is not ASCII" });
  });
});

describe("archives", () => {
  test("are the server's own where it has one", async () => {
    const [store, kept] = [closed(await openMemoryStorage()), closed(await openMemoryStorage())];
    const { kind, capabilities, writer, reader, dependencies } = store;
    const archive = { reader: kept.reader, writer: kept.writer };
    const server = closed(
      await serve({
        kind,
        capabilities: { ...capabilities, archive: true },
        writer,
        reader,
        dependencies,
        archive,
        close: () => store.close(),
      }),
    );
    const storage = closed(await connect(server.address.port));
    expect(storage.capabilities.archive).toBe(true);
    const spans = generator.trace({ spans: 5 });
    const traceId = spans[0]?.traceId ?? "";
    await storage.archive?.writer.write(batchOf(spans));
    expect(spanTexts(await readTrace(storage.archive?.reader ?? reader, traceId))).toEqual(spanTexts(spans));
    expect(await readEncoded(storage.reader, traceId)).toEqual([]);
    await expect(storage.archive?.reader.getServices(NO_TENANT)).rejects.toMatchObject({ code: "UNSUPPORTED_QUERY" });
  });

  test("may be on a server of their own", async () => {
    const [store, kept] = [closed(await openMemoryStorage()), closed(await openMemoryStorage())];
    const [first, second] = [closed(await serve(store)), closed(await serve(kept))];
    const storage = closed(
      await connect(first.address.port, { archive: { server: `127.0.0.1:${second.address.port}` } }),
    );
    const spans = generator.trace({ spans: 5 });
    await storage.archive?.writer.write(batchOf(spans));
    expect(spanTexts(await readTrace(kept.reader, spans[0]?.traceId ?? ""))).toEqual(spanTexts(spans));
    expect(await storage.archive?.reader.getServices(NO_TENANT)).toEqual(await kept.reader.getServices(NO_TENANT));
  });
});

describe("reading many traces", () => {
  test("stays within what is read ahead, and stops when the caller leaves", async () => {
    const asked: string[] = [];
    const port = await serverOf({
      [CAPABILITIES]: reply(NO_MESSAGE),
      [GET_TRACE]: serverStreaming(async function* (request) {
        const traceId = decodeGetTrace(request);
        asked.push(traceId);
        yield* encodeChunks(batchOf(generator.trace({ traceId, spans: 10 })).spans);
      }),
    });
    const storage = closed(await connect(port, { limits: { concurrentTraces: 4 } }));
    const ids = Array.from({ length: 30 }, () => generator.traceId());
    const given: string[] = [];
    for await (const { traceId, spans } of storage.reader.getTraces(ids, NO_TENANT)) {
      given.push(traceId);
      expect(spans).toHaveLength(10);
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(asked.length).toBeLessThanOrEqual(given.length + 4);
      if (given.length === 10) break;
    }
    expect(given).toEqual(ids.slice(0, 10));
    const few = closed(await connect(port, { limits: { readAheadBytes: 1 } }));
    asked.length = 0;
    for await (const { traceId } of few.reader.getTraces(ids, NO_TENANT)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      // Two begin before the first byte is there; then one by one.
      if (traceId === ids[12]) expect(asked.length).toBeLessThanOrEqual(15);
    }
    expect(asked).toHaveLength(30);
  });
});
