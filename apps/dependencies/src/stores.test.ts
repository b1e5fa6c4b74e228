import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type RecountedStore, recountCalls } from "@spoor/service-calls";
import {
  requireService,
  type ServiceName,
  SHARED_START_TIMEOUT_MS,
  sharedCassandra,
  sharedElasticsearch,
  sharedOpensearch,
  uniqueName,
} from "@spoor/services";
import type { Span } from "@spoor/span-model";
import type { DependencyLink, Storage } from "@spoor/storage-api";
import { applySchema, openCassandraRecount, openCassandraStorage, Session } from "@spoor/storage-cassandra";
import { openElasticsearchRecount, openElasticsearchStorage } from "@spoor/storage-elasticsearch";
import { batchesOf, childOf, NaiveStore, SpanGenerator, sortLinks } from "@spoor/storage-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DAY_MS, dayText } from "./days.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const NO_TENANT = { tenant: "" };
/** A day that is over, as long ago as nobody counts it any more. */
const DAY = (Math.floor(Date.now() / DAY_MS) - 3) * DAY_MS;
const TODAY = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const HOUR_MS = 3_600_000;

type Recount = RecountedStore & { close(): Promise<void> };

interface Place {
  /** For the job. */
  readonly environment: Readonly<Record<string, string>>;
  open(countDependencies: boolean): Promise<Storage>;
  /** With groups of this size. */
  recount(groupSpans: number): Promise<Recount>;
  /** What v1's job leaves for the day, written once more. */
  writeAsSpark(dayMs: number, links: readonly DependencyLink[]): Promise<void>;
  /** How many rows or documents there are for the day. */
  entries(dayMs: number): Promise<number>;
  close(): Promise<void>;
}

async function cassandraPlace(): Promise<Place> {
  const { host, port, release } = await sharedCassandra();
  const keyspace = uniqueName("recount");
  const connection = { servers: [host], port, keyspace, connectionsPerHost: 1 };
  await applySchema(connection, {
    keyspace,
    replication: "{'class': 'SimpleStrategy', 'replication_factor': '1'}",
    traceTtlSeconds: 0,
    dependenciesTtlSeconds: 0,
    compactionWindowSize: 96,
    compactionWindowUnit: "MINUTES",
  });
  const session = await Session.open(connection);
  return {
    environment: { STORAGE: "cassandra", CASSANDRA_CONTACT_POINTS: `${host}:${port}`, CASSANDRA_KEYSPACE: keyspace },
    open: (counts) => openCassandraStorage({ connection, ...(counts ? {} : { countDependencies: false }) }),
    recount: (groupSpans) => openCassandraRecount({ connection, groupSpans }),
    async writeAsSpark(dayMs, links) {
      const list = links.map(
        (link) => `{parent: '${link.parent}', child: '${link.child}', call_count: ${link.callCount}, source: 'jaeger'}`,
      );
      await session.command(
        `INSERT INTO dependencies_v2 (ts_bucket, ts, dependencies) VALUES (${dayMs}, ${dayMs}, [${list.join(", ")}])`,
      );
    },
    async entries(dayMs) {
      const { rows } = await session.command(`SELECT ts FROM dependencies_v2 WHERE ts_bucket = ${dayMs}`);
      return rows.length;
    },
    async close() {
      await session.command(`DROP KEYSPACE ${keyspace}`);
      await session.close();
      release();
    },
  };
}

async function searchPlace(
  storage: string,
  nodes: string,
  share: () => Promise<{ readonly url: string; release(): void }>,
): Promise<Place> {
  const { url, release } = await share();
  const indexPrefix = uniqueName("recount");
  const options = { servers: [url], indexPrefix, shards: 1, replicas: 0 };
  const ask = async (method: string, path: string, body?: unknown) => {
    const reply = await fetch(`${url}/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    if (!reply.ok && reply.status !== 404) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
    return (await reply.json()) as unknown;
  };
  const index = (dayMs: number) => `${indexPrefix}-jaeger-dependencies-${dayText(dayMs)}`;
  return {
    environment: {
      STORAGE: storage,
      [`${nodes}_NODES`]: url.replace("http://", ""),
      [`${nodes}_INDEX_PREFIX`]: indexPrefix,
    },
    open: (counts) => openElasticsearchStorage({ ...options, ...(counts ? {} : { countDependencies: false }) }),
    recount: (groupSpans) => openElasticsearchRecount({ ...options, groupSpans }),
    async writeAsSpark(dayMs, links) {
      const dependencies = links.map(({ parent, child, callCount }) => ({
        parent,
        child,
        callCount,
        source: "jaeger",
      }));
      await ask("POST", `${index(dayMs)}/_doc`, { timestamp: `${dayText(dayMs)}T00:00:00Z`, dependencies });
    },
    async entries(dayMs) {
      await ask("POST", `${index(dayMs)}/_refresh`);
      return ((await ask("GET", `${index(dayMs)}/_count`)) as { readonly count?: number }).count ?? 0;
    },
    async close() {
      await ask("DELETE", `${indexPrefix}-*`);
      release();
    },
  };
}

const STORES: readonly (readonly [string, ServiceName, () => Promise<Place>])[] = [
  ["Cassandra", "cassandra", cassandraPlace],
  ["Elasticsearch 9", "elasticsearch9", () => searchPlace("elasticsearch", "ES", () => sharedElasticsearch("9.5.3"))],
  ["OpenSearch", "opensearch", () => searchPlace("opensearch", "OS", () => sharedOpensearch())],
];

for (const [name, service, prepare] of STORES) {
  const { available, reason } = await requireService(service);
  describe.skipIf(!available)(`links of a day on ${name} ${reason}`, () => {
    let place: Place;
    const spans = spansAround(DAY);
    const naive = new NaiveStore();
    naive.add(spans);
    const ofDay = (dayMs: number) => ({ startTimeMs: dayMs, endTimeMs: dayMs + DAY_MS - 1 });
    // Nothing starts at the very end of a day.
    const naiveLinks = (dayMs: number) => naive.dependencies({ startTimeMs: dayMs, endTimeMs: dayMs + DAY_MS });
    const expected = naiveLinks(DAY);

    const write = async (countDependencies: boolean, written: readonly Span[]) => {
      const storage = await place.open(countDependencies);
      for (const batch of batchesOf(written, 5)) await storage.writer.write(batch);
      await storage.close();
    };
    const shown = async (dayMs: number) => {
      const storage = await place.open(false);
      const links = await storage.dependencies.getDependencies(ofDay(dayMs), NO_TENANT);
      await storage.close();
      return sortLinks(links.map((link) => ({ ...link, source: "" })));
    };
    const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      runTool(args, { ...place.environment, ...more });

    beforeAll(async () => {
      place = await prepare();
    }, SHARED_START_TIMEOUT_MS);
    afterAll(() => place?.close());

    it("are those that were counted as the spans were written, in their place, once however often the job runs", async () => {
      await write(true, spans);
      const counted = await shown(DAY);
      expect(counted).toEqual(expected);
      expect(await place.entries(DAY)).toBeGreaterThan(1);
      for (let i = 0; i < 2; i++) {
        const { code, output } = await run([dayText(DAY)]);
        expect(output).toMatch(new RegExp(`^${dayText(DAY)}: ${expected.length} links of \\d+ spans, in `));
        expect(code).toBe(0);
        expect(await place.entries(DAY)).toBe(1);
        expect(await shown(DAY)).toEqual(counted);
      }
    }, 60_000);

    it("replace what v1's job left, however often that one ran, and take several days", async () => {
      const wrong = [{ parent: "a", child: "b", callCount: 5, source: "" }];
      await place.writeAsSpark(DAY, wrong);
      await place.writeAsSpark(DAY, wrong);
      const { code, output } = await run([dayText(DAY - DAY_MS), dayText(DAY + DAY_MS)]);
      expect(output.trim().split("\n")).toHaveLength(3);
      expect(code).toBe(0);
      for (const day of [DAY - DAY_MS, DAY, DAY + DAY_MS]) expect(await shown(day)).toEqual(naiveLinks(day));
    }, 60_000);

    it.each([25, 1_000_000])(
      "are the same with groups of %i spans",
      async (groupSpans) => {
        const recount = await place.recount(groupSpans);
        const range = { startTimeMs: DAY, endTimeMs: DAY + DAY_MS };
        const { links, spans: count } = await recountCalls(recount, range);
        await recount.close();
        expect(sortLinks(links)).toEqual(expected);
        const within = spans.filter(({ startTimeNs }) => {
          const ms = Number(startTimeNs / 1_000_000n);
          return ms >= DAY && ms < DAY + DAY_MS;
        });
        expect(count).toBe(within.length);
      },
      60_000,
    );

    it("are left alone while daemons count the day as they write, unless forced", async () => {
      const now = BigInt(Date.now()) * 1_000_000n;
      const root = new SpanGenerator(5).span({
        startTimeNs: now,
        process: { serviceName: "front", tags: [] },
        tags: [],
      });
      const called = { ...root, spanId: "00000000000000b1", references: [childOf(root)] };
      await write(true, [root, { ...called, process: { serviceName: "back", tags: [] } }]);
      const before = await place.entries(TODAY);
      // Midnight may have passed since.
      const day = dayText(Number(now / 1_000_000n));
      const refused = await run([day]);
      expect(refused.output).toContain(`daemons count the calls of ${day} themselves`);
      expect(refused.code).toBe(1);
      expect(await place.entries(TODAY)).toBe(before);
      const forced = await run([day, "--force"]);
      expect(forced.output).toContain("1 links of 2 spans");
      expect(forced.code).toBe(0);
    }, 60_000);

    it("count calls to services without spans when a tag names them, and are only shown when asked", async () => {
      const { code, output } = await run(["--dry-run", `--date=${dayText(DAY)}`], { PEER_SERVICE_TAG: "peer.service" });
      const { dependencies } = JSON.parse(output) as { readonly dependencies: readonly DependencyLink[] };
      expect(dependencies).toContainEqual({ parent: "front", child: "mysql", callCount: 1 });
      expect(dependencies).toHaveLength(expected.length + 1);
      expect(code).toBe(0);
      expect(await shown(DAY)).toEqual(expected);
    }, 60_000);

    it("are not there for a day without spans, and the job says so", async () => {
      const { code, output } = await run(["2001-02-03"]);
      expect(output).toContain("2001-02-03: 0 links of 0 spans");
      expect(code).toBe(0);
    }, 60_000);
  });
}

/** Traces within the day and across both its ends, one of a long-running caller, one with a named service that sends no spans. */
function spansAround(dayMs: number): readonly Span[] {
  const at = (timeMs: number) => BigInt(timeMs) * 1_000_000n;
  const generator = new SpanGenerator(12, { timePrecisionNs: 1000n, baseTimeNs: at(dayMs + 12 * HOUR_MS) });
  const traces = Array.from({ length: 30 }, () => generator.trace({ spans: 12 }));
  for (const midnight of [dayMs, dayMs + DAY_MS]) {
    for (let i = 0; i < 8; i++) traces.push(generator.trace({ spans: 12, startTimeNs: at(midnight - 4 + i) + 1000n }));
  }
  traces.push(generator.trace({ spans: 150 }), generator.sharedSpanIdTrace().spans);
  const named = (serviceName: string) => ({ serviceName, tags: [] });
  const root = generator.span({ startTimeNs: at(dayMs - 10 * HOUR_MS), process: named("front"), tags: [] });
  const long = { traceId: root.traceId, references: [childOf(root)] };
  const peer = { key: "peer.service", type: "string", value: "mysql" } as const;
  traces.push([
    root,
    generator.span({ ...long, startTimeNs: at(dayMs + 10 * HOUR_MS), process: named("back"), tags: [] }),
    generator.span({ ...long, startTimeNs: at(dayMs + 11 * HOUR_MS), process: named("front"), tags: [peer] }),
  ]);
  return traces.flat();
}

function runTool(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH ?? "", ...environment } };
    execFile(process.execPath, [MAIN, ...args], options, (error, stdout, stderr) => {
      resolve({
        code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1,
        output: stdout + stderr,
      });
    });
  });
}
