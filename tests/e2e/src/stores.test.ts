import { requireService, SHARED_START_TIMEOUT_MS } from "@spoor/services";
import { type Daemon, startBrowser, startDaemon } from "@spoor/test-harness";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLIENTS } from "./clients.ts";
import { bigTrace, otlpRequest, SPANS_PER_TRACE } from "./otlp-request.ts";
import {
  dependencyLinks,
  eventually,
  findTraces,
  operationNames,
  sendOtlp,
  services,
  traceById,
} from "./query-client.ts";
import { CASSANDRA, ELASTICSEARCH, OPENSEARCH, type PreparedStore, type StoreKind } from "./stores.ts";

const TRIED_CLIENTS = ["OpenTelemetry exporter-trace-otlp-grpc", "jaeger-client over UDP", "jaeger-client over HTTP"];
const SENDERS = CLIENTS.filter(({ name }) => TRIED_CLIENTS.includes(name));
const serviceOf = (client: string) => client.toLowerCase().replaceAll(/[^a-z]+/g, "-");

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

const start = (app: string, type: string, environment: Readonly<Record<string, string>>) =>
  startDaemon(app, { env: { SPAN_STORAGE_TYPE: type, OTEL_TRACES_SAMPLER: "always_off", ...environment } });

const KINDS = [CASSANDRA, ELASTICSEARCH, OPENSEARCH];

/** All servers start at once: the later ones while tests run on the first. */
let prepared: ReadonlyMap<StoreKind, Promise<PreparedStore>> | undefined;
function preparedStore(kind: StoreKind): Promise<PreparedStore> {
  prepared ??= new Map(
    KINDS.map((each) => {
      const store = each.prepare();
      store.catch(() => undefined);
      return [each, store] as const;
    }),
  );
  return prepared.get(kind) ?? kind.prepare();
}

for (const kind of KINDS) {
  const { available, reason } = await requireService(kind.service);
  describe.skipIf(!available)(`SPAN_STORAGE_TYPE=${kind.type} ${reason}`, () => {
    let store: PreparedStore;
    let daemon: Daemon;
    let archivedTraceId = "";
    const tree = bigTrace("factory", 100);

    beforeAll(async () => {
      store = await preparedStore(kind);
      daemon = await start("all-in-one", kind.type, store.environment);
    }, SHARED_START_TIMEOUT_MS);
    afterAll(async () => {
      await daemon?.stop();
      store?.release();
    });

    const expectTraceOf = async (client: string) => {
      const [trace] = await eventually(
        () => findTraces(daemon, serviceOf(client)),
        (traces) => traces[0]?.spans.length === 2,
      );
      const parent = trace?.spans.find(({ operationName }) => operationName === "parent");
      const child = trace?.spans.find(({ operationName }) => operationName === "child");
      expect(child?.references.map(({ spanID }) => spanID)).toEqual([parent?.spanID]);
      expect(parent?.tags).toContainEqual({ key: "http.method", type: "string", value: "GET" });
      expect(child?.logs).toHaveLength(1);
      return trace;
    };

    it.each(SENDERS.map((client) => [client.name, client] as const))("shows the trace of %s", async (name, client) => {
      await client.sendTrace(daemon, serviceOf(name));
      await expectTraceOf(name);
      expect(
        await findTraces(daemon, serviceOf(name), `&tags=${encodeURIComponent('{"http.method":"GET"}')}`),
      ).toHaveLength(1);
      expect(await findTraces(daemon, serviceOf(name), "&operation=nothing")).toEqual([]);
    });

    it("lists services and their operations", async () => {
      expect(await services(daemon)).toEqual(expect.arrayContaining(SENDERS.map(({ name }) => serviceOf(name))));
      expect(await operationNames(daemon, serviceOf(TRIED_CLIENTS[0] as string))).toEqual(["child", "parent"]);
    });

    it("counts the calls between services", async () => {
      for (const body of tree.bodies) await sendOtlp(daemon, body);
      const links = await eventually(
        () => dependencyLinks(daemon),
        (found) => found.length === 2,
      );
      // A tree of nine children each: 9 on the second level, 81 on the third, 9 on the fourth.
      expect(links).toEqual([
        { parent: "factory", child: "factory-store", callCount: 18 },
        { parent: "factory-store", child: "factory", callCount: 81 },
      ]);
    });

    it("keeps a trace in the archive, where another query finds it", async () => {
      const { body, traceIds } = otlpRequest("archived", 1);
      await sendOtlp(daemon, body);
      archivedTraceId = traceIds[0] as string;
      await eventually(
        () => traceById(daemon, archivedTraceId),
        (trace) => trace?.spans.length === SPANS_PER_TRACE,
      );
      const reply = await fetch(daemon.url("queryHttp", `/api/archive/${archivedTraceId}`), { method: "POST" });
      expect({ status: reply.status, text: reply.status === 200 ? "" : await reply.text() }).toEqual({
        status: 200,
        text: "",
      });
      const other = await start("query", kind.type, store.emptyWithSameArchive);
      try {
        expect(await services(other)).toEqual([]);
        const trace = await eventually(
          () => traceById(other, archivedTraceId),
          (found) => found?.spans.length === SPANS_PER_TRACE,
        );
        expect(trace?.traceID).toBe(archivedTraceId);
      } finally {
        await other.stop();
      }
    });

    it("has everything again after a restart", async () => {
      expect(await daemon.stop()).toBe(0);
      daemon = await start("all-in-one", kind.type, store.environment);
      for (const { name } of SENDERS) await expectTraceOf(name);
      expect((await traceById(daemon, tree.traceId))?.spans).toHaveLength(100);
      expect(await dependencyLinks(daemon)).toHaveLength(2);
    });

    it("shows the trace on the page", async () => {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      const service = serviceOf(TRIED_CLIENTS[0] as string);
      await page.goto(daemon.url("queryHttp", `/search?service=${service}&limit=20&lookback=1h`));
      await page.locator("a[href*='trace/']").first().click();
      await page.getByRole("treegrid").waitFor();
      await page.getByRole("row").filter({ hasText: "child" }).first().waitFor();
      await page.goto(daemon.url("queryHttp", "/dependencies"));
      await page.locator("svg text", { hasText: "factory-store" }).waitFor();
      expect(complaints).toEqual([]);
      await page.close();
    });

    it("serves a collector and a query of their own", async () => {
      const collector = await start("collector", kind.type, store.environment);
      const query = await start("query", kind.type, store.environment);
      try {
        const { body, traceIds } = otlpRequest("apart", 2);
        await sendOtlp(collector, body);
        const traces = await eventually(
          () => findTraces(query, "apart"),
          (found) => found.length === 2,
        );
        expect(traces.map(({ traceID }) => traceID).sort()).toEqual([...traceIds].sort());
        for (const file of bigTrace("assembly", 10).bodies) await sendOtlp(collector, file);
        // What a collector has not counted yet, it counts when it ends.
        expect(await collector.stop()).toBe(0);
        const links = await eventually(
          () => dependencyLinks(query),
          (found) => found.some(({ parent }) => parent === "assembly"),
        );
        expect(links).toContainEqual({ parent: "assembly", child: "assembly-store", callCount: 9 });
      } finally {
        await Promise.all([collector.stop(), query.stop()]);
      }
    });
  });
}

const both = await Promise.all([requireService(CASSANDRA.service), requireService(ELASTICSEARCH.service)]);
describe.skipIf(both.some(({ available }) => !available))("SPAN_STORAGE_TYPE=cassandra,elasticsearch", () => {
  let cassandra: PreparedStore;
  let elasticsearch: PreparedStore;
  const daemons: Daemon[] = [];

  beforeAll(async () => {
    [cassandra, elasticsearch] = await Promise.all([CASSANDRA.prepare(), ELASTICSEARCH.prepare()]);
  }, SHARED_START_TIMEOUT_MS);
  afterAll(async () => {
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    cassandra?.release();
    elasticsearch?.release();
  });

  it("writes to both and reads from the first", async () => {
    const environment = { ...cassandra.environment, ...elasticsearch.environment };
    const started = await Promise.all([
      start("all-in-one", "cassandra,elasticsearch", environment),
      start("all-in-one", "elasticsearch", environment),
      start("query", "cassandra", environment),
    ]);
    daemons.push(...started);
    const [list, second, first] = started;
    const [toBoth, toSecond] = [otlpRequest("both", 3), otlpRequest("second", 1)];
    await sendOtlp(list, toBoth.body);
    await sendOtlp(second, toSecond.body);
    for (const daemon of started) {
      const traces = await eventually(
        () => findTraces(daemon, "both"),
        (found) => found.length === 3,
      );
      expect(traces.map(({ spans }) => spans.length)).toEqual([4, 4, 4]);
    }
    expect(await services(second)).toEqual(["both", "second"]);
    expect(await services(first)).toEqual(["both"]);
    expect(await services(list)).toEqual(["both"]);
    expect(await traceById(list, toSecond.traceIds[0] as string)).toBeUndefined();
  });
});
