import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { createTenancy } from "@spoor/tenancy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalBody } from "../testing/canonical.ts";
import { type RecordedCase, recorded, recordedService, tenantService } from "../testing/recorded.ts";
import { closeServers, startHttp } from "../testing/servers.ts";

interface RecordedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text?: string;
  /** An HTML page, whose text is not part of the comparison. */
  readonly html?: boolean;
}

/** Headers that clients may act on; the others are compared nowhere. */
const COMPARED = [
  "content-type",
  "x-content-type-options",
  "content-encoding",
  "location",
  "access-control-allow-origin",
  "vary",
  "cache-control",
  "x-extra",
];

/** Cases in which the answer is another one on purpose. */
const DIFFERENT = new Map([
  ["transform-nan", "a trace with a NaN can be read: the value is the string NaN, where v1 answers 500"],
]);

afterAll(closeServers);

async function exchange(url: string, { request, requestBase64 }: RecordedCase<unknown>) {
  const { hostname, port } = new URL(url);
  const sent = httpRequest({
    hostname,
    port,
    agent: false,
    method: request.method ?? "GET",
    path: request.path,
    headers: request.headers as Record<string, string> | undefined,
  });
  sent.end(requestBase64 === undefined ? undefined : Buffer.from(requestBase64, "base64"));
  const [response] = await once(sent, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() };
}

function comparable(answer: {
  readonly status: number;
  readonly headers: IncomingHttpHeaders | Readonly<Record<string, string>>;
  readonly text?: string;
  readonly html?: boolean;
}): unknown {
  const headers: Readonly<Record<string, unknown>> = answer.headers;
  const isPage = answer.html === true || String(headers["content-type"]).startsWith("text/html");
  return {
    status: answer.status,
    headers: Object.fromEntries(COMPARED.map((name) => [name, headers[name]])),
    traced: headers.traceresponse !== undefined,
    body: isPage ? "page" : canonicalBody(answer.text ?? ""),
  };
}

async function check(url: string, item: RecordedCase<RecordedResponse>): Promise<void> {
  expect(comparable(await exchange(url, item))).toEqual(comparable(item.response));
}

describe("recorded answers of v1", () => {
  let url: string;
  beforeAll(async () => {
    url = await startHttp({ service: await recordedService() });
  });

  const cases = ["http-1.json", "http-2.json"].flatMap((file) => recorded<RecordedResponse>(file));
  it.each(cases.filter((item) => !DIFFERENT.has(item.name)).map((item) => [item.name, item] as const))(
    "%s",
    (_, item) => check(url, item),
  );

  it.each([...DIFFERENT])("%s: %s", async (name) => {
    const item = cases.find((candidate) => candidate.name === name);
    expect(item).toBeDefined();
    if (item) expect(comparable(await exchange(url, item))).not.toEqual(comparable(item.response));
  });
});

describe("recorded answers of v1 with a base path", () => {
  let url: string;
  beforeAll(async () => {
    const storage = await tenantService([]);
    url = await startHttp({
      service: storage,
      basePath: "/jaeger",
      additionalHeaders: [
        ["X-Extra", "one"],
        ["Access-Control-Allow-Origin", "*"],
      ],
    });
  });

  it.each(recorded<RecordedResponse>("base-path.json").map((item) => [item.name, item] as const))("%s", (_, item) =>
    check(url, item),
  );
});

describe("recorded answers of v1 to tenants", () => {
  const cases = recorded<RecordedResponse>("tenancy.json");
  let url: string;
  beforeAll(async () => {
    const stored = cases.filter((item) => item.name.startsWith("post-tenant"));
    url = await startHttp({
      service: await tenantService(stored),
      tenancy: createTenancy({ enabled: true, tenants: ["acme", "megacorp"] }),
    });
  });

  // The services of spans that other protocols brought are not in this store.
  const asked = cases.filter((item) => item.request.port === "queryHttp" && !/services-(t1|two|upper)/.test(item.name));
  it.each(asked.map((item) => [item.name, item] as const))("%s", (_, item) => check(url, item));
});

describe("recorded answers of v1 to broken requests", () => {
  let url: string;
  beforeAll(async () => {
    url = await startHttp({ service: await recordedService() });
  });

  const cases = recorded<{ readonly text: string }>("http-head.json");
  // node always names its own version, HTTP/1.1; v1 answers HTTP/1.0 with HTTP/1.0.
  const asked = cases.filter((item) => item.name.startsWith("tcp-") && item.name !== "tcp-http10-keep");
  it.each(asked.map((item) => [item.name, item] as const))("%s", async (_, item) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.write(Buffer.from(item.requestBase64 ?? "", "base64"));
    await once(socket, "close");
    const text = Buffer.concat(chunks).toString("latin1");
    expect(text.replace(/^(date|traceresponse): .*\r\n/gim, "")).toBe(item.response.text);
  });
});
