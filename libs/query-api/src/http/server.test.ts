import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { gunzipSync } from "node:zlib";
import type { Span } from "@spoor/span-model";
import { StorageError } from "@spoor/storage-api";
import { createTenancy } from "@spoor/tenancy";
import { afterEach, describe, expect, it, vi } from "vitest";
import { envelope } from "../json/envelope.ts";
import { referenceJson } from "../testing/reference-json.ts";
import { request } from "../testing/request.ts";
import { closeServers, NO_TENANCY, SILENT, startHttp } from "../testing/servers.ts";
import { spanService, spansOfOneTrace } from "../testing/span-service.ts";
import { createQueryHttp } from "./server.ts";

afterEach(closeServers);

const LARGE = 2_000;
const service = spanService({ "": spansOfOneTrace(3) });

/** Sends bytes as they are and gives all that comes back, without the lines that vary. */
async function raw(url: string, text: string): Promise<string> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.write(text);
  await once(socket, "close");
  return Buffer.concat(chunks)
    .toString("latin1")
    .replace(/^(date|traceresponse): .*\r\n/gim, "");
}

describe("a large reply", () => {
  it("is streamed and whole", async () => {
    const url = await startHttp({ service: spanService({ "": spansOfOneTrace(LARGE) }) });
    const answer = await request(`${url}/api/traces/ab`);
    expect(answer.headers["transfer-encoding"]).toBe("chunked");
    expect(answer.headers["content-encoding"]).toBeUndefined();
    expect(JSON.parse(answer.body.toString()).data[0].spans).toHaveLength(LARGE);
  });

  it.each([{}, { "accept-encoding": "gzip" }])(
    "is whole for a client that reads now and then (%j)",
    async (headers) => {
      const spans = spansOfOneTrace(LARGE);
      const url = await startHttp({ service: spanService({ "": spans }) });
      const response = await new Promise<IncomingMessage>((resolve) =>
        get(`${url}/api/traces/ab`, { headers }, resolve),
      );
      const chunks: Buffer[] = [];
      for await (const chunk of response) {
        chunks.push(chunk as Buffer);
        if (chunks.length % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      }
      const body = Buffer.concat(chunks);
      const text = (response.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
      expect(text).toBe(envelope(`[${referenceJson((spans[0] as Span).traceId, spans)}]`, 0, null));
    },
  );

  it("is compressed for a client that takes gzip; a small one is not worth it", async () => {
    const url = await startHttp({ service: spanService({ "": spansOfOneTrace(LARGE) }) });
    const large = await request(`${url}/api/traces/ab`, { "accept-encoding": "gzip, br" });
    expect(large.headers["content-encoding"]).toBe("gzip");
    expect(JSON.parse(gunzipSync(large.body).toString()).data[0].spans).toHaveLength(LARGE);
    const small = await request(`${url}/api/services`, { "accept-encoding": "gzip, br" });
    expect(small.headers["content-encoding"]).toBeUndefined();
    expect(small.headers["content-length"]).toBe(String(small.body.length));
  });

  it.each([{}, { "accept-encoding": "gzip" }])(
    "that fails half-way ends broken, not as valid JSON (%j)",
    async (headers) => {
      const failing = spanService(
        { "": spansOfOneTrace(LARGE) },
        {
          onSpan: (index) => {
            if (index === LARGE - 1) throw new Error("the disk is gone");
          },
        },
      );
      const answer = await request(`${await startHttp({ service: failing })}/api/traces/ab`, headers);
      expect(answer.status).toBe(200);
      expect(answer.complete).toBe(false);
    },
  );

  it("is no longer read when the client is gone", async () => {
    let last = 0;
    const ended = vi.fn();
    const slow = spanService({ "": spansOfOneTrace(200_000) }, { onSpan: (index) => (last = index), onReadEnd: ended });
    const url = await startHttp({ service: slow });
    const response = await new Promise<IncomingMessage>((resolve) => get(`${url}/api/traces/ab`, resolve));
    response.on("error", () => {});
    await once(response, "readable");
    response.destroy();
    await vi.waitFor(() => expect(ended).toHaveBeenCalled());
    expect(last).toBeLessThan(150_000);
  });
});

describe("errors", () => {
  it("before anything was sent are answered in the envelope, without inner details", async () => {
    const failing = spanService(
      { "": spansOfOneTrace(1) },
      {
        onSpan: () => {
          throw new Error("secret path /var/x");
        },
      },
    );
    const answer = await request(`${await startHttp({ service: failing })}/api/traces/ab`);
    expect(answer.status).toBe(500);
    expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    expect(answer.body.toString()).toBe(
      '{"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":500,"msg":"internal error"}]}\n',
    );
  });

  it.each([
    ["OVERLOADED", 503, "2"],
    ["UNAVAILABLE", 503, undefined],
    ["INVALID_QUERY", 400, undefined],
    ["CORRUPT", 500, undefined],
  ] as const)("of the store: %s is %i", async (code, status, retryAfter) => {
    const failing = {
      ...service,
      getServices: () => Promise.reject(new StorageError(code, "so it is", { retryAfterMs: 1500 })),
    };
    const url = await startHttp({ service: failing });
    for (const path of ["/api/services", "/api/v3/services"]) {
      const answer = await request(url + path);
      expect(answer.status).toBe(status);
      expect(answer.headers["retry-after"]).toBe(retryAfter);
      expect(answer.body.toString()).toContain("so it is");
    }
  });

  it("have the type application/json for a client that names it", async () => {
    const url = await startHttp({ service });
    const accept = { accept: "application/json, text/plain" };
    expect((await request(`${url}/api/traces/xyz`, accept)).headers["content-type"]).toBe("application/json");
    expect((await request(`${url}/api/v3/services`, accept)).headers["content-type"]).toBe("application/json");
    const unknown = await request(`${url}/api/nope`, accept);
    expect(unknown.status).toBe(404);
    expect(JSON.parse(unknown.body.toString()).errors[0].code).toBe(404);
  });

  it("of the HTTP head are refused as Go does", async () => {
    const url = await startHttp({ service });
    const refusal = (status: string) =>
      `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`;
    expect(await raw(url, "ABC\r\n\r\n")).toBe(refusal("400 Bad Request"));
    expect(await raw(url, "GET /api/services HTTP/1.1\r\n\r\n")).toBe(
      refusal("400 Bad Request: missing required Host header"),
    );
    expect(await raw(url, "GET /api/traces/%zz HTTP/1.1\r\nHost: a\r\n\r\n")).toBe(refusal("400 Bad Request"));
    expect(await raw(url, "GET / HTTP/3.0\r\nHost: a\r\n\r\n")).toBe(
      refusal("505 HTTP Version Not Supported: unsupported protocol version"),
    );
    expect(await raw(url, "TRACE /api/services HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).toBe(
      "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
  });

  it("a body above the limit is refused", async () => {
    const url = await startHttp({ service, maxBodyBytes: 10 });
    const answer = await fetch(`${url}/api/transform`, { method: "POST", body: "x".repeat(11) });
    expect(answer.status).toBe(413);
    expect(((await answer.json()) as { errors: { code: number }[] }).errors[0]?.code).toBe(413);
  });
});

describe("searches", () => {
  it("say in a header whether the answer is complete", async () => {
    const query = "/api/traces?service=shop&start=0&end=1795423030000000";
    const whole = await request((await startHttp({ service })) + query);
    expect(whole.headers["x-spoor-completeness"]).toBe("complete");
    const cut = spanService(
      { "": spansOfOneTrace(1) },
      { completeness: { complete: false, reason: "limit", detail: "more than\n1" } },
    );
    const answer = await request((await startHttp({ service: cut })) + query);
    expect(answer.headers["x-spoor-completeness"]).toBe("limit");
    expect(answer.headers["x-spoor-completeness-detail"]).toBe("more than 1");
  });

  it.each([
    ["", 100],
    ["&limit=7", 7],
    ["&limit=0", 50],
    ["&limit=-1", 50],
    ["&limit=51", 50],
  ])("with %j ask for %i traces", async (parameters, expected) => {
    const findTraces = vi.fn(service.findTraces);
    const url = await startHttp({
      service: { ...service, findTraces },
      search: { defaultTraces: 100, maxTraces: 50 },
    });
    await request(`${url}/api/traces?service=shop${parameters}`);
    expect(findTraces.mock.calls[0]?.[0].limit).toBe(expected);
  });

  it("by id keep the order asked for and name what is missing", async () => {
    const url = await startHttp({ service });
    const answer = await request(`${url}/api/traces?traceID=1&traceID=ab&traceID=ab`);
    const reply = JSON.parse(answer.body.toString());
    expect(reply.data).toHaveLength(2);
    expect(reply.errors).toEqual([{ msg: "trace not found", traceID: "0000000000000001" }]);
  });
});

describe("other routes", () => {
  it("dependencies are summed by caller and callee, and can be limited to one service", async () => {
    const url = await startHttp({ service });
    const links = async (query: string) =>
      JSON.parse((await request(`${url}/api/dependencies${query}`)).body.toString());
    expect((await links("")).data).toEqual([
      { parent: "a", child: "b", callCount: 5 },
      { parent: "b", child: "c", callCount: 1 },
    ]);
    expect((await links("?service=c")).data).toEqual([{ parent: "b", child: "c", callCount: 1 }]);
    expect((await links("?lookback=-1")).data).toEqual([]);
  });

  it("archiving answers an empty list", async () => {
    const url = await startHttp({ service: spanService({ "": spansOfOneTrace(1) }, { archiveEnabled: true }) });
    const answer = await fetch(`${url}/api/archive/ab`, { method: "POST" });
    expect(await answer.text()).toBe('{"data":[],"total":0,"limit":0,"offset":0,"errors":[]}');
  });

  it("traceresponse goes on with the caller's trace", async () => {
    const url = await startHttp({ service });
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const own = await request(`${url}/api/services`, { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    expect(own.headers.traceresponse).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    const fresh = await request(`${url}/api/services`);
    expect(fresh.headers.traceresponse).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  it("additional headers are on every kind of reply", async () => {
    const url = await startHttp({ service, additionalHeaders: [["X-Extra", "one"]] });
    for (const path of ["/", "/api/services", "/api/traces/zz", "//x", "/static/none", "/api/archive/1"])
      expect((await request(url + path)).headers["x-extra"], path).toBe("one");
  });
});

describe("tenancy", () => {
  const tenancy = createTenancy({ enabled: true, tenants: ["acme", "mega"] });
  const perTenant = spanService({ acme: spansOfOneTrace(2), mega: [] });

  it("lets each tenant see its own", async () => {
    const url = await startHttp({ service: perTenant, tenancy });
    expect((await request(`${url}/api/services`, { "x-tenant": "acme" })).body.toString()).toContain("shop");
    expect((await request(`${url}/api/services`, { "x-tenant": "mega" })).body.toString()).toContain('"data":null');
  });

  it("shows others nothing, not even the page", async () => {
    const url = await startHttp({ service: perTenant, tenancy });
    for (const path of ["/", "/api/services", "/api/v3/services", "/static/x"]) {
      const answer = await request(url + path);
      expect(answer.status).toBe(401);
      expect(answer.body.toString()).toBe("missing tenant header");
    }
    expect((await request(url, { "x-tenant": "other" })).body.toString()).toBe("unknown tenant");
    expect((await request(url, { "x-tenant": "" })).body.toString()).toBe("missing tenant header");
  });
});

describe("the server", () => {
  it("refuses a base path that v1 refuses", () => {
    for (const basePath of ["x", "/x/", "x/"])
      expect(() =>
        createQueryHttp({ listen: { host: "", port: 0 }, service, tenancy: NO_TENANCY, logger: SILENT, basePath }),
      ).toThrow(/invalid base path/);
  });

  it("listens on every interface when the host is empty", async () => {
    const url = await startHttp({ service, listen: { host: "", port: 0 } });
    expect((await request(`${url}/api/services`)).status).toBe(200);
  });

  it("close lets a reply in flight end", async () => {
    let release: () => void = () => {};
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked: () => void = () => {};
    const received = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const slow = {
      ...service,
      getServices: async () => {
        asked();
        await waiting;
        return ["late"];
      },
    };
    const server = createQueryHttp({
      listen: { host: "127.0.0.1", port: 0 },
      service: slow,
      tenancy: NO_TENANCY,
      logger: SILENT,
    });
    const { port } = await server.start();
    const answer = request(`http://127.0.0.1:${port}/api/services`);
    await received;
    const closed = server.close();
    release();
    expect((await answer).body.toString()).toContain("late");
    await closed;
  });

  it("close does not wait for a client that never reads", async () => {
    const endless = spanService({ "": spansOfOneTrace(200_000) });
    const server = createQueryHttp({
      listen: { host: "127.0.0.1", port: 0 },
      service: endless,
      tenancy: NO_TENANCY,
      logger: SILENT,
      drainMs: 50,
    });
    const { port } = await server.start();
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.pause();
    socket.write("GET /api/traces/ab HTTP/1.1\r\nHost: a\r\n\r\n");
    await once(socket, "connect");
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server.close();
    socket.destroy();
  });
});

describe("the bearer token of a request", () => {
  it.each([
    [true, "abc"],
    [false, undefined],
  ])("goes on to the store when that is asked for (%s)", async (bearerTokenPropagation, expected) => {
    const tokens: (string | undefined)[] = [];
    const seeing = {
      ...service,
      getServices: async (options: { readonly bearerToken?: string }) => {
        tokens.push(options.bearerToken);
        return [];
      },
    };
    const url = await startHttp({ service: seeing, bearerTokenPropagation });
    await request(`${url}/api/services`, { authorization: "Bearer abc" });
    expect(tokens).toEqual([expected]);
  });
});
