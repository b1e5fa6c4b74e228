import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { type AgentResult, runAgent } from "./agent/agent-run.ts";
import { type IngestResult, runIngest } from "./ingest-run.ts";
import { PROTOCOLS } from "./protocols.ts";
import { type QueryResult, runQueries } from "./query-run.ts";
import { printAgents, printCollectors, printIngest, printQueries, printWorkers } from "./report.ts";
import { LOCAL_STORES, pinSelf, type StorageName } from "./server.ts";
import { BACKING_STORES, type BackingStoreName } from "./stores/backing-store.ts";
import { runBackingStore, STORE_PROTOCOLS, type StoreResult } from "./stores/store-run.ts";
import { runUdp, UDP_NAME } from "./udp-run.ts";
import { runWorkers, type WorkersResult } from "./workers/workers-run.ts";

const ALL_PROTOCOLS = [...PROTOCOLS.map((item) => item.name), UDP_NAME];

const USAGE = `npm run bench -- [options]
  --storage LIST      of ${LOCAL_STORES.join(",")} (these, in one process with everything) and
                      ${BACKING_STORES.join(",")} (a real server, a collector, a query service; needs Java and Maven)
  --protocol LIST     of ${ALL_PROTOCOLS.join(",")} (all; with a server: ${STORE_PROTOCOLS.join(",")})
  --spans N           spans a run (500000; with a server: 100000)
  --udp-rate N        spans per second offered over UDP (20000)
  --query-spans N     spans in the store that is queried (1000000; with a server: 100000); 0 leaves the queries out
  --no-ingest         only the queries
  --agent-rates LIST  only an agent, offered each of these spans per second over UDP
  --agent-seconds N   for so long each (8)
  --agent-arg ARG     for that agent; may be repeated
  --v1-agent PATH     a Jaeger v1 agent binary to run after ours
  --workers LIST      only a collector with each of these numbers of processes, into blackhole, over each --protocol
  --connections N     of the load generator to it (8), with four requests under way on each; over HTTP each request has its own
with a server:
  --rate N            spans per second offered (as many as are acknowledged)
  --warm-up N         spans sent to our collector before it is measured (50000); what comes seldom, such as requests at a low --rate,
                      needs many until all its code is compiled; with --rate both collectors then run 40 s at it unmeasured
  --rounds N          how often each run is repeated (1)
  --heap-mb N         heap of the server (1024)
  --v1-binary PATH    a Jaeger v1 collector binary to run in turn with ours, on the same server and load. It acknowledges before it stores
                      and drops what its queue has no room for: give a --rate that the server keeps up with, and compare the saved spans
  --v1-env NAME=VALUE environment of that binary, such as ES_VERSION=8; may be repeated
  --node-arg ARG      for our collector and query service, such as --cpu-prof; may be repeated
`;

const { values } = parseArgs({
  options: {
    storage: { type: "string", default: LOCAL_STORES.join(",") },
    protocol: { type: "string" },
    spans: { type: "string" },
    "udp-rate": { type: "string", default: "20000" },
    "query-spans": { type: "string" },
    "no-ingest": { type: "boolean", default: false },
    "agent-rates": { type: "string" },
    "agent-seconds": { type: "string", default: "8" },
    "agent-arg": { type: "string", multiple: true, default: [] },
    "v1-agent": { type: "string" },
    workers: { type: "string" },
    connections: { type: "string", default: "8" },
    rate: { type: "string" },
    "warm-up": { type: "string", default: "50000" },
    rounds: { type: "string", default: "1" },
    "heap-mb": { type: "string", default: "1024" },
    "v1-binary": { type: "string" },
    "v1-env": { type: "string", multiple: true, default: [] },
    "node-arg": { type: "string", multiple: true, default: [] },
    help: { type: "boolean", default: false },
  },
});

const print = (line: string) => process.stdout.write(`${line}\n`);

if (values.help) print(USAGE);
else await main();

async function main(): Promise<void> {
  if (values["agent-rates"] !== undefined) {
    pinSelf();
    save({ agents: await agentRuns(values["agent-rates"].split(",").map(Number)) });
    return;
  }
  if (values.workers !== undefined) {
    save({ workers: await workersRuns(values.workers.split(",").map(Number)) });
    return;
  }
  const names = values.storage.split(",");
  const backing = BACKING_STORES.filter((name) => names.includes(name));
  const local = LOCAL_STORES.filter((name) => names.includes(name));
  const unknown = names.filter((name) => !([...backing, ...local] as string[]).includes(name));
  if (unknown.length > 0) throw new Error(`unknown storage ${unknown.join(",")}\n${USAGE}`);

  const stores: StoreResult[] = [];
  for (const name of backing) stores.push(await backingRuns(name));
  pinSelf();
  const ingest = values["no-ingest"] ? [] : await ingestRuns(local);
  const querySpans = Number(values["query-spans"] ?? 1_000_000);
  const queries = querySpans > 0 && local.includes("embedded") ? await runQueries(querySpans, print) : [];
  if (queries.length > 0) print(printQueries("embedded", queries));
  save({ ingest, querySpans, queries, stores });
}

async function agentRuns(rates: readonly number[]): Promise<readonly AgentResult[]> {
  const v1Binary = values["v1-agent"];
  const options = {
    rates,
    seconds: Number(values["agent-seconds"]),
    nodeArgs: values["node-arg"],
    log: (result: AgentResult) => print(printAgents([result])),
  };
  const ours = await runAgent({ ...options, args: values["agent-arg"] });
  const all = v1Binary === undefined ? ours : [...ours, ...(await runAgent({ ...options, nodeArgs: [], v1Binary }))];
  print(`\n${printAgents(all)}`);
  return all;
}

async function workersRuns(counts: readonly number[]): Promise<readonly WorkersResult[]> {
  const results: WorkersResult[] = [];
  const names = values.protocol?.split(",");
  for (const protocol of PROTOCOLS.filter((item) => names?.includes(item.name) ?? true)) {
    for (const workers of counts) {
      const spans = Number(values.spans ?? 500_000);
      results.push(await runWorkers({ protocol, workers, spans, connections: Number(values.connections) }));
      print(printWorkers(results.slice(-1)));
    }
  }
  print(`\n${printWorkers(results)}`);
  return results;
}

async function backingRuns(name: BackingStoreName): Promise<StoreResult> {
  const result = await runBackingStore(name, {
    protocols: values.protocol?.split(",") ?? STORE_PROTOCOLS,
    spans: values["no-ingest"] ? 0 : Number(values.spans ?? 100_000),
    querySpans: Number(values["query-spans"] ?? 100_000),
    warmUpSpans: Number(values["warm-up"]),
    rounds: Number(values.rounds),
    heapMb: Number(values["heap-mb"]),
    nodeArgs: values["node-arg"],
    v1Env: Object.fromEntries(values["v1-env"].map((pair) => [pair.split("=")[0], pair.replace(/^[^=]*=/, "")])),
    ...(values.rate === undefined ? {} : { spansPerSecond: Number(values.rate) }),
    ...(values["v1-binary"] === undefined ? {} : { v1Binary: values["v1-binary"] }),
    log: print,
  });
  print("");
  if (result.collectors.length > 0) print(printCollectors(result.collectors));
  if (result.queries.length > 0) print(printQueries(`${name} ${result.version}`, result.queries));
  return result;
}

async function ingestRuns(storages: readonly StorageName[]): Promise<readonly IngestResult[]> {
  const results: IngestResult[] = [];
  const names = new Set(values.protocol?.split(",") ?? ALL_PROTOCOLS);
  const spans = Number(values.spans ?? 500_000);
  for (const storage of storages) {
    for (const protocol of PROTOCOLS.filter((item) => names.has(item.name))) {
      results.push(await runIngest(storage, protocol, spans));
      print(printIngest(results.slice(-1)));
    }
    if (names.has(UDP_NAME)) {
      results.push(await runUdp(storage, Math.min(spans, 200_000), Number(values["udp-rate"])));
      print(printIngest(results.slice(-1)));
    }
  }
  if (results.length > 0) print(`\n${printIngest(results)}`);
  return results;
}

type Results =
  | { readonly agents: readonly AgentResult[] }
  | { readonly workers: readonly WorkersResult[] }
  | {
      readonly ingest: readonly IngestResult[];
      readonly querySpans: number;
      readonly queries: readonly QueryResult[];
      readonly stores: readonly StoreResult[];
    };

function save(results: Results): void {
  const date = new Date().toISOString();
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: release(),
  };
  mkdirSync("bench/results", { recursive: true });
  const file = `bench/results/${date.slice(0, 19).replaceAll(":", "")}.json`;
  writeFileSync(file, `${JSON.stringify({ date, node: process.version, machine, ...results }, null, 1)}\n`);
  print(`\nwritten to ${file}`);
}
