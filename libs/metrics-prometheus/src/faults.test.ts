import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readMatrix } from "./answer.ts";
import { NOBODY, QUERY, readerOf } from "./testing/reader.ts";
import { answerWith, matrix, ONE_SERIES, startScripted } from "./testing/scripted-server.ts";

const failureWith = async (status: number, body: string) => {
  const server = await startScripted(answerWith(body, status));
  const error = await readerOf(server.url)
    .getCallRates(QUERY, NOBODY)
    .catch((e: unknown) => e);
  const { code, message, retryAfterMs } = error as { code: string; message: string; retryAfterMs?: number };
  return { code, message: message.replaceAll(server.url, "SERVER"), ...(retryAfterMs ? { retryAfterMs } : {}) };
};
const errorBody = (errorType: string, error: string) => JSON.stringify({ status: "error", errorType, error });
const P = "failed executing metrics query: ";

describe("an answer that is no success", () => {
  it.each([
    [400, errorBody("bad_data", "1:3: parse error"), "INVALID_QUERY", "bad_data: 1:3: parse error"],
    [422, errorBody("execution", "too many samples"), "INVALID_QUERY", "execution: too many samples"],
    [200, errorBody("timeout", "query timed out"), "UNAVAILABLE", "timeout: query timed out"],
    [400, '{"status":"success"}', "CORRUPT", "bad_response: inconsistent body for response code"],
    [200, "<html>", "CORRUPT", "bad_response: the answer is no JSON object"],
    [
      400,
      "Client sent an HTTP request to an HTTPS server.\n",
      "REJECTED",
      "client_error: client error: 400 of SERVER: check --prometheus.server-url: Client sent an HTTP request to an HTTPS server.",
    ],
    [
      401,
      "Unauthorized\n",
      "REJECTED",
      /^client_error: client error: 401: SERVER refuses .*--prometheus.token-file.*: Unauthorized$/,
    ],
    [403, "", "REJECTED", /403/],
    [
      404,
      "404 page not found",
      "REJECTED",
      /^client_error: client error: 404 of SERVER: check --prometheus.server-url: 404/,
    ],
    [503, errorBody("unavailable", "starting"), "UNAVAILABLE", /^server_error: server error: 503 of SERVER: /],
    [500, "", "UNAVAILABLE", "server_error: server error: 500 of SERVER"],
    [302, "", "REJECTED", /^bad_response: bad response code 302/],
    [
      200,
      '{"status":"success","data":{"resultType":"vector","result":[]}}',
      "CORRUPT",
      "bad_response: unexpected metrics ValueType: vector",
    ],
  ])("%d %s is %s", async (status, body, code, message) => {
    const failure = await failureWith(status, body);
    expect(failure.code).toBe(code);
    if (typeof message === "string") expect(failure.message).toBe(P + message);
    else expect(failure.message.slice(P.length)).toMatch(message);
  });

  it("says where the server went", async () => {
    const server = await startScripted((response) => response.writeHead(308, { location: "https://elsewhere/" }).end());
    await expect(readerOf(server.url).getCallRates(QUERY, NOBODY)).rejects.toThrow(
      `bad response code 308 of ${server.url} (moved to https://elsewhere/): check --prometheus.server-url`,
    );
  });

  it("says when to come back", async () => {
    expect(await failureWith(429, "slow down")).toMatchObject({ code: "OVERLOADED", retryAfterMs: 1000 });
  });

  it("is told as part of what was asked for, and cut when it is long", async () => {
    const server = await startScripted(answerWith(errorBody("bad_data", "x".repeat(100_000)), 400));
    const error = await readerOf(server.url)
      .getErrorRates(QUERY, NOBODY)
      .catch((e: Error) => e);
    expect(String(error)).toContain(`failed getting error metrics: ${P}bad_data: xxx`);
    expect(String(error).length).toBeLessThan(1200);
  });

  it.each([
    "",
    "null",
    "[]",
    "{}",
    '{"status":"success"}',
    '{"status":"success","data":[]}',
    '{"status":"success","data":{"resultType":"matrix"}}',
    matrix([null]),
    matrix([{}]),
    matrix([{ metric: { a: 1 }, values: [] }]),
    matrix([{ metric: {}, values: [1] }]),
    matrix([{ metric: {}, values: [[1]] }]),
    matrix([{ metric: {}, values: [["1", "1"]] }]),
    matrix([{ metric: {}, values: [[1, 1]] }]),
    matrix([{ metric: {}, values: [[1, ""]] }]),
    matrix([{ metric: {}, values: [[1, "one"]] }]),
    matrix([{ metric: {}, values: [[1e300, "1"]] }]),
    ONE_SERIES.slice(0, -1),
  ])("but %s is refused", async (body) => {
    expect(await failureWith(200, body)).toMatchObject({ code: "CORRUPT" });
  });

  it("and no mutilated answer does more than that", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.integer({ min: 0, max: 255 }), (value, at, byte) => {
        const mutilated = Buffer.from(ONE_SERIES);
        mutilated[at % mutilated.length] = byte;
        const bodies = [mutilated, Buffer.from(matrix([value])), Buffer.from(JSON.stringify(value))];
        for (const body of bodies) {
          try {
            readMatrix({ status: 200, body }, "SERVER");
          } catch (error) {
            expect((error as { code?: string }).code).toBeDefined();
          }
        }
      }),
    );
  });
});

describe("a server that is away, slow or endless", () => {
  const tcpServers: (() => void)[] = [];
  afterEach(() => {
    for (const close of tcpServers.splice(0)) close();
  });

  it("is unavailable when nobody listens, and the flag is named", async () => {
    const server = createTcpServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expect(readerOf(`http://127.0.0.1:${port}`).getCallRates(QUERY, NOBODY)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: `${P}no answer from http://127.0.0.1:${port} (--prometheus.server-url): connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  it("is unavailable when there is no connection in time", async () => {
    // Takes the connection, but never its TLS.
    const server = createTcpServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    await once(server, "listening");
    tcpServers.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const reader = readerOf(`https://127.0.0.1:${port}`, { connectTimeoutMs: 50 });
    await expect(reader.getCallRates(QUERY, NOBODY)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("no connection within 50 ms (--prometheus.connect-timeout)"),
    });
  });

  it("has only the connection limited by that time, not the answer", async () => {
    const server = await startScripted((response) => setTimeout(() => answerWith(ONE_SERIES)(response), 150));
    const reader = readerOf(server.url, { connectTimeoutMs: 50 });
    expect((await reader.getCallRates(QUERY, NOBODY)).metrics).toHaveLength(1);
  });

  it("is unavailable when it does not answer in time, or stops in the middle", async () => {
    for (const begin of ["", '{"status":']) {
      const server = await startScripted((response) => {
        if (begin !== "") response.write(begin);
      });
      const reader = readerOf(server.url, { limits: { requestTimeoutMs: 50 } });
      await expect(reader.getCallRates(QUERY, NOBODY)).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringContaining("none within 50 ms"),
      });
    }
  });

  it.each(["gzip", "identity"])(
    "is unavailable when the connection breaks within the answer (%s)",
    async (encoding) => {
      const text = Buffer.from(ONE_SERIES);
      const body = encoding === "gzip" ? gzipSync(text) : text;
      const server = await startScripted((response) => {
        response.writeHead(200, { "content-encoding": encoding, "content-length": body.length });
        response.write(body.subarray(0, 30), () => response.destroy());
      });
      await expect(readerOf(server.url).getCallRates(QUERY, NOBODY)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    },
  );

  it("is unavailable when its compression is none", async () => {
    const server = await startScripted((response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end("plain"),
    );
    await expect(readerOf(server.url).getCallRates(QUERY, NOBODY)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it.each(["gzip", "identity"])("is not read further than the limit (%s)", async (encoding) => {
    const text = matrix([{ metric: { a: "x".repeat(1_000_000) }, values: [] }]);
    let sent = 0;
    const server = await startScripted((response) => {
      response.writeHead(200, { "content-encoding": encoding });
      if (encoding === "gzip") return response.end(gzipSync(text));
      const write = () => {
        for (let i = 0; i < 1000; i++) {
          sent += 65_536;
          if (response.destroyed || !response.write(Buffer.alloc(65_536, 0x20))) break;
        }
      };
      response.on("drain", write);
      write();
    });
    const reader = readerOf(server.url, { limits: { maxAnswerBytes: 100_000 } });
    await expect(reader.getCallRates(QUERY, NOBODY)).rejects.toMatchObject({
      code: "INVALID_QUERY",
      message: expect.stringContaining("more than 100000 bytes: ask for a shorter time"),
    });
    expect(sent).toBeLessThan(64_000_000);
  });

  it("is not asked for more at once than there is room for", async () => {
    const halves: (() => void)[] = [];
    const text = matrix([{ metric: { a: "x".repeat(50_000) }, values: [] }]);
    const server = await startScripted((response) => {
      response.write(text.slice(0, 40_000));
      halves.push(() => response.end(text.slice(40_000)));
    });
    const reader = readerOf(server.url, { limits: { maxPendingBytes: 70_000 } });
    const first = reader.getCallRates(QUERY, NOBODY);
    await vi.waitFor(() => expect(halves).toHaveLength(1));
    const second = reader.getCallRates(QUERY, NOBODY);
    const results = Promise.allSettled([first, second]);
    // One of them meets the bound; the other has room again once it is gone.
    await Promise.race([first, second]).catch(() => undefined);
    for (const end of halves) end();
    const failed = (await results).filter((each) => each.status === "rejected");
    expect(failed.map(({ reason }) => reason.code)).toEqual(["OVERLOADED"]);
    for (const end of halves.splice(0)) end();
    const third = reader.getCallRates(QUERY, NOBODY);
    await vi.waitFor(() => expect(halves).toHaveLength(1));
    halves[0]?.();
    expect((await third).metrics).toHaveLength(1);
  });

  it("gets no more requests at once than allowed", async () => {
    const waiting: (() => void)[] = [];
    let atOnce = 0;
    const server = await startScripted((response) => {
      atOnce = Math.max(
        atOnce,
        waiting.push(() => answerWith(ONE_SERIES)(response)),
      );
      setTimeout(() => waiting.shift()?.(), 10);
    });
    const reader = readerOf(server.url, { limits: { maxRequests: 2 } });
    await Promise.all(Array.from({ length: 6 }, () => reader.getCallRates(QUERY, NOBODY)));
    expect(server.seen).toHaveLength(6);
    expect(atOnce).toBeLessThanOrEqual(2);
  });

  it("is left alone when the asker goes away", async () => {
    let isGone = false;
    const server = await startScripted((response) => {
      response.on("close", () => {
        isGone = true;
      });
    });
    const asker = new AbortController();
    const asked = readerOf(server.url).getCallRates(QUERY, { ...NOBODY, signal: asker.signal });
    const refused = expect(asked).rejects.toThrow("I have left");
    await vi.waitFor(() => expect(server.seen).toHaveLength(1));
    asker.abort(new Error("I have left"));
    await refused;
    await vi.waitFor(() => expect(isGone).toBe(true));
    await expect(readerOf(server.url).getCallRates(QUERY, { ...NOBODY, signal: asker.signal })).rejects.toThrow(
      "I have left",
    );
  });

  it("is no more asked after the end, and requests under way end", async () => {
    const server = await startScripted(() => undefined);
    const reader = readerOf(server.url);
    const underWay = expect(reader.getCallRates(QUERY, NOBODY)).rejects.toMatchObject({ code: "CLOSED" });
    await vi.waitFor(() => expect(server.seen).toHaveLength(1));
    reader.close();
    await underWay;
    await expect(reader.getCallRates(QUERY, NOBODY)).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("is asked by way of a proxy, unless it is on this machine", async () => {
    const proxy = await startScripted(answerWith(ONE_SERIES));
    const environment = { HTTP_PROXY: proxy.url };
    const far = readerOf("http://prometheus.invalid:9090", { environment });
    expect((await far.getCallRates(QUERY, NOBODY)).metrics).toHaveLength(1);
    expect(proxy.seen[0]?.path).toBe("http://prometheus.invalid:9090/api/v1/query_range");
    const near = await startScripted(answerWith(matrix([])));
    expect((await readerOf(near.url, { environment }).getCallRates(QUERY, NOBODY)).metrics).toHaveLength(0);
  });
});
