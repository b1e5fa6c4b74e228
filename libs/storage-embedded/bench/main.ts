import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { TraceId } from "@spoor/span-model";
import { hexOf } from "@spoor/span-model";
import type { SpanBatch } from "@spoor/span-wire";
import { type Storage, StorageError, type TraceQuery } from "@spoor/storage-api";
import { openEmbeddedStorage } from "@spoor/storage-embedded";
import { SpanSource } from "./span-source.ts";

/**
 * Fills a store and reads it: `node bench/main.ts [million spans] [directory]`. CPU is that of the process (both threads) less what making
 * the spans costs, which is measured by making them alone first.
 */
const millions = Number(process.argv[2] ?? 1);
const directory = process.argv[3] ?? fs.mkdtempSync(path.join(os.tmpdir(), "spoor-bench-"));
const BATCHES_IN_FLIGHT = 8;
const HOUR_MS = 3_600_000;

const baseMs = Date.now();
const newSource = () => new SpanSource({ services: 10, baseMs, spreadMs: HOUR_MS });

/** A pool of batches used again and again with new ids would flatter the store: every batch is made anew. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function rssMib(): number {
  const status = fs.readFileSync("/proc/self/status", "utf8");
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

const makingCost = (() => {
  const source = newSource();
  for (let i = 0; i < 300; i++) source.batch();
  const from = cpuSeconds();
  for (let i = 0; i < 1000; i++) source.batch();
  return (cpuSeconds() - from) * 10;
})();
console.log(`making spans: ${makingCost.toFixed(2)} CPU-s per million (subtracted below)`);

const storage = await openEmbeddedStorage({ directory });
const source = newSource();
const sample: TraceId[] = [];
let spanBytes = 0;

async function writeRetrying(batch: SpanBatch): Promise<void> {
  for (;;) {
    try {
      await storage.writer.write(batch);
      return;
    } catch (error) {
      if (!(error instanceof StorageError) || !error.retryable) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function fill(spans: number): Promise<void> {
  let left = spans / 100;
  const worker = async () => {
    while (left-- > 0) {
      const batch = source.batch();
      spanBytes += batch.byteLength;
      const first = batch.spans[0];
      if (first !== undefined && left % 97 === 0) sample.push(hexOf(first.buffer, first.traceIdStart, 16));
      await writeRetrying(batch);
    }
  };
  await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, worker));
}

for (let done = 0; done < millions; done++) {
  const part = Math.min(1, millions - done);
  const cpu = cpuSeconds();
  const began = performance.now();
  await fill(part * 1e6);
  const wall = (performance.now() - began) / 1000;
  const cost = (cpuSeconds() - cpu) / part - makingCost;
  console.log(
    `million ${done + 1}: ${cost.toFixed(1)} CPU-s/M, ${Math.round((part * 1e6) / wall)} spans/s, peak RSS ${rssMib()} MiB (with the generator)`,
  );
}
console.log(`${(spanBytes / (millions * 1e6)).toFixed(0)} bytes a span`);
const settled = cpuSeconds();
await new Promise((resolve) => setTimeout(resolve, 3000));
console.log(`${(cpuSeconds() - settled).toFixed(2)} CPU-s in the 3 s after the last write`);

const bigTraces: { size: number; id: TraceId }[] = [];

async function measure(name: string, times: number, run: (i: number) => Promise<number>): Promise<void> {
  const taken: number[] = [];
  let size = 0;
  const cpu = cpuSeconds();
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    size = await run(i);
    taken.push(performance.now() - began);
  }
  taken.sort((a, b) => a - b);
  const at = (share: number) => (taken[Math.min(times - 1, Math.floor(times * share))] ?? 0).toFixed(2);
  const cpuMs = (((cpuSeconds() - cpu) / times) * 1000).toFixed(2);
  console.log(
    `${name.padEnd(40)} p50 ${at(0.5).padStart(8)} ms  p95 ${at(0.95).padStart(8)} ms  cpu ${cpuMs.padStart(8)} ms  (${size})`,
  );
}

async function readTrace(store: Storage, id: TraceId): Promise<number> {
  let spans = 0;
  for await (const chunk of store.reader.getTrace(id, { tenant: "" })) spans += chunk.length;
  return spans;
}

async function find(store: Storage, query: Partial<TraceQuery>): Promise<number> {
  return (await store.reader.findTraceIds(fullQuery(query), { tenant: "" })).traceIds.length;
}

function fullQuery(query: Partial<TraceQuery>): TraceQuery {
  return {
    tags: new Map(),
    startTimeMinNs: BigInt(baseMs - 2 * HOUR_MS) * 1_000_000n,
    startTimeMaxNs: BigInt(baseMs + HOUR_MS) * 1_000_000n,
    limit: 20,
    ...query,
  };
}

async function searchAndRead(store: Storage, query: Partial<TraceQuery>): Promise<number> {
  const found = await store.reader.findTraceIds(fullQuery(query), { tenant: "" });
  let count = 0;
  for await (const trace of store.reader.getTraces(found.traceIds, { tenant: "" })) count += trace.spans.length;
  return count;
}

async function reads(title: string, store: Storage): Promise<void> {
  console.log(title);
  await measure("trace of 10 spans", 300, (i) => readTrace(store, sample[(i * 31) % sample.length] as TraceId));
  await measure("no such trace", 100, () => readTrace(store, source.hex(32)));
  for (const limit of [20, 1500]) {
    const n = limit === 20 ? 40 : 5;
    const serviceName = () => `svc-0${source.random(10)}`;
    await measure(`find only, service, limit ${limit}`, n, () => find(store, { serviceName: serviceName(), limit }));
    await measure(`service, limit ${limit}`, n, () => searchAndRead(store, { serviceName: serviceName(), limit }));
    await measure(`everything, limit ${limit}`, n, () => searchAndRead(store, { limit }));
    await measure(`operation, limit ${limit}`, n, () =>
      searchAndRead(store, { serviceName: serviceName(), operationName: `GET /op-${source.random(20)}`, limit }),
    );
    await measure(`tag thread.id, limit ${limit}`, n, () =>
      searchAndRead(store, { tags: new Map([["thread.id", String(source.random(512))]]), limit }),
    );
    await measure(`service and two tags, limit ${limit}`, n, () =>
      searchAndRead(store, {
        serviceName: serviceName(),
        tags: new Map([
          ["http.status_code", "500"],
          ["thread.id", String(source.random(512))],
        ]),
        limit,
      }),
    );
    await measure(`service and duration, limit ${limit}`, n, () =>
      searchAndRead(store, { serviceName: serviceName(), durationMinNs: 199_000_000n, limit }),
    );
    await measure(`duration of nothing, limit ${limit}`, n, () =>
      searchAndRead(store, { durationMinNs: 10_000_000_000n, limit }),
    );
    await measure(`absent tag, limit ${limit}`, n, () =>
      searchAndRead(store, { tags: new Map([["user.id", source.hex(9)]]), limit }),
    );
    const startTimeMaxNs = BigInt(baseMs - HOUR_MS / 2) * 1_000_000n;
    await measure(`service, half an hour ago, limit ${limit}`, n, () =>
      searchAndRead(store, { serviceName: serviceName(), startTimeMaxNs, limit }),
    );
  }
  await measure("services", 20, async () => (await store.reader.getServices({ tenant: "" })).length);
  await measure("dependencies", 5, async () => {
    const range = { startTimeMs: baseMs - 2 * HOUR_MS, endTimeMs: baseMs + HOUR_MS };
    return (await store.dependencies.getDependencies(range, { tenant: "" })).length;
  });
}

await reads("reads, warm", storage);
for (const size of [10_000, 50_000]) {
  const id = source.hex(32);
  for (let i = 0; i < size / 1000; i++) {
    const batch = source.batch(1000, 1000);
    for (const span of batch.spans) span.buffer.set(Buffer.from(id, "hex"), span.traceIdStart);
    await writeRetrying(batch);
  }
  bigTraces.push({ size, id });
}

for (const { size, id } of bigTraces) await measure(`trace of ${size} spans`, 5, () => readTrace(storage, id));
console.log(`peak RSS ${rssMib()} MiB`);
await storage.close();
const files = fs.readdirSync(directory).map((name) => ({ name, size: fs.statSync(path.join(directory, name)).size }));
const size = files.reduce((sum, file) => sum + file.size, 0);
console.log(`${(size / (millions * 1e6)).toFixed(0)} bytes a span on disk, ${files.length} files`);
const began = performance.now();
const again = await openEmbeddedStorage({ directory });
console.log(`opened again in ${(performance.now() - began).toFixed(0)} ms`);
for (const { size, id } of bigTraces) await measure(`trace of ${size} spans`, 5, () => readTrace(again, id));
await reads("reads after opening again", again);
await again.close();
console.log(`peak RSS ${rssMib()} MiB`);
if (process.argv[3] === undefined) fs.rmSync(directory, { recursive: true });
