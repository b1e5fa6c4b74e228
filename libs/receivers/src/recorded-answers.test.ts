import { readFileSync } from "node:fs";
import { framed, GrpcClient } from "@spoor/grpc-testkit";
import { openFileStrategies } from "@spoor/sampling";
import { createTenancy } from "@spoor/tenancy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCollectorGrpc, startOtlpGrpc } from "./grpc-receivers.ts";
import { startOtlpHttp } from "./otlp-http.ts";
import type { Receiver } from "./receiver.ts";
import { startSamplingHttp } from "./sampling-http.ts";
import { exchange, exchangeRaw } from "./testing/http-exchange.ts";
import { receiverOptions, SILENT_LOGGER } from "./testing/receiver-options.ts";
import { startThriftHttp } from "./thrift-http.ts";
import { startZipkinHttp } from "./zipkin-http.ts";

interface Recorded {
  readonly name: string;
  readonly request: {
    readonly transport: "http" | "tcp" | "grpc";
    readonly port: string;
    readonly method?: string;
    readonly path: string;
    readonly headers?: Record<string, string | string[]>;
    readonly fill?: { readonly byte: number; readonly count: number };
    readonly compressed?: boolean;
    readonly rawFraming?: boolean;
  };
  readonly requestBase64?: string;
  readonly response: {
    readonly status?: number;
    readonly headers?: Record<string, string>;
    readonly text?: string;
    readonly bodyBase64?: string;
    readonly error?: string;
    readonly httpStatus?: number;
    readonly contentType?: string;
    readonly code?: number;
    readonly message?: string;
    readonly messagesBase64?: string[];
  };
}

const fixtures = new URL("./fixtures/", import.meta.url);
const read = (name: string): Recorded[] => JSON.parse(readFileSync(new URL(name, fixtures), "utf8"));

async function startAll(tenants: readonly string[] | undefined) {
  const strategies = await openFileStrategies({
    source: new URL("strategies.json", fixtures).pathname,
    reloadIntervalMs: 0,
    logger: SILENT_LOGGER,
  });
  const options = {
    ...receiverOptions(),
    strategies,
    tenancy: createTenancy({ enabled: tenants !== undefined, tenants: tenants ?? [] }),
  };
  const receivers: Record<string, Receiver> = {
    collectorGrpc: await startCollectorGrpc(options),
    otlpGrpc: await startOtlpGrpc(options),
    otlpHttp: await startOtlpHttp(options),
    collectorHttp: await startThriftHttp(options),
    zipkin: await startZipkinHttp(options),
    agentHttp: await startSamplingHttp(options),
  };
  const clients = new Map<string, GrpcClient>();
  const portOf = (name: string): number => {
    const receiver = receivers[name];
    if (receiver === undefined) throw new Error(`no receiver ${name}`);
    return receiver.address.port;
  };
  const clientOf = (name: string): GrpcClient => {
    const client = clients.get(name) ?? new GrpcClient(portOf(name));
    clients.set(name, client);
    return client;
  };
  const close = async (): Promise<void> => {
    for (const client of clients.values()) await client.close();
    for (const receiver of Object.values(receivers)) await receiver.close();
    await strategies.close();
  };
  return { portOf, clientOf, close };
}

type Started = Awaited<ReturnType<typeof startAll>>;

function bodyOf({ requestBase64, request: { fill } }: Recorded): Buffer {
  const body = Buffer.from(requestBase64 ?? "", "base64");
  return fill === undefined ? body : Buffer.concat([body, Buffer.alloc(fill.count, fill.byte)]);
}

async function checkGrpc(started: Started, recorded: Recorded): Promise<void> {
  const { path, method, headers, compressed, rawFraming, port } = recorded.request;
  const message = bodyOf(recorded);
  const body = rawFraming ? message : framed(message, compressed ? 1 : 0);
  const answer = await started.clientOf(port).call({ path, method, headers, body });
  const { response } = recorded;
  expect(answer).toMatchObject({
    httpStatus: response.httpStatus,
    contentType: response.contentType,
    code: response.code,
    message: response.message,
  });
  expect(answer.messages.map((bytes) => bytes.toString("base64"))).toEqual(response.messagesBase64);
}

const COMPARED_HEADERS = ["content-type", "x-content-type-options", "vary", "location", "allow"];

async function checkHttp(started: Started, recorded: Recorded): Promise<void> {
  const { path, method = "GET", headers, port, transport } = recorded.request;
  const { response } = recorded;
  if (transport === "tcp") {
    const text = await exchangeRaw(started.portOf(port), bodyOf(recorded));
    expect(text).toBe(response.text);
    return;
  }
  const sent = exchange(started.portOf(port), { method, path, headers, body: bodyOf(recorded) });
  if (response.error !== undefined) {
    await expect(sent).rejects.toMatchObject({ code: response.error });
    return;
  }
  const answer = await sent;
  expect(answer.status).toBe(response.status);
  for (const name of COMPARED_HEADERS) expect([name, answer.headers[name]]).toEqual([name, response.headers?.[name]]);
  if (response.bodyBase64 !== undefined) expect(answer.body.toString("base64")).toBe(response.bodyBase64);
  else expect(answer.body.toString()).toBe(response.text ?? "");
}

function suite(title: string, files: readonly string[], tenants: readonly string[] | undefined): void {
  describe(title, () => {
    let started: Started;
    beforeAll(async () => {
      started = await startAll(tenants);
    });
    afterAll(() => started.close());
    const cases = files
      .flatMap(read)
      .map((recorded) => [`${recorded.request.port}: ${recorded.name}`, recorded] as const);
    test.each(cases)("%s", async (_, recorded) => {
      if (recorded.request.transport === "grpc") await checkGrpc(started, recorded);
      else await checkHttp(started, recorded);
    });
  });
}

suite("answers recorded from v1.67", ["grpc-answers.json", "http-answers.json"], undefined);
suite("answers recorded from v1.67 with tenancy", ["tenancy-answers.json"], ["acme", "megacorp"]);
