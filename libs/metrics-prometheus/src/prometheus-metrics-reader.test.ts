import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NOBODY, QUERY, readerOf } from "./testing/reader.ts";
import { answerWith, matrix, ONE_SERIES, startScripted } from "./testing/scripted-server.ts";

describe("a reader of span metrics", () => {
  it("asks for a range in a form, times in seconds", async () => {
    const server = await startScripted(answerWith(matrix([])));
    await readerOf(`${server.url}/prom/?org=7`).getCallRates(QUERY, NOBODY);
    const [request] = server.seen;
    expect(request).toMatchObject({ method: "POST", path: "/prom/api/v1/query_range?org=7" });
    expect(request?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(Object.fromEntries(request?.form ?? [])).toMatchObject({
      start: "1699999940.123",
      end: "1700000000.123",
      step: "5",
      query: expect.stringMatching(/^sum\(rate\(traces_span_metrics_calls\{/),
    });
  });

  it("asks with GET where POST is not taken", async () => {
    for (const status of [405, 501]) {
      const server = await startScripted((response, { method }) =>
        answerWith(ONE_SERIES, method === "POST" ? status : 200)(response),
      );
      expect((await readerOf(server.url).getCallRates(QUERY, NOBODY)).metrics).toHaveLength(1);
      expect(server.seen.map(({ method, form }) => [method, form.get("step")])).toEqual([
        ["POST", "5"],
        ["GET", "5"],
      ]);
    }
  });

  it("gives families with v1's names and the label operation", async () => {
    const server = await startScripted(answerWith(ONE_SERIES));
    const reader = readerOf(server.url);
    expect(await reader.getLatencies(QUERY, NOBODY)).toEqual({
      name: "service_latencies",
      help: "0.95th quantile latency, grouped by service",
      metrics: [
        {
          labels: [
            { name: "service_name", value: "a" },
            { name: "operation", value: "b" },
          ],
          points: [{ timestampMs: 1500, value: 2 }],
        },
      ],
    });
    expect(await reader.getErrorRates({ ...QUERY, groupByOperation: true }, NOBODY)).toMatchObject({
      name: "service_operation_error_rate",
      help: "error rate, computed as a fraction of errors/sec over calls/sec, grouped by service & operation",
    });
  });

  it("reads values that are no numbers, and compressed answers", async () => {
    const values = [
      [0, "NaN"],
      [1, "+Inf"],
      [2, "-Inf"],
      [3, "1e-7"],
    ];
    const server = await startScripted((response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(matrix([{ metric: {}, values }]))),
    );
    const { metrics } = await readerOf(server.url).getCallRates(QUERY, NOBODY);
    expect(metrics[0]?.points.map(({ value }) => value)).toEqual([Number.NaN, Infinity, -Infinity, 1e-7]);
    expect(server.seen[0]?.headers["accept-encoding"]).toBe("gzip");
  });

  it("takes a service with calls and no errors for one whose errors are 0", async () => {
    const server = await startScripted((response, { form }) =>
      answerWith(form.get("query")?.includes("STATUS_CODE_ERROR") ? matrix([]) : ONE_SERIES)(response),
    );
    const { name, metrics } = await readerOf(server.url).getErrorRates(QUERY, NOBODY);
    expect(name).toBe("service_error_rate");
    expect(metrics[0]?.points).toEqual([{ timestampMs: 1500, value: 0 }]);
  });

  it("logs what Prometheus warns of", async () => {
    const lines: string[] = [];
    const logger = pino({ level: "warn" }, { write: (line: string) => lines.push(line) });
    const server = await startScripted(answerWith(matrix([], { warnings: ["half of it is missing"] })));
    await readerOf(server.url, { logger }).getCallRates(QUERY, NOBODY);
    expect(lines.join()).toContain("half of it is missing");
  });

  it.each(["localhost:9090", "", "ftp://localhost", "http//x"])("refuses the URL %j", (url) => {
    expect(() => readerOf(url)).toThrow("http:// or https://");
  });
});

describe("who a reader of span metrics says it is", () => {
  let folder: string;
  let file: string;
  let edition = 0;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "spoor-token-"));
    file = join(folder, "token");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function writeToken(text: string): void {
    writeFileSync(file, text);
    // Each has another time of change, however fast they follow each other.
    utimesSync(file, ++edition, edition);
  }
  const seenBy = async (url: string, options: Parameters<typeof readerOf>[1], bearerToken?: string) => {
    const server = await startScripted(answerWith(matrix([])));
    const reader = readerOf(url.replace("SERVER", `127.0.0.1:${server.port}`), options);
    await reader.getCallRates(QUERY, { ...NOBODY, ...(bearerToken === undefined ? {} : { bearerToken }) });
    return server.seen[0]?.headers.authorization;
  };

  it("is nobody without a token", async () => {
    expect(await seenBy("http://SERVER", {})).toBeUndefined();
  });

  it("comes from the file, without the end of its line", async () => {
    writeToken("from-file\r\n");
    expect(await seenBy("http://SERVER", { tokenFile: file })).toBe("Bearer from-file");
  });

  it("comes from the request where that is wanted, else from the file", async () => {
    writeToken("from-file");
    const both = { tokenFile: file, preferReaderToken: true };
    expect(await seenBy("http://SERVER", both, "from-request")).toBe("Bearer from-request");
    expect(await seenBy("http://SERVER", both)).toBe("Bearer from-file");
    expect(await seenBy("http://SERVER", { tokenFile: file }, "from-request")).toBe("Bearer from-file");
    expect(await seenBy("http://SERVER", {}, "from-request")).toBeUndefined();
  });

  it("may be part of the URL, below a token", async () => {
    const basic = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
    expect(await seenBy("http://me:p%40ss@SERVER", {})).toBe(basic);
    expect(await seenBy("http://me:p%40ss@SERVER", { preferReaderToken: true }, "t")).toBe("Bearer t");
  });

  it("is read again when the server refuses it", async () => {
    writeToken("old");
    const server = await startScripted((response, { headers }) =>
      headers.authorization === "Bearer new" ? answerWith(ONE_SERIES)(response) : answerWith("who?", 401)(response),
    );
    const reader = readerOf(server.url, { tokenFile: file, preferReaderToken: true });
    await expect(reader.getCallRates(QUERY, NOBODY)).rejects.toMatchObject({ code: "REJECTED" });
    writeToken("new");
    expect((await reader.getCallRates(QUERY, NOBODY)).metrics).toHaveLength(1);
    // A reader's own token is not ours to renew.
    const before = server.seen.length;
    await expect(reader.getCallRates(QUERY, { ...NOBODY, bearerToken: "x" })).rejects.toThrow(
      "client error: 401: http://127.0.0.1",
    );
    expect(server.seen.length).toBe(before + 1);
  });

  it("has to be readable at the start, and may be away for a moment later", async () => {
    expect(() => readerOf("http://localhost", { tokenFile: file })).toThrow("failed to get token from file: ENOENT");
    writeToken("t");
    const server = await startScripted((response) => answerWith("no", 401)(response));
    const reader = readerOf(server.url, { tokenFile: file });
    rmSync(file);
    await expect(reader.getCallRates(QUERY, NOBODY)).rejects.toThrow("401");
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer t", "Bearer t"]);
  });

  it("is not told in messages", async () => {
    const server = await startScripted(answerWith("", 502));
    const reader = readerOf(`http://me:secret@127.0.0.1:${server.port}`);
    const error = await reader.getCallRates(QUERY, NOBODY).catch((e: Error) => e);
    expect(String(error)).toContain(server.url);
    expect(String(error)).not.toContain("secret");
  });
});
