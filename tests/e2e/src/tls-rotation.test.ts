import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Daemon, startDaemon } from "@spoor/test-harness";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeCertificate } from "./certificates.ts";
import { metric, startSending } from "./datagram-load.ts";
import { EXPORT, exportRequest, postSpansRequest } from "./otlp-grpc.ts";
import { eventually } from "./query-client.ts";
import { Caller, type ClientIdentity, grpcCall, grpcCallAnew, grpcChannel, httpsRequest } from "./tls-callers.ts";

const ROTATIONS = process.env.SPOOR_LONG_TESTS === "1" ? 6 : 2;
const POST_SPANS = "/jaeger.api_v2.CollectorService/PostSpans";
const GET_SERVICES = "/jaeger.api_v2.QueryService/GetServices";
const NO_MESSAGE = Buffer.alloc(0);
/** Longer than daemons take to look at files twice and let them settle. */
const TORN_MS = 600;

/*
 * agent --> collector --> remote-storage <-- query, every connection with certificates on both ends, each end's in files that the
 * test changes: kinds of keys change from one to the next, too.
 */
let directory: string;
let round = 0;
const daemons: Daemon[] = [];
const at = (name: string) => join(directory, name);
const made = (role: "server" | "client", number: number, part: "pem" | "key") => at(`${role}-${number}.${part}`);
const put = (name: string, ...sources: readonly string[]) =>
  writeFileSync(at(name), sources.map((source) => readFileSync(source, "utf8")).join(""));

function makeRound(number: number): void {
  for (const role of ["server", "client"] as const) {
    makeCertificate(made(role, number, "pem"), made(role, number, "key"), number % 2 === 0 ? "ec" : "rsa");
  }
}

const serverFlags = (prefix: string) => [
  `--${prefix}.tls.enabled=true`,
  `--${prefix}.tls.cert=${at("server.pem")}`,
  `--${prefix}.tls.key=${at("server.key")}`,
  `--${prefix}.tls.client-ca=${at("clients.pem")}`,
  `--${prefix}.tls.reload-interval=100ms`,
];
const clientFlags = (prefix: string) => [
  `--${prefix}.tls.enabled=true`,
  `--${prefix}.tls.ca=${at("servers.pem")}`,
  `--${prefix}.tls.cert=${at("client.pem")}`,
  `--${prefix}.tls.key=${at("client.key")}`,
];

async function start(...parameters: Parameters<typeof startDaemon>): Promise<Daemon> {
  const daemon = await startDaemon(...parameters);
  daemons.push(daemon);
  return daemon;
}

/** Waits until every one of these daemons' listeners and connections uses what is in the files. */
async function inUse(expected: readonly (readonly [Daemon, string])[], times: number): Promise<void> {
  for (const [daemon, prefix] of expected) {
    await eventually(
      async () => countOf(daemon, `"flags":"${prefix}.tls"`, "Certificates were changed and are in use"),
      (count) => count >= times,
      30_000,
    );
  }
}

function countOf(daemon: Daemon, ...texts: readonly string[]): number {
  return daemon
    .output()
    .split("\n")
    .filter((line) => texts.every((text) => line.includes(text))).length;
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "spoor-rotation-"));
  makeRound(0);
  for (const role of ["server", "client"] as const) {
    copyFileSync(made(role, 0, "pem"), at(`${role}.pem`));
    copyFileSync(made(role, 0, "key"), at(`${role}.key`));
    copyFileSync(made(role, 0, "pem"), at(`${role}s.pem`));
  }
});

afterAll(async () => {
  for (const daemon of daemons.splice(0)) await daemon.stop();
  rmSync(directory, { recursive: true, force: true });
});

it(
  "certificates, keys and authorities are replaced on all ends, half by half, and no call fails",
  async () => {
    const store = await start("remote-storage", { env: { SPAN_STORAGE_TYPE: "memory" }, args: serverFlags("grpc") });
    const env = { SPAN_STORAGE_TYPE: "grpc", GRPC_STORAGE_SERVER: `localhost:${store.ports.storageGrpc}` };
    const storage = clientFlags("grpc-storage");
    const LISTENERS = ["collector.grpc", "collector.otlp.grpc", "collector.otlp.http"];
    const collector = await start("collector", {
      env,
      args: [...storage, ...LISTENERS.flatMap(serverFlags), "--collector.grpc-server.max-connection-age=2s"],
    });
    const query = await start("query", {
      env,
      args: [...storage, ...serverFlags("query.http"), ...serverFlags("query.grpc")],
    });
    const agent = await start("agent", {
      args: [`--reporter.grpc.host-port=localhost:${collector.ports.collectorGrpc}`, ...clientFlags("reporter.grpc")],
    });
    const servers = [
      [store, "grpc"],
      ...LISTENERS.map((prefix) => [collector, prefix] as const),
      [query, "query.http"],
      [query, "query.grpc"],
    ] as const;
    const clients = [
      [agent, "reporter.grpc"],
      [collector, "grpc-storage"],
      [query, "grpc-storage"],
    ] as const;

    const identity = (): ClientIdentity => ({
      caFile: at("servers.pem"),
      cert: readFileSync(made("client", round, "pem")),
      key: readFileSync(made("client", round, "key")),
    });
    const okOf = async (answer: ReturnType<typeof httpsRequest>) => {
      const { status, text } = await answer;
      if (status !== 200) throw new Error(`HTTP ${status}: ${text}`);
    };
    const { ports } = collector;
    const queryHttp = `https://localhost:${query.ports.queryHttp}/api/services`;
    const lasting = grpcChannel(query.ports.queryGrpc, identity());
    const writers = [
      new Caller("collector gRPC", () =>
        grpcCallAnew(ports.collectorGrpc, identity(), POST_SPANS, postSpansRequest("jaeger")),
      ),
      new Caller("OTLP gRPC", () => grpcCallAnew(ports.otlpGrpc, identity(), EXPORT, exportRequest("otlp-grpc"))),
      new Caller("OTLP HTTP", () =>
        okOf(
          httpsRequest(`https://localhost:${ports.otlpHttp}/v1/traces`, identity(), {
            type: "application/x-protobuf",
            body: exportRequest("otlp-http"),
          }),
        ),
      ),
    ];
    const readers = [
      new Caller("query HTTP", () => okOf(httpsRequest(queryHttp, identity()))),
      new Caller("query gRPC", () => grpcCallAnew(query.ports.queryGrpc, identity(), GET_SERVICES, NO_MESSAGE)),
    ];
    readers.push(new Caller("query gRPC, one connection", () => grpcCall(lasting, GET_SERVICES, NO_MESSAGE)));
    const callers = [...writers, ...readers];
    const everybody = () => Promise.all(callers.map((caller) => caller.turn()));
    const sending = startSending(agent.ports.agentCompact);

    await everybody();
    for (let next = 1; next <= ROTATIONS; next++) {
      makeRound(next);
      const before = next - 1;
      // 1. Old and new are trusted.
      put("servers.pem", made("server", before, "pem"), made("server", next, "pem"));
      put("clients.pem", made("client", before, "pem"), made("client", next, "pem"));
      await inUse([...servers, ...clients], 3 * before + 1);
      // 2. Keys come first, and belong to nothing for a while.
      put("server.key", made("server", next, "key"));
      put("client.key", made("client", next, "key"));
      await delay(TORN_MS);
      await everybody();
      put("server.pem", made("server", next, "pem"));
      put("client.pem", made("client", next, "pem"));
      round = next;
      await inUse([...servers, ...clients], 3 * before + 2);
      await everybody();
      // 3. The old are trusted no more.
      put("servers.pem", made("server", next, "pem"));
      put("clients.pem", made("client", next, "pem"));
      await inUse([...servers, ...clients], 3 * before + 3);
      await everybody();
    }
    const datagrams = await sending.stop();
    for (const caller of callers) await caller.stop();
    lasting.close();

    expect(callers.flatMap(({ failures }) => failures)).toEqual([]);
    for (const [daemon, prefix] of servers) {
      expect(countOf(daemon, `"flags":"${prefix}.tls"`, "cannot be used")).toBeGreaterThanOrEqual(ROTATIONS);
    }
    // What is trusted no more is not let in, with the certificate of before nor without one.
    const old = {
      ...identity(),
      cert: readFileSync(made("client", 0, "pem")),
      key: readFileSync(made("client", 0, "key")),
    };
    await expect(httpsRequest(queryHttp, old)).rejects.toThrow();
    await expect(grpcCallAnew(ports.otlpGrpc, old, EXPORT, NO_MESSAGE)).rejects.toMatchObject({ code: 14 });

    const posted = writers.reduce((sum, { calls }) => sum + calls, 0);
    await eventually(
      () => metric(collector, "jaeger_collector_spans_saved_by_svc_total"),
      (spans) => spans >= posted + datagrams,
    );
    expect(await metric(collector, "jaeger_collector_spans_saved_by_svc_total")).toBe(posted + datagrams);
    const saved = (await (await fetch(collector.url("admin", "/metrics"))).text()).split("\n");
    expect(saved.filter((line) => /^jaeger_collector_spans_saved_by_svc_total.*result="err"/.test(line))).toEqual([]);
    expect(await metric(agent, "jaeger_agent_reporter_spans_failures_total")).toBe(0);
    for (const daemon of daemons.toReversed()) expect(await daemon.stop()).toBe(0);
    if (ROTATIONS > 2) process.stdout.write(`${callers.map(({ name, calls }) => `${name}: ${calls}`).join(", ")}\n`);
  },
  ROTATIONS * 60_000 + 60_000,
);
