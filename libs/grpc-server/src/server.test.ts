import { connect as connectTcp } from "node:net";
import * as zlib from "node:zlib";
import { framed, GrpcClient } from "@spoor/grpc-testkit";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { GrpcLimits } from "./limits.ts";
import { Echo, SAY } from "./testing/echo.ts";
import { closeStarted, connect, start } from "./testing/start.ts";

const HELLO = Buffer.from("hello");

afterEach(closeStarted);

async function startEcho(limits: Partial<GrpcLimits> = {}) {
  const echo = new Echo();
  const refused: string[] = [];
  const started = await start({ services: [echo.service], limits, onRefused: (status) => refused.push(status) });
  return { echo, refused, ...started };
}

/** Sends bytes on a TCP connection and resolves when the server ends it. */
function closedAfter(port: number, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.resume();
    socket.write(bytes);
  });
}

describe("a gRPC server", () => {
  test("answers a call", async () => {
    const { client, refused } = await startEcho();
    const answer = await client.call({ path: SAY, body: framed(HELLO) });
    expect(answer).toMatchObject({ httpStatus: 200, contentType: "application/grpc", code: 0, messages: [HELLO] });
    expect(refused).toEqual([]);
  });

  test("counts a call that it refuses by its status", async () => {
    const { client, refused } = await startEcho();
    expect(await client.call({ path: "/test.Echo/Shout", body: framed(HELLO) })).toMatchObject({
      code: 12,
      message: "unknown method Shout for service test.Echo",
    });
    expect(await client.call({ path: "/test.None/Say", body: framed(HELLO) })).toMatchObject({
      code: 12,
      message: "unknown service test.None",
    });
    expect(refused).toEqual(["unimplemented", "unimplemented"]);
  });

  test("refuses a too long message by its header, while the client still sends", async () => {
    const { client } = await startEcho();
    const header = Buffer.from([0, 0xff, 0xff, 0xff, 0xff]);
    const answer = await client.call({ path: SAY, body: header, keepOpen: true });
    expect(answer).toMatchObject({
      code: 8,
      message: "grpc: received message larger than max (4294967295 vs. 4194304)",
      rstCode: 0,
    });
    expect((await client.call({ path: SAY, body: framed(Buffer.alloc(0)) })).code).toBe(0);
  });

  test("answers a whole request whose stream the client left open", async () => {
    const { client } = await startEcho();
    const body = framed(HELLO);
    const answer = await client.call({ path: SAY, body, keepOpen: true });
    expect(answer).toMatchObject({ code: 0, messages: [HELLO], rstCode: 0 });
  });

  test("holds no more request bytes at once than it may", async () => {
    const { client } = await startEcho({ maxBufferedBytes: 100_000 });
    const half = framed(Buffer.alloc(90_000)).subarray(0, 80_000);
    const waiting = client.open({ path: SAY, body: half, keepOpen: true });
    await vi.waitFor(async () => {
      const answer = await client.call({ path: SAY, body: half, keepOpen: true });
      expect(answer).toMatchObject({ code: 8, message: "too many bytes of requests in flight" });
    });
    waiting.close();
    await vi.waitFor(async () => {
      const answer = await client.call({ path: SAY, body: framed(HELLO) });
      expect(answer.code).toBe(0);
    });
  });

  test("ends requests that do not arrive", async () => {
    const { client } = await startEcho({ readTimeoutMs: 50 });
    const body = framed(Buffer.alloc(100)).subarray(0, 20);
    const answer = await client.call({ path: SAY, body, keepOpen: true });
    expect(answer).toMatchObject({ code: 4, message: "the request did not arrive in time" });
  });

  test("lets calls in flight end when it closes, and refuses new ones", async () => {
    const { echo, client, server } = await startEcho();
    let open = (): void => {};
    echo.gate = new Promise((resolve) => {
      open = resolve;
    });
    const answer = client.call({ path: SAY, body: framed(HELLO) });
    await vi.waitFor(() => expect(echo.signals).toHaveLength(1));
    const closed = server.close();
    open();
    expect(await answer).toMatchObject({ code: 0 });
    await closed;
    const late = connect(server);
    await expect(new Promise((_, reject) => late.session.once("error", reject))).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
  });

  test("cuts calls that outlast its patience when it closes", async () => {
    const { echo, client, server } = await startEcho({ drainMs: 50 });
    echo.gate = new Promise(() => {});
    const answer = client.call({ path: SAY, body: framed(HELLO) });
    await vi.waitFor(() => expect(echo.signals).toHaveLength(1));
    await server.close();
    expect((await answer).code).toBeUndefined();
  });

  test("asks old connections to go, without losing calls", async () => {
    const { client } = await startEcho({ maxConnectionAgeMs: 30 });
    const goaway = new Promise<number>((resolve) => client.session.once("goaway", resolve));
    const first = client.call({ path: SAY, body: framed(HELLO) });
    expect(await goaway).toBe(0);
    expect(await first).toMatchObject({ code: 0 });
    await vi.waitFor(() => expect(client.session.closed || client.session.destroyed).toBe(true));
  });

  test("cuts connections that speak no HTTP/2 or nothing at all", async () => {
    const { server } = await startEcho({ handshakeTimeoutMs: 50 });
    const { port } = server.address;
    for (const bytes of ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\0\xff\0", ""]) {
      await closedAfter(port, Buffer.from(bytes, "latin1"));
    }
  });

  test("forgets connections that clients leave, politely or not", async () => {
    const { server } = await startEcho({ drainMs: 10_000 });
    for (let i = 0; i < 20; i++) {
      const client = new GrpcClient(server.address.port);
      await client.call({ path: SAY, body: framed(Buffer.alloc(0)) });
      if (i % 2 === 0) await client.close();
      else await new Promise<void>((resolve) => client.session.close(resolve));
    }
    // Would wait for its patience, and run into the test's timeout, if it still thought of them as open.
    await server.close();
  }, 5_000);

  test("cuts a connection that floods it with pings or resets", async () => {
    const { server, client } = await startEcho();
    const flood = connect(server);
    await flood.call({ path: SAY, body: framed(Buffer.alloc(0)) });
    const ended = new Promise<void>((resolve) => flood.session.once("close", resolve));
    let sent = 0;
    while (!flood.session.closed && !flood.session.destroyed && sent < 20_000) {
      for (let i = 0; i < 200 && !flood.session.destroyed; i++, sent++) {
        const stream = flood.open({ path: SAY, body: Buffer.alloc(0), keepOpen: true });
        stream.close(8);
      }
      await new Promise(setImmediate);
    }
    await ended;
    expect(sent).toBeLessThan(20_000);
    expect((await client.call({ path: SAY, body: framed(Buffer.alloc(0)) })).code).toBe(0);
  });

  test("survives garbage in framing and messages, and goes on serving", async () => {
    const { client } = await startEcho();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, asMessage) => {
        const body = asMessage ? framed(bytes) : bytes;
        const answer = await client.call({ path: SAY, body });
        expect(answer.code).toBeTypeOf("number");
      }),
      { numRuns: 150, seed: 1 },
    );
    expect((await client.call({ path: SAY, body: framed(HELLO) })).code).toBe(0);
  });

  test("refuses a compressed message that inflates beyond the limit", async () => {
    const { client } = await startEcho({ maxMessageBytes: 100_000 });
    const bomb = zlib.gzipSync(Buffer.alloc(5_000_000));
    const answer = await client.call({ path: SAY, headers: { "grpc-encoding": "gzip" }, body: framed(bomb, 1) });
    expect(answer).toMatchObject({
      code: 8,
      message: "grpc: received message after decompression larger than max 100000",
    });
  });
});
