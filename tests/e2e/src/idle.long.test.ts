import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { requireService, startKafka } from "@spoor/services";
import { type Daemon, startDaemon } from "@spoor/test-harness";
import { afterEach, expect, it } from "vitest";
import { runApp } from "./run-app.ts";
import { CASSANDRA, ELASTICSEARCH, OPENSEARCH } from "./stores.ts";

const MAX_RSS_MB = 80;
/** A hundredth of a core; none takes a third of that on a machine with nothing else to do. */
const MAX_CPU_MS_A_MINUTE = 600;
const SETTLE_MS = 15_000;
const WATCHED_MS = 60_000;
const TICK_MS = 10;

const kafka = await requireService("kafka");
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
}, 60_000);

async function start(...parameters: Parameters<typeof startDaemon>): Promise<Daemon> {
  const daemon = await startDaemon(...parameters);
  closing.push(() => daemon.stop());
  return daemon;
}

const badgerIn = (directory: string) => ({
  SPAN_STORAGE_TYPE: "badger",
  BADGER_EPHEMERAL: "false",
  BADGER_DIRECTORY_KEY: `${directory}/keys`,
  BADGER_DIRECTORY_VALUE: `${directory}/values`,
});

/** User and system time of all threads so far. */
function cpuMsOf({ pid }: Daemon): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function megabytesOf({ pid }: Daemon, file: "status" | "smaps_rollup", name: string): number {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/${file}`, "utf8"));
  return Number(line?.[1]) / 1024;
}

type Watched = readonly (readonly [name: string, daemon: Daemon, maxMb: number])[];

/** Watches them for a minute, prints what they take, and holds them to it. */
async function expectIdle(watched: Watched): Promise<void> {
  await delay(SETTLE_MS);
  const before = watched.map(([, daemon]) => cpuMsOf(daemon));
  await delay(WATCHED_MS);
  const rows = watched.map(([name, daemon, maxMb], i) => ({
    name,
    maxMb,
    rssMb: Math.round(megabytesOf(daemon, "status", "VmRSS") * 10) / 10,
    pssMb: Math.round(megabytesOf(daemon, "smaps_rollup", "Pss") * 10) / 10,
    cpuMs: ((cpuMsOf(daemon) - (before[i] ?? 0)) * 60_000) / WATCHED_MS,
  }));
  for (const { name, rssMb, pssMb, cpuMs } of rows) {
    process.stdout.write(`${name}: RSS ${rssMb} MB, PSS ${pssMb} MB, ${cpuMs} ms of CPU a minute\n`);
  }
  for (const { name, rssMb, maxMb, cpuMs } of rows) {
    expect(rssMb, name).toBeLessThanOrEqual(maxMb);
    expect(cpuMs, name).toBeLessThanOrEqual(MAX_CPU_MS_A_MINUTE);
  }
}

it.runIf(process.platform === "linux" && kafka.available)(
  "daemons with nothing to do take 80 MB each at most, and next to no CPU",
  async () => {
    const memory = { SPAN_STORAGE_TYPE: "memory" };
    const broker = await startKafka({});
    closing.push(() => broker.close());
    const brokers = broker.brokers.join(",");
    const directory = mkdtempSync(`${tmpdir()}/spoor-idle-`);
    closing.push(async () => rmSync(directory, { recursive: true }));
    const collector = await start("collector", { env: memory });
    // It makes the topic.
    const producing = await start("collector", {
      env: { SPAN_STORAGE_TYPE: "kafka", KAFKA_PRODUCER_BROKERS: brokers },
    });
    const watched: Watched = [
      ["collector", collector, MAX_RSS_MB],
      ["collector that writes to Kafka", producing, MAX_RSS_MB],
      ["collector on its own disk", await start("collector", { env: badgerIn(directory) }), MAX_RSS_MB],
      [
        "agent",
        await start("agent", { args: [`--reporter.grpc.host-port=127.0.0.1:${collector.ports.collectorGrpc}`] }),
        MAX_RSS_MB,
      ],
      ["query", await start("query", { env: memory }), MAX_RSS_MB],
      ["remote-storage", await start("remote-storage", { env: memory }), MAX_RSS_MB],
      [
        "ingester",
        await start("ingester", {
          env: {
            ...memory,
            KAFKA_CONSUMER_BROKERS: brokers,
          },
        }),
        MAX_RSS_MB,
      ],
      // Three in one, and the store's own thread: told, not promised.
      ["all-in-one", await start("all-in-one", { env: memory }), Number.POSITIVE_INFINITY],
    ];
    await expectIdle(watched);
  },
  300_000,
);

for (const { type, service, prepare } of [CASSANDRA, ELASTICSEARCH, OPENSEARCH]) {
  const { available } = await requireService(service);
  it.runIf(process.platform === "linux" && available)(
    `so do daemons on ${type}`,
    async () => {
      const { environment, release } = await prepare();
      closing.push(async () => release());
      const env = { SPAN_STORAGE_TYPE: type, ...environment };
      await expectIdle([
        [`collector on ${type}`, await start("collector", { env }), MAX_RSS_MB],
        [`query on ${type}`, await start("query", { env }), MAX_RSS_MB],
      ]);
    },
    300_000,
  );
}

it.each(["agent", "all-in-one", "collector", "ingester", "query", "remote-storage"])(
  "asking a daemon (%s) for its status loads little more than Node itself",
  async (app) => {
    const { code, output } = await runApp(app, ["status", "--status.http.host-port=127.0.0.1:1"], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
        'process.on("exit",()=>console.log("heap",process.memoryUsage().heapUsed))',
      )}`,
    });
    expect(code).toBe(1);
    expect(Number(/heap (\d+)/.exec(output)?.[1])).toBeLessThan(8 * 1024 * 1024);
  },
);
