import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Span } from "@spoor/span-model";
import { batchesOf, batchOf, SpanGenerator } from "@spoor/storage-testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { openDatabase, spanIds, TestEngine, temporaryDirectory, until } from "./testing/test-engine.ts";

describe("a full disk", () => {
  it("leaves spans in the journal while blocks cannot be written, refuses when memory is full too, and recovers", async () => {
    // SQLite's own limit of a file's size stands for the disk's.
    let maxPages = 6;
    const store = await TestEngine.open({ blockSpans: 200 }, (file) => {
      const db = openDatabase(file);
      const exec = db.exec.bind(db);
      db.exec = (sql: string) => {
        if (sql.startsWith("BEGIN") && file.includes("slice-")) exec(`PRAGMA max_page_count = ${maxPages}`);
        exec(sql);
      };
      return db;
    });
    onTestFinished(() => store.dispose());
    const generator = new SpanGenerator(1);
    const spans = generator
      .trace({ spans: 390 })
      .map((span): Span => ({ ...span, tags: [{ key: "noise", type: "string", value: generator.random.hex(2000) }] }));
    for (const batch of batchesOf(spans, 39)) await store.write(batch);
    await until(() => store.engine.stats().blockFailures > 0);
    const more = new SpanGenerator(2).trace({ spans: 100 });
    const refused = batchOf(more);
    await expect(store.write(refused)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(spanIds(store.trace(spans[0]?.traceId ?? ""))).toHaveLength(390);
    expect(store.log.filter(({ level }) => level === "error")).toHaveLength(1);
    expect(store.engine.stats().blocks).toBe(0);

    maxPages = 1_000_000;
    await until(() => store.engine.stats().blocks > 0);
    await store.write(refused);
    expect(spanIds(store.trace(spans[0]?.traceId ?? ""))).toHaveLength(390);
    expect(spanIds(store.trace(more[0]?.traceId ?? ""))).toHaveLength(100);
  });

  it.skipIf(!canMount())("of a real file system refuses writes, loses nothing acknowledged and recovers", async () => {
    const parent = temporaryDirectory();
    const directory = path.join(parent, "small");
    fs.mkdirSync(directory);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", directory]);
    onTestFinished(() => {
      execFileSync("umount", ["-l", directory]);
      fs.rmSync(parent, { recursive: true });
    });
    const store = await TestEngine.open({ directory, blockSpans: 1000 });
    const ballast = path.join(directory, "ballast");
    fs.writeFileSync(ballast, Buffer.alloc(1200 * 1024));
    const generator = new SpanGenerator(3);
    const acknowledged: { traceId: string; spanIds: string[] }[] = [];
    let refusals = 0;
    const writeSome = async () => {
      const spans = generator.trace({ spans: 50 });
      await store.write(batchOf(spans));
      acknowledged.push({ traceId: spans[0]?.traceId ?? "", spanIds: spans.map(({ spanId }) => spanId).sort() });
    };
    for (let i = 0; i < 600 && refusals < 5; i++) {
      try {
        await writeSome();
      } catch (error) {
        expect(error).toMatchObject({ code: "UNAVAILABLE" });
        refusals++;
      }
    }
    expect(refusals).toBe(5);
    expect(acknowledged.length).toBeGreaterThan(5);
    fs.rmSync(ballast);
    let recovered = false;
    for (let i = 0; i < 200 && !recovered; i++) {
      recovered = await writeSome().then(
        () => true,
        () => new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 50)),
      );
    }
    expect(recovered).toBe(true);
    await store.engine.close();
    const again = await TestEngine.open({ directory, blockSpans: 1000 });
    for (const { traceId, spanIds: expected } of acknowledged) expect(spanIds(again.trace(traceId))).toEqual(expected);
    await again.engine.close();
  });
});

function canMount(): boolean {
  const directory = temporaryDirectory();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", directory], { stdio: "ignore" });
    execFileSync("umount", [directory], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}
