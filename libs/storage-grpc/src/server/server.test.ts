import { framed, GrpcClient } from "@spoor/grpc-testkit";
import { NO_FIELDS } from "@spoor/span-wire";
import { type Storage, StorageError, type StorageErrorCode } from "@spoor/storage-api";
import { openMemoryStorage } from "@spoor/storage-memory";
import { batchOf, query, readTrace, SpanGenerator } from "@spoor/storage-testkit";
import { createTenancy } from "@spoor/tenancy";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { serve } from "../testing/served.ts";
import { decodeCapabilities, decodeServices } from "../wire/replies.ts";
import { encodeFindTraces, encodeGetTrace } from "../wire/requests.ts";
import { NO_MESSAGE, SERVICE } from "../wire/services.ts";
import { encodeWriteSpan } from "../wire/spans.ts";
import type { StorageGrpcOptions } from "./start-storage-grpc.ts";

const generator = new SpanGenerator(7);
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(
  options: Partial<StorageGrpcOptions> = {},
  around: (store: Storage) => Storage = (store) => store,
) {
  const store = await openMemoryStorage();
  const server = await serve(around(store), options);
  const client = new GrpcClient(server.address.port);
  closing.push(
    () => store.close(),
    () => server.close(),
    () => client.close(),
  );
  const call = (service: string, method: string, message: Uint8Array, headers: Record<string, string> = {}) =>
    client.call({ path: `/${service}/${method}`, body: framed(message), headers });
  return { store, server, client, call };
}

const requestOf = (span = generator.span()) => {
  const [encoded] = batchOf([span]).spans;
  return { span, request: encodeWriteSpan(encoded ?? expect.unreachable(), NO_FIELDS) };
};

describe("the token of a reader", () => {
  async function tokensSeen(options: Partial<StorageGrpcOptions>, tokens: readonly (string | string[])[]) {
    const { store, client } = await start(options);
    const asked = vi.spyOn(store.reader, "getServices");
    const codes: (number | undefined)[] = [];
    for (const token of tokens) {
      const headers = { "bearer.token": token };
      codes.push(
        (await client.call({ path: `/${SERVICE.reader}/GetServices`, body: framed(NO_MESSAGE), headers })).code,
      );
    }
    return { codes, seen: asked.mock.calls.map(([{ bearerToken }]) => bearerToken) };
  }

  test("goes on to a store that wants it; two are none", async () => {
    const { codes, seen } = await tokensSeen({ bearerTokenPropagation: true }, ["of-ann", "", ["of-ann", "of-bob"]]);
    expect(codes).toEqual([0, 0, 2]);
    expect(seen).toEqual(["of-ann", undefined]);
  });

  test("is left aside by others", async () => {
    expect(await tokensSeen({}, ["of-ann"])).toEqual({ codes: [0], seen: [undefined] });
  });
});

describe("a stream of spans", () => {
  const PATH = `/${SERVICE.streamingWriter}/WriteSpanStream`;

  test("is answered once all of it is stored", async () => {
    const { client, store } = await start();
    const written = Array.from({ length: 300 }, () => requestOf());
    const body = Buffer.concat(written.map(({ request }) => framed(request)));
    expect(await client.call({ path: PATH, body })).toMatchObject({ code: 0, messages: [Buffer.alloc(0)] });
    for (const { span } of written) {
      expect((await readTrace(store.reader, span.traceId)).map(({ spanId }) => spanId)).toContain(span.spanId);
    }
  });

  test("that stays open is stored all the same, and so is what came of one that breaks", async () => {
    const { client, store } = await start();
    const [first, second] = [requestOf(), requestOf()];
    const stream = client.open({ path: PATH, body: framed(first.request), keepOpen: true });
    await vi.waitFor(async () => expect(await readTrace(store.reader, first.span.traceId)).toHaveLength(1));
    stream.write(framed(second.request), () => setTimeout(() => stream.close(8), 1));
    await vi.waitFor(async () => expect(await readTrace(store.reader, second.span.traceId)).toHaveLength(1));
  });

  test("fails with the store's error, in the middle", async () => {
    const { client } = await start({}, (store) => ({
      ...shared(store),
      writer: { write: () => Promise.reject(new StorageError("OVERLOADED", "no room")) },
    }));
    const answer = await client.call({ path: PATH, body: framed(requestOf().request), keepOpen: true });
    expect(answer).toMatchObject({ code: 8, message: "no room" });
  });

  test("fails with the store's error for its last spans", async () => {
    const { client } = await start({}, (store) => ({
      ...shared(store),
      writer: { write: () => Promise.reject(new StorageError("OVERLOADED", "no room")) },
    }));
    const answer = await client.call({ path: PATH, body: framed(requestOf().request) });
    expect(answer).toMatchObject({ code: 8, message: "no room", messages: [] });
  });

  test("is held back while the store is slow, so that little of it is in memory", async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let writes = 0;
    const limits = { maxBytesAWrite: 2000, maxStreamBytes: 10_000, lingerMs: 1, maxSpansAWrite: 100 };
    const { client } = await start({ writeLimits: limits }, (store) => ({
      ...shared(store),
      writer: {
        write() {
          writes++;
          return released;
        },
      },
    }));
    const { request } = requestOf(
      generator.span({ operationName: "x".repeat(1000), tags: [], logs: [], references: [] }),
    );
    const count = 20_000;
    const stream = client.open({
      path: PATH,
      body: Buffer.concat(Array.from({ length: count }, () => framed(request))),
      keepOpen: true,
    });
    let waits = 0;
    await vi.waitFor(async () => {
      const before = writes;
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(writes).toBe(before);
      expect(++waits).toBeGreaterThan(3);
    });
    // At most what the stream may hold, and the chunk that came with the last of it.
    expect(writes).toBeLessThan(200);
    release();
    stream.end();
    await new Promise((resolve) => stream.on("close", resolve).resume());
    expect(writes).toBeGreaterThan(count / 4);
  });

  test("of garbage is refused in v1's words, and stores nothing", async () => {
    const { client, store } = await start();
    expect(await client.call({ path: PATH, body: framed(Buffer.from([0x0a, 0x7f, 1])) })).toMatchObject({
      code: 13,
      message: "grpc: failed to unmarshal the received message: unexpected EOF",
    });
    expect(await client.call({ path: PATH, body: framed(Buffer.alloc(0)) })).toMatchObject({ code: 3 });
    expect(await store.reader.getServices({ tenant: "" })).toEqual([]);
  });
});

describe("statuses", () => {
  const codes: readonly (readonly [StorageErrorCode, number])[] = [
    ["OVERLOADED", 8],
    ["UNAVAILABLE", 14],
    ["CLOSED", 14],
    ["REJECTED", 3],
    ["INVALID_QUERY", 3],
    ["UNSUPPORTED_QUERY", 9],
    ["CORRUPT", 15],
  ];
  test.each(codes)("%s of a store is %i", async (code, status) => {
    const fail = () => Promise.reject(new StorageError(code, `it is ${code}`));
    const { call } = await start({}, (store) => ({
      ...shared(store),
      writer: { write: fail },
      reader: { ...store.reader, findTraceIds: fail, getServices: fail },
    }));
    const answers = [
      await call(SERVICE.writer, "WriteSpan", requestOf().request),
      await call(SERVICE.reader, "GetServices", Buffer.alloc(0)),
      await call(SERVICE.reader, "FindTraces", encodeFindTraces(query({ serviceName: "a" }))),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ code: status, message: `it is ${code}` });
  });

  test("a trace that is not there is NOT_FOUND, in the words that v1's clients compare", async () => {
    const { call } = await start();
    const answer = await call(SERVICE.reader, "GetTrace", encodeGetTrace("0".repeat(31).concat("1")));
    expect(answer).toMatchObject({ code: 5, message: "trace not found" });
  });

  test("nobody closes the store from afar", async () => {
    const { call } = await start();
    expect(await call(SERVICE.writer, "Close", Buffer.alloc(0))).toMatchObject({ code: 12 });
    expect(await call(SERVICE.writer, "WriteSpan", requestOf().request)).toMatchObject({ code: 0 });
  });

  test("an archive that the store does not have is unknown", async () => {
    const { call } = await start();
    expect(await call(SERVICE.archiveReader, "GetArchiveTrace", encodeGetTrace("1".repeat(32)))).toMatchObject({
      code: 12,
    });
    const { messages } = await call(SERVICE.capabilities, "Capabilities", Buffer.alloc(0));
    // Streams are not v1's: its collectors lose spans on them.
    expect(messages[0]?.subarray(0, 1)).not.toEqual(Buffer.from([0x18]));
    expect(decodeCapabilities(messages[0] ?? Buffer.alloc(0))).toEqual({
      archive: false,
      streamingWrites: true,
      store: { persistent: false, searchWithoutService: true },
    });
  });

  test("a message above the limit is refused before it is read", async () => {
    const { client } = await start({ limits: { maxMessageBytes: 1000 } });
    const header = Buffer.from([0, 0, 0xff, 0xff, 0xff]);
    const answer = await client.call({ path: `/${SERVICE.writer}/WriteSpan`, body: header, keepOpen: true });
    expect(answer).toMatchObject({ code: 8, message: "grpc: received message larger than max (16777215 vs. 1000)" });
  });
});

describe("tenants", () => {
  const tenancy = createTenancy({ enabled: true, tenants: ["acme", "mega"] });

  test("are told by the header; without one, or with an unknown one, nothing is answered", async () => {
    const { call } = await start({ tenancy });
    const { request, span } = requestOf();
    const acme = { "x-tenant": "acme" };
    expect(await call(SERVICE.writer, "WriteSpan", request)).toMatchObject({
      code: 16,
      message: "missing tenant header",
    });
    expect(await call(SERVICE.writer, "WriteSpan", request, { "x-tenant": "nobody" })).toMatchObject({ code: 7 });
    expect(await call(SERVICE.streamingWriter, "WriteSpanStream", request)).toMatchObject({ code: 16 });
    expect(await call(SERVICE.writer, "WriteSpan", request, acme)).toMatchObject({ code: 0 });
    const services = async (headers: Record<string, string>) =>
      decodeServices(
        (await call(SERVICE.reader, "GetServices", Buffer.alloc(0), headers)).messages[0] ?? Buffer.alloc(0),
      );
    expect(await services(acme)).toEqual([span.process.serviceName]);
    expect(await services({ "x-tenant": "mega" })).toEqual([]);
    for (const [service, method] of [
      [SERVICE.reader, "GetTrace"],
      [SERVICE.reader, "FindTraces"],
      [SERVICE.reader, "FindTraceIDs"],
      [SERVICE.reader, "GetOperations"],
      [SERVICE.dependencies, "GetDependencies"],
      ["grpc.health.v1.Health", "Check"],
    ] as const) {
      expect(await call(service, method, Buffer.alloc(0)), method).toMatchObject({ code: 16 });
    }
    expect(await call(SERVICE.capabilities, "Capabilities", Buffer.alloc(0))).toMatchObject({ code: 0 });
  });
});

describe("others", () => {
  test("health of the server and of each service is told", async () => {
    const { call } = await start();
    for (const name of ["", SERVICE.reader, SERVICE.writer, SERVICE.streamingWriter, SERVICE.capabilities]) {
      const message = Buffer.concat([Buffer.from([0x0a, name.length]), Buffer.from(name)]);
      const answer = await call("grpc.health.v1.Health", "Check", name === "" ? Buffer.alloc(0) : message);
      expect(answer, name).toMatchObject({ code: 0, messages: [Buffer.from([8, 1])] });
    }
  });

  test("any bytes are answered with a status, and the server lives", async () => {
    const { call } = await start();
    const methods = [
      [SERVICE.writer, "WriteSpan"],
      [SERVICE.streamingWriter, "WriteSpanStream"],
      [SERVICE.reader, "GetTrace"],
      [SERVICE.reader, "GetOperations"],
      [SERVICE.reader, "FindTraces"],
      [SERVICE.reader, "FindTraceIDs"],
      [SERVICE.dependencies, "GetDependencies"],
      [SERVICE.capabilities, "Capabilities"],
    ] as const;
    const query1 = Buffer.from(encodeFindTraces(query({ serviceName: "a", tags: new Map([["k", "v"]]), limit: 3 })));
    const write = Buffer.from(requestOf().request);
    const mutated = fc
      .tuple(fc.constantFrom(query1, write), fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 400 }))
      .map(([bytes, at, value, length]) => {
        const copy = Buffer.from(bytes.subarray(0, Math.max(1, bytes.length - (length % bytes.length))));
        copy[at % copy.length] = value;
        return copy;
      });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...methods),
        fc.oneof(fc.uint8Array({ maxLength: 60 }), mutated),
        async ([service, method], bytes) => {
          const { code } = await call(service, method, bytes);
          expect([0, 3, 5, 13]).toContain(code);
        },
      ),
      { numRuns: 400 },
    );
    expect(await call(SERVICE.reader, "GetServices", Buffer.alloc(0))).toMatchObject({ code: 0 });
  });
});

/** The parts of a store, to give it other ones. */
function shared(store: Storage): Storage {
  const { kind, capabilities, writer, reader, dependencies } = store;
  return { kind, capabilities, writer, reader, dependencies, close: () => store.close() };
}
