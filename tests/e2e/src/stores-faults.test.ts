import {
  type CassandraServer,
  freePorts,
  requireService,
  type SearchServer,
  SHARED_START_TIMEOUT_MS,
  sharedCassandra,
  startCassandra,
  startElasticsearch,
  uniqueName,
} from "@spoor/services";
import { type Daemon, startDaemon } from "@spoor/test-harness";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportByGrpc, GRPC_OK, GRPC_UNAVAILABLE } from "./otlp-grpc.ts";
import { otlpRequest, SPANS_PER_TRACE } from "./otlp-request.ts";
import { eventually, postOtlp, sendOtlp, traceById } from "./query-client.ts";
import { runApp } from "./run-app.ts";
import { createKeyspace, type Environment } from "./stores.ts";

const cassandra = await requireService("cassandra");
const elasticsearch = await requireService("elasticsearch7");

/** Starts a daemon that must end by itself; gives its exit code and the one line that says why. */
async function failedStart(app: string, environment: Environment): Promise<{ code: number | null; message: string }> {
  const listen = Object.fromEntries(
    ["ADMIN_HTTP", "COLLECTOR_GRPC_SERVER", "COLLECTOR_HTTP_SERVER", "COLLECTOR_OTLP_GRPC", "COLLECTOR_OTLP_HTTP"].map(
      (name) => [`${name}_HOST_PORT`, "127.0.0.1:0"],
    ),
  );
  const { code, output } = await runApp(app, [], { ...listen, ...environment });
  const lines = output.split("\n").filter((line) => line.includes('"level":"fatal"'));
  expect(lines, output).toHaveLength(1);
  return { code, message: (JSON.parse(lines[0] as string) as { readonly msg: string }).msg };
}

describe("a store that is not there at the start", () => {
  it.each([
    [
      "collector",
      "cassandra",
      "CASSANDRA_SERVERS",
      "no node of Cassandra at ADDRESS can be reached (--cassandra.servers)",
    ],
    ["query", "cassandra", "CASSANDRA_SERVERS", "no node of Cassandra at ADDRESS can be reached (--cassandra.servers)"],
    ["collector", "elasticsearch", "ES_SERVER_URLS", "no answer from http://ADDRESS (--es.server-urls)"],
    ["query", "opensearch", "ES_SERVER_URLS", "no answer from http://ADDRESS (--es.server-urls)"],
    ["collector", "cassandra,elasticsearch", "CASSANDRA_SERVERS", "no node of Cassandra at ADDRESS"],
  ])("ends %s on %s with exit code 1 and names the flag", async (app, type, variable, message) => {
    const [port] = await freePorts(1);
    const address = `127.0.0.1:${port}`;
    const failed = await failedStart(app, {
      SPAN_STORAGE_TYPE: type,
      [variable]: variable === "ES_SERVER_URLS" ? `http://${address}` : address,
    });
    expect(failed.message).toContain(message.replace("ADDRESS", address));
    expect(failed.code).toBe(1);
  });

  it.skipIf(!cassandra.available)(
    "names the keyspace that is missing, and the tool that makes it",
    async () => {
      const server = await sharedCassandra();
      const keyspace = uniqueName("absent");
      for (const app of ["collector", "query"]) {
        const { code, message } = await failedStart(app, {
          SPAN_STORAGE_TYPE: "cassandra",
          CASSANDRA_SERVERS: server.host,
          CASSANDRA_PORT: String(server.port),
          CASSANDRA_KEYSPACE: keyspace,
        });
        expect(message).toContain(keyspace);
        expect(message).toContain("--cassandra.keyspace");
        expect(message).toContain("cassandra-schema");
        expect(code).toBe(1);
      }
      server.release();
    },
    SHARED_START_TIMEOUT_MS,
  );
});

interface Secured {
  readonly environment: Environment;
  readonly passwordVariable: string;
  readonly flags: readonly string[];
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

interface SecuredKind {
  readonly type: string;
  readonly available: boolean;
  readonly start: () => Promise<Secured>;
}

async function securedCassandra(): Promise<Secured> {
  const server: CassandraServer = await startCassandra({ authentication: true, heapMb: 256 });
  const login = { CASSANDRA_USERNAME: server.username, CASSANDRA_PASSWORD: server.password };
  await createKeyspace(server.host, server.port, "faults", login);
  return {
    environment: {
      ...login,
      CASSANDRA_SERVERS: server.host,
      CASSANDRA_PORT: String(server.port),
      CASSANDRA_KEYSPACE: "faults",
      CASSANDRA_RECONNECT_INTERVAL: "2s",
    },
    passwordVariable: "CASSANDRA_PASSWORD",
    flags: ["--cassandra.username", "--cassandra.password"],
    stop: () => server.stop(),
    start: () => server.start(),
    close: () => server.close(),
  };
}

async function securedElasticsearch(): Promise<Secured> {
  const server: SearchServer = await startElasticsearch({ version: "7.17.29", security: true });
  return {
    environment: {
      ES_SERVER_URLS: server.url,
      ES_USERNAME: server.username,
      ES_PASSWORD: server.password,
      ES_NUM_SHARDS: "1",
      ES_NUM_REPLICAS: "0",
    },
    passwordVariable: "ES_PASSWORD",
    flags: ["--es.username", "--es.password"],
    stop: () => server.stop(),
    start: () => server.start(),
    close: () => server.close(),
  };
}

const KINDS: readonly SecuredKind[] = [
  { type: "cassandra", available: cassandra.available, start: securedCassandra },
  { type: "elasticsearch", available: elasticsearch.available, start: securedElasticsearch },
];
const AVAILABLE = KINDS.filter((kind) => kind.available);

describe.skipIf(AVAILABLE.length === 0)("a store with a password", () => {
  const servers = new Map<SecuredKind, Secured>();
  const daemons: Daemon[] = [];
  const serverOf = (kind: SecuredKind) => servers.get(kind) as Secured;

  beforeAll(async () => {
    await Promise.all(AVAILABLE.map(async (kind) => servers.set(kind, await kind.start())));
  }, SHARED_START_TIMEOUT_MS);
  afterAll(async () => {
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    await Promise.all([...servers.values()].map((server) => server.close()));
  });

  it.each(AVAILABLE.map((kind) => [kind.type, kind] as const))(
    "%s refuses another one: exit code 1, and the flags are named",
    async (type, kind) => {
      const { environment, passwordVariable, flags } = serverOf(kind);
      const { code, message } = await failedStart("collector", {
        SPAN_STORAGE_TYPE: type,
        ...environment,
        [passwordVariable]: "not-this-one",
      });
      for (const flag of flags) expect(message).toContain(flag);
      expect(message).not.toContain("not-this-one");
      expect(code).toBe(1);
    },
  );

  // Most of it is waiting for servers: all kinds at once.
  it.concurrent.each(AVAILABLE.map((kind) => [kind.type, kind] as const))(
    "%s that goes away later is told to senders and at /ready, and all goes on by itself when it is back",
    async (type, kind) => {
      const server = serverOf(kind);
      const daemon = await startDaemon("all-in-one", {
        env: { SPAN_STORAGE_TYPE: type, OTEL_TRACES_SAMPLER: "always_off", ...server.environment },
      });
      daemons.push(daemon);
      const before = otlpRequest("before", 2);
      await sendOtlp(daemon, before.body);
      expect(await exportByGrpc(daemon, "before-grpc")).toBe(GRPC_OK);
      expect(await ready(daemon)).toEqual({ status: 200, body: { status: "ready" } });

      await server.stop();
      const [refused, grpcStatus] = await Promise.all([
        postOtlp(daemon, otlpRequest("lost", 1).body),
        exportByGrpc(daemon, "lost-grpc"),
      ]);
      expect(refused.status, refused.text).toBe(503);
      expect(grpcStatus).toBe(GRPC_UNAVAILABLE);
      const { status, body } = await ready(daemon);
      expect(status).toBe(503);
      expect(body).toMatchObject({ status: "not ready", problems: { [type]: expect.any(String) } });
      // The process itself runs: nobody shall restart it.
      expect((await fetch(daemon.url("admin"))).status).toBe(200);
      expect((await fetch(daemon.url("queryHttp", "/api/services"))).status).toBeGreaterThanOrEqual(500);

      await server.start();
      await eventually(
        () => ready(daemon),
        (answer) => answer.status === 200,
        60_000,
      );
      const after = otlpRequest("after", 2);
      await sendOtlp(daemon, after.body);
      for (const id of [...before.traceIds, ...after.traceIds]) {
        const trace = await eventually(
          () => traceById(daemon, id),
          (found) => found !== undefined,
        );
        expect(trace?.spans).toHaveLength(SPANS_PER_TRACE);
      }
      expect(daemon.output()).toContain("The storage is back");
      expect(await daemon.stop()).toBe(0);
    },
    180_000,
  );
});

async function ready(daemon: Daemon): Promise<{ readonly status: number; readonly body: unknown }> {
  const reply = await fetch(daemon.url("admin", "/ready"));
  return { status: reply.status, body: await reply.json() };
}
