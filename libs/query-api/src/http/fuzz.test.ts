import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordedService } from "../testing/recorded.ts";
import { closeServers, startHttp } from "../testing/servers.ts";

const RUNS = 150;

let url: string;
const agent = new Agent({ keepAlive: true, maxSockets: 4 });
beforeAll(async () => {
  url = await startHttp({ service: await recordedService() });
});
afterAll(async () => {
  agent.destroy();
  await closeServers();
});

/** Characters that may stand in a request target, with those that mean something more often. */
const targetText = fc
  .array(
    fc.oneof(
      fc.constantFrom("/", "%", "%2F", "..", "=", "&", "+", ";", ":", "%00", "%ff", "?", "#", "{", "\\"),
      fc.stringMatching(/^[!-~]{1,6}$/),
    ),
    {
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(""));

const name = fc.constantFrom(
  ..."service operation tag tags start end limit minDuration maxDuration traceID raw prettyPrint spanKind endTs lookback".split(
    " ",
  ),
  ..."quantile step ratePer groupByOperation query.service_name query.start_time_min query.start_time_max query.num_traces".split(
    " ",
  ),
);
const value = fc.oneof(
  fc.constantFrom(
    "frontend",
    "true",
    "1",
    "-1",
    "0",
    "9223372036854775807",
    "1795423020000000",
    "1h2m",
    "1.5s",
    "{}",
    '{"a":"b"}',
    "a:b",
  ),
  fc.constantFrom(
    "2026-11-23T08:37:00Z",
    "2026-11-23T08:37:00.000000001+02:00",
    "abcdef",
    "411a5e03cf16e8085b78789cb31466f8",
  ),
  fc.string({ maxLength: 12 }),
  fc.array(fc.nat(0xffff), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
);
const query = fc.array(fc.tuple(name, value), { maxLength: 8 }).map((pairs) => {
  const text = pairs.map(([key, item]) => `${key}=${encodeURIComponent(item.toWellFormed())}`).join("&");
  return text === "" ? "" : `?${text}`;
});
const path = fc.constantFrom(
  ..."traces traces/411a5e03cf16e8085b78789cb31466f8 services operations services/frontend/operations dependencies"
    .split(" ")
    .map((item) => `/api/${item}`),
  ..."metrics/calls metrics/latencies quality-metrics v3/traces v3/traces/5899817bf26e63dd v3/services v3/operations"
    .split(" ")
    .map((item) => `/api/${item}`),
);

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

async function ask(method: string, target: string, body?: Buffer): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const sent = request({ hostname, port, agent, method, path: target });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    type: response.headers["content-type"] ?? "",
    text: Buffer.concat(chunks).toString(),
  };
}

/** A reply is a page, an empty one, a plain text of the server's own, or JSON in one of the API's forms. */
function expectWellFormed({ status, type, text }: Answer): void {
  expect([200, 301, 400, 404, 405, 413, 501]).toContain(status);
  if (text === "" || type.startsWith("text/html")) return;
  if (text === "404 page not found\n" || text === "400 Bad Request") return;
  const reply = JSON.parse(text);
  if (status !== 200) {
    const code = reply.errors?.[0]?.code ?? reply.error?.httpCode;
    expect(code).toBe(status);
  }
}

describe("whatever is asked, the reply is well-formed", () => {
  it("for any target", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("GET", "POST", "HEAD", "PUT"), targetText, async (method, text) => {
        expectWellFormed(await ask(method, `/${text}`));
      }),
      { seed: 11, numRuns: RUNS },
    );
  });

  it("for any segment below an API path", async () => {
    await fc.assert(
      fc.asyncProperty(path, targetText, async (start, text) => {
        expectWellFormed(await ask("GET", `${start}/${text}`));
        expectWellFormed(await ask("POST", `/api/archive/${text}`));
      }),
      { seed: 12, numRuns: RUNS },
    );
  });

  it("for any parameters of any route", async () => {
    await fc.assert(
      fc.asyncProperty(path, query, async (start, text) => {
        expectWellFormed(await ask("GET", start + text));
      }),
      { seed: 13, numRuns: RUNS * 2 },
    );
  });

  it("for any body given to transform", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array)),
      fc.json().map((text) => Buffer.from(text)),
      fc.json().map((text) => Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${text}]}]}]}`)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => {
        expectWellFormed(await ask("POST", "/api/transform", body));
      }),
      { seed: 14, numRuns: RUNS },
    );
  });
});
