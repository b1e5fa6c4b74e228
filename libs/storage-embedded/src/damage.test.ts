import * as fs from "node:fs";
import * as path from "node:path";
import type { Span } from "@spoor/span-model";
import { batchesOf, batchOf, SpanGenerator } from "@spoor/storage-testkit";
import { afterEach, describe, expect, it } from "vitest";
import { openDatabase, spanIds, TestEngine, temporaryDirectory, until } from "./testing/test-engine.ts";

let directory = "";
const open: TestEngine[] = [];

afterEach(async () => {
  for (const store of open.splice(0)) await store.engine.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

async function openStore(options: Parameters<typeof TestEngine.open>[0] = {}): Promise<TestEngine> {
  const store = await TestEngine.open({ blockSpans: 256, ...options, directory });
  open.push(store);
  return store;
}

async function closeStore(store: TestEngine): Promise<void> {
  open.splice(open.indexOf(store), 1);
  await store.engine.close();
}

/** A store closed with traces in two slices and some in the journal. */
async function filled(): Promise<{ readonly first: Span[]; readonly second: Span[]; readonly last: Span[] }> {
  directory = temporaryDirectory();
  const store = await openStore();
  const generator = new SpanGenerator(1);
  const [first, second, last] = [600, 600, 40].map((spans) => generator.trace({ spans })) as [Span[], Span[], Span[]];
  for (const spans of [first, second]) {
    for (const batch of batchesOf(spans, 20)) await store.write(batch);
    store.nowMs += store.options.sliceMs;
    store.engine.maintain();
    await until(() => store.engine.stats().unsealedSpans === 0);
    store.nowMs += 1;
  }
  await store.write(...batchesOf(last, 4));
  expect(store.sliceFiles().length).toBeGreaterThanOrEqual(2);
  await closeStore(store);
  return { first, second, last };
}

function sliceFiles(): string[] {
  return fs
    .readdirSync(directory)
    .filter((name) => name.startsWith("slice-") && name.endsWith(".sqlite"))
    .sort()
    .map((name) => path.join(directory, name));
}

function idsOf(spans: readonly Span[]): string[] {
  return spans.map(({ spanId }) => spanId).sort();
}

const DAMAGES: Readonly<Record<string, (file: string) => void>> = {
  "garbage bytes": (file) => fs.writeFileSync(file, Buffer.alloc(50_000, "garbage ")),
  "nothing in it": (file) => fs.truncateSync(file, 0),
  "its second half cut off": (file) => fs.truncateSync(file, Math.floor(fs.statSync(file).size / 2 / 16_384) * 16_384),
  "another format version": (file) => {
    const db = openDatabase(file);
    db.exec("PRAGMA user_version = 99");
    db.close();
  },
  "no tables": (file) => {
    const db = openDatabase(file);
    db.exec("DROP TABLE block");
    db.close();
  },
};

it("a slice that a crash left unfinished is no damage, and goes", async () => {
  const { second } = await filled();
  const unfinished = `${sliceFiles()[0]}.new`;
  fs.writeFileSync(unfinished, "");
  fs.writeFileSync(`${unfinished}-journal`, "half of it");
  const store = await openStore();
  expect(store.engine.stats().corruptSlices).toBe(0);
  expect(store.log.filter(({ level }) => level !== "info")).toEqual([]);
  expect(fs.readdirSync(directory).filter((file) => file.includes(".new"))).toEqual([]);
  expect(spanIds(store.trace(second[0]?.traceId ?? ""))).toEqual(idsOf(second));
});

describe("a slice with", () => {
  for (const [name, damage] of Object.entries(DAMAGES)) {
    it(`${name} is set aside with a log line, and the rest works`, async () => {
      const { first, second, last } = await filled();
      damage(sliceFiles()[0] as string);
      const store = await openStore();
      expect(store.engine.stats().corruptSlices).toBe(1);
      expect(store.log.filter(({ level }) => level === "error")).toHaveLength(1);
      expect(fs.readdirSync(directory).filter((file) => file.includes(".corrupt-")).length).toBeGreaterThan(0);
      const shown = spanIds(store.trace(first[0]?.traceId ?? ""));
      expect(shown.length).toBeLessThan(first.length);
      expect(spanIds(store.trace(second[0]?.traceId ?? ""))).toEqual(idsOf(second));
      expect(spanIds(store.trace(last[0]?.traceId ?? ""))).toEqual(idsOf(last));
      const more = new SpanGenerator(2).trace({ spans: 300 });
      for (const batch of batchesOf(more, 10)) await store.write(batch);
      expect(spanIds(store.trace(more[0]?.traceId ?? ""))).toEqual(idsOf(more));
      await closeStore(store);
      // Once aside it is out of the way.
      expect((await openStore()).engine.stats().corruptSlices).toBe(0);
    });
  }

  it("damaged rows shows what is whole, and says that an answer is not", async () => {
    const { first, second } = await filled();
    const file = sliceFiles()[0] as string;
    const db = openDatabase(file);
    // Data rows: block 1, kind 0.
    db.exec("UPDATE row SET data = zeroblob(length(data)) WHERE id = (SELECT min(id) + 1 FROM row)");
    db.close();
    const store = await openStore();
    const shown = spanIds(store.trace(first[0]?.traceId ?? ""));
    expect(shown.length).toBeLessThan(first.length);
    expect(spanIds(store.trace(second[0]?.traceId ?? ""))).toEqual(idsOf(second));
    expect(store.engine.stats().unreadableRows).toBeGreaterThan(0);
    const startTimeMaxNs = first.map(({ startTimeNs }) => startTimeNs).sort()[0] as bigint;
    await store.search({ startTimeMaxNs });
  });

  it("pages that SQLite finds corrupt while it is read is set aside then", async () => {
    const { first, second } = await filled();
    const file = sliceFiles()[0] as string;
    const pages = Math.floor(fs.statSync(file).size / 16_384);
    const fd = fs.openSync(file, "r+");
    // All but the first page and the last, which hold the schema and, likely, the block's header.
    for (let page = 3; page < pages - 1; page++) fs.writeSync(fd, Buffer.alloc(16_384, 0xff), 0, 16_384, page * 16_384);
    fs.closeSync(fd);
    const store = await openStore();
    store.trace(first[0]?.traceId ?? "");
    const answer = await store.search({ tags: [["http.method", "GET"]] });
    expect(answer.completeness.complete === false || store.engine.stats().corruptSlices > 0).toBe(true);
    expect(spanIds(store.trace(second[0]?.traceId ?? ""))).toEqual(idsOf(second));
  });
});

describe("a journal", () => {
  function journalFile(): string {
    const names = fs.readdirSync(directory).filter((name) => /^journal-\d+\.log$/.test(name));
    return path.join(directory, names.at(-1) as string);
  }

  it("that ends in the middle of a record keeps every record before it", async () => {
    const { last } = await filled();
    const file = journalFile();
    const size = fs.statSync(file).size;
    fs.truncateSync(file, size - 7);
    const store = await openStore();
    expect(spanIds(store.trace(last[0]?.traceId ?? ""))).toEqual(idsOf(last.slice(0, 30)));
    const more = new SpanGenerator(5).span();
    await store.write(batchOf([more]));
    await closeStore(store);
    const again = await openStore();
    expect(spanIds(again.trace(more.traceId))).toEqual([more.spanId]);
    expect(spanIds(again.trace(last[0]?.traceId ?? ""))).toEqual(idsOf(last.slice(0, 30)));
  });

  it("cut at any byte opens, with a beginning of what was written", async () => {
    directory = temporaryDirectory();
    const store = await openStore();
    const spans = new SpanGenerator(6).trace({ spans: 6 });
    await store.write(...batchesOf(spans, 6));
    await closeStore(store);
    const file = journalFile();
    const whole = fs.readFileSync(file);
    let seen = 0;
    for (let cut = 0; cut < whole.length; cut += 97) {
      fs.writeFileSync(file, whole.subarray(0, cut));
      const cutStore = await openStore();
      const found = spanIds(cutStore.trace(spans[0]?.traceId ?? ""));
      expect(found).toEqual(idsOf(spans.slice(0, found.length)));
      expect(found.length).toBeGreaterThanOrEqual(seen);
      seen = found.length;
      await closeStore(cutStore);
    }
    expect(seen).toBeGreaterThan(3);
  });

  it("damaged in the middle loses the records that were hit and keeps the file", async () => {
    const { last } = await filled();
    const file = journalFile();
    const content = fs.readFileSync(file);
    content[200] = (content[200] as number) ^ 0xff;
    fs.writeFileSync(file, content);
    const store = await openStore();
    expect(spanIds(store.trace(last[0]?.traceId ?? ""))).toEqual(idsOf(last.slice(10)));
    expect(store.engine.stats().damagedJournalBytes).toBeGreaterThan(0);
    store.nowMs += store.options.sliceMs * 10;
    store.engine.maintain();
    await until(() => store.engine.stats().unsealedSpans === 0);
    expect(fs.readdirSync(directory).some((name) => /^journal-.*corrupt/.test(name))).toBe(true);
  });
});
