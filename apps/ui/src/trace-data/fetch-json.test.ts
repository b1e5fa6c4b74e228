import { afterEach, describe, expect, it, vi } from "vitest";
import { fetchEnvelope, RequestError } from "./fetch-json.ts";

const signal = new AbortController().signal;
const answer = (body: string, init: ResponseInit = {}): void => {
  vi.stubGlobal("fetch", async () => new Response(body, init));
};
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("a request to the query API", () => {
  it("gives the envelope and tells its progress", async () => {
    answer('{"data":["a"],"errors":null}', { headers: { "content-length": "28" } });
    const seen: unknown[] = [];
    const envelope = await fetchEnvelope<string[]>("x", { signal, onProgress: (p) => seen.push(p) });
    expect(envelope.data).toEqual(["a"]);
    expect(seen.at(-1)).toEqual({ bytes: 28, totalBytes: 28 });
  });

  it("does not take the length of a compressed answer for the total", async () => {
    answer('{"data":[]}', { headers: { "content-length": "5", "content-encoding": "gzip" } });
    let total: number | undefined = -1;
    await fetchEnvelope("x", { signal, onProgress: (p) => (total = p.totalBytes) });
    expect(total).toBeUndefined();
  });

  it("fails with the server's words", async () => {
    answer('{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}\n', { status: 404 });
    await expect(fetchEnvelope("x", { signal })).rejects.toMatchObject({ status: 404, message: "trace not found" });
    answer("missing tenant header\n", { status: 401 });
    await expect(fetchEnvelope("x", { signal })).rejects.toMatchObject({ message: "missing tenant header" });
    answer("<html>long page</html>", { status: 502, statusText: "Bad Gateway" });
    await expect(fetchEnvelope("x", { signal })).rejects.toMatchObject({
      message: "The server answered 502 Bad Gateway",
    });
  });

  it("says when the answer is a page", async () => {
    answer("<!doctype html>");
    await expect(fetchEnvelope("x", { signal })).rejects.toThrow(/not JSON/);
  });

  it("says when nobody answers", async () => {
    vi.stubGlobal("fetch", async () => {
      throw new TypeError("fetch failed");
    });
    await expect(fetchEnvelope("x", { signal })).rejects.toBeInstanceOf(RequestError);
  });
});
