import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { type IngestResult, runIngest } from "./ingest-run.ts";
import { PROTOCOLS } from "./protocols.ts";
import { type QueryResult, runQueries } from "./query-run.ts";
import { pinSelf, type StorageName } from "./server.ts";
import { table } from "./table.ts";
import { runUdp, UDP_NAME } from "./udp-run.ts";

const USAGE = `npm run bench -- [options]
  --storage LIST    of blackhole,memory,embedded (all)
  --protocol LIST   of ${[...PROTOCOLS.map((item) => item.name), UDP_NAME].join(",")} (all)
  --spans N         spans a run (500000)
  --udp-rate N      spans per second offered over UDP (20000)
  --query-spans N   spans in the store that is queried (1000000); 0 leaves the queries out
  --no-ingest       only the queries
`;

const { values } = parseArgs({
  options: {
    storage: { type: "string", default: "blackhole,memory,embedded" },
    protocol: { type: "string", default: [...PROTOCOLS.map((item) => item.name), UDP_NAME].join(",") },
    spans: { type: "string", default: "500000" },
    "udp-rate": { type: "string", default: "20000" },
    "query-spans": { type: "string", default: "1000000" },
    "no-ingest": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const print = (line: string) => process.stdout.write(`${line}\n`);

if (values.help) print(USAGE);
else await main();

async function main(): Promise<void> {
  pinSelf();
  const ingest = values["no-ingest"] ? [] : await ingestRuns();
  const querySpans = Number(values["query-spans"]);
  const queries = querySpans > 0 ? await runQueries(querySpans, print) : [];
  if (queries.length > 0) printQueries(queries);
  save(ingest, queries, querySpans);
}

async function ingestRuns(): Promise<readonly IngestResult[]> {
  const results: IngestResult[] = [];
  const names = new Set(values.protocol.split(","));
  const spans = Number(values.spans);
  for (const storage of values.storage.split(",") as StorageName[]) {
    for (const protocol of PROTOCOLS.filter((item) => names.has(item.name))) {
      results.push(await runIngest(storage, protocol, spans));
      printIngest(results.slice(-1));
    }
    if (names.has(UDP_NAME)) {
      results.push(await runUdp(storage, Math.min(spans, 200_000), Number(values["udp-rate"])));
      printIngest(results.slice(-1));
    }
  }
  print("");
  printIngest(results);
  return results;
}

function printIngest(results: readonly IngestResult[]): void {
  const rows = results.map((item) => [
    `${item.storage} ${item.protocol}`,
    item.cpuSecondsPerMillion,
    item.spansPerSecond,
    item.peakRssMb,
    item.bytesPerSpan,
    item.p50Ms,
    item.p99Ms,
    item.offeredSpans === undefined ? "-" : `${((1 - item.spans / item.offeredSpans) * 100).toFixed(2)} %`,
  ]);
  print(table(["ingest", "CPU s/M spans", "spans/s", "peak RSS MB", "B/span", "p50 ms", "p99 ms", "lost"], rows));
}

function printQueries(results: readonly QueryResult[]): void {
  const rows = results.map((item) => [item.query, item.p50Ms, item.p95Ms, item.cpuMs, item.bytes, item.extraRssMb]);
  print(`\n${table(["query", "p50 ms", "p95 ms", "CPU ms", "bytes", "extra RSS MB"], rows)}`);
}

function save(ingest: readonly IngestResult[], queries: readonly QueryResult[], querySpans: number): void {
  const date = new Date().toISOString();
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: release(),
  };
  mkdirSync("bench/results", { recursive: true });
  const file = `bench/results/${date.slice(0, 19).replaceAll(":", "")}.json`;
  writeFileSync(
    file,
    `${JSON.stringify({ date, node: process.version, machine, ingest, querySpans, queries }, null, 1)}\n`,
  );
  print(`\nwritten to ${file}`);
}
