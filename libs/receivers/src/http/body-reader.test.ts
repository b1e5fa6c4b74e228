import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { ByteBudget } from "@spoor/grpc-server";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BodyReader } from "./body-reader.ts";

/** A request whose body the test sends. */
class FakeRequest extends EventEmitter {
  readonly headers: Record<string, string>;
  complete = false;

  constructor(headers: Record<string, string>) {
    super();
    this.headers = headers;
  }

  chunk(text: string): void {
    this.emit("data", Buffer.from(text));
  }

  finish(): void {
    this.complete = true;
    this.emit("end");
    this.emit("close");
  }
}

describe("body reader", () => {
  let budget: ByteBudget;
  let reader: BodyReader;
  beforeEach(() => {
    vi.useFakeTimers();
    budget = new ByteBudget(1_000);
    reader = new BodyReader({ maxBodyBytes: 500, minBodyBytesPerSecond: 10, budget });
  });
  afterEach(() => {
    reader.close();
    vi.useRealTimers();
  });

  function read(headers: Record<string, string>) {
    const request = new FakeRequest(headers);
    return { request, body: reader.read(request as unknown as IncomingMessage) };
  }

  test("gives the bytes, counted until they are released", async () => {
    const { request, body } = read({ "content-length": "6" });
    request.chunk("abc");
    request.chunk("def");
    request.finish();
    const found = await body;
    expect(found.bytes.toString()).toBe("abcdef");
    expect(budget.usedBytes).toBe(6);
    found.release();
    expect(budget.usedBytes).toBe(0);
  });

  test("reads bodies of unknown length", async () => {
    const { request, body } = read({ "transfer-encoding": "chunked" });
    for (let i = 0; i < 100; i++) request.chunk(`${i % 10}`);
    request.finish();
    expect((await body).bytes.toString()).toBe("0123456789".repeat(10));
  });

  test("a request without a body has an empty one", async () => {
    expect((await read({}).body).bytes).toHaveLength(0);
    expect((await read({ "content-length": "0" }).body).bytes).toHaveLength(0);
  });

  test.each([{ "content-length": "501" }, { "transfer-encoding": "chunked" }])(
    "refuses too long bodies: %j",
    async (headers) => {
      const { request, body } = read(headers as Record<string, string>);
      request.chunk("x".repeat(400));
      request.chunk("x".repeat(101));
      request.finish();
      await expect(body).rejects.toMatchObject({ code: "TOO_LARGE" });
      expect(budget.usedBytes).toBe(0);
    },
  );

  test("refuses what does not fit beside other bodies", async () => {
    expect(budget.take(900)).toBe(true);
    const { request, body } = read({ "content-length": "200" });
    request.chunk("x".repeat(200));
    request.finish();
    await expect(body).rejects.toMatchObject({ code: "BUSY", retryable: true });
    expect(budget.usedBytes).toBe(900);
  });

  test("refuses a body that is cut", async () => {
    const { request, body } = read({ "content-length": "200" });
    request.chunk("x");
    request.emit("close");
    await expect(body).rejects.toMatchObject({ code: "CUT" });
    expect(budget.usedBytes).toBe(0);
  });

  test("refuses a body that trickles, but not one that is merely slow to start", async () => {
    const slow = read({ "content-length": "400" });
    const fast = read({ "content-length": "400" });
    slow.body.catch(() => {});
    fast.request.chunk("x".repeat(200));
    for (let second = 0; second < 7; second++) {
      slow.request.chunk("x");
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await expect(slow.body).rejects.toMatchObject({ code: "TOO_SLOW" });
    fast.request.chunk("x".repeat(200));
    fast.request.finish();
    expect((await fast.body).bytes).toHaveLength(400);
  });
});
