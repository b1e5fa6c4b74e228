import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FlagDefinition, Settings } from "@spoor/daemon";
import { encodeSpans, NO_FIELDS, type SpanBatch } from "@spoor/span-wire";
import { type SpanWriter, StorageError } from "@spoor/storage-api";
import { pino } from "pino";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fanOutWriter } from "./fan-out-writer.ts";
import { openStorage } from "./open-storage.ts";
import { storageFlags } from "./storage-flags.ts";
import type { StorageType } from "./storage-types.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "spoor-factory-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const BATCH: SpanBatch = {
  spans: [],
  commonFields: NO_FIELDS,
  format: "otlp",
  transport: "grpc",
  tenant: "",
  byteLength: 0,
};

function open(types: readonly StorageType[], values: Record<string, string> = {}, samplingType?: StorageType) {
  const flags = new Map<string, FlagDefinition>();
  for (const group of storageFlags(samplingType === undefined ? types : [...types, samplingType]))
    for (const flag of group.flags) flags.set(flag.name, flag);
  const commandLine = new Map(Object.entries(values).map(([name, text]) => [name, [text]]));
  const settings = new Settings(flags, { commandLine, environment: {}, configFile: new Map() });
  return openStorage(types, { settings, logger: pino({ level: "silent" }), registry: new Registry(), samplingType });
}

describe("opening stores", () => {
  test("gives the store named", async () => {
    for (const type of ["memory", "blackhole"] as const) {
      const storage = await open([type]);
      expect(storage.kind).toBe(type);
      await storage.writer.write(BATCH);
      await storage.close();
    }
  });

  test("of several, the first is read and all are closed", async () => {
    const storage = await open(["memory", "blackhole"]);
    expect(storage.kind).toBe("memory");
    await storage.writer.write(BATCH);
    expect(await storage.reader.getServices({ tenant: "" })).toEqual([]);
    await storage.close();
    await expect(storage.reader.getServices({ tenant: "" })).rejects.toMatchObject({ code: "CLOSED" });
    await expect(storage.writer.write(BATCH)).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("a store for sampling alone takes no spans", async () => {
    const storage = await open(["blackhole"], {}, "memory");
    expect(storage.kind).toBe("blackhole");
    expect(storage.sampling).toBeDefined();
    await storage.writer.write(BATCH);
    await storage.close();
    const same = await open(["memory"], {}, "memory");
    expect(same.sampling).toBeDefined();
    await same.close();
    await expect(open(["memory"], {}, "blackhole")).rejects.toThrow(
      "storage factory of type blackhole does not support sampling store",
    );
  });

  test("the embedded store keeps its files where the flag says", async () => {
    const storage = await open(["embedded"], { "embedded.directory": join(directory, "embedded") });
    expect(storage.capabilities.persistent).toBe(true);
    await storage.close();
    expect(readdirSync(join(directory, "embedded")).length).toBeGreaterThan(0);
  });

  test("badger's flags place the embedded store beside the old files", async () => {
    const values = { "badger.ephemeral": "false", "badger.directory-value": join(directory, "values") };
    const storage = await open(["badger"], values);
    await storage.close();
    expect(readdirSync(join(directory, "values"))).toEqual(["spoor"]);
  });

  test("the memory store has the bounds of its flags", async () => {
    await expect(open(["memory"], { "memory.max-bytes": "0" })).rejects.toThrow("--memory.max-bytes 0 is not greater");
    const storage = await open(["memory"], { "memory.max-tenants": "1" });
    const spans = encodeSpans([
      {
        traceId: "0123456789abcdef0123456789abcdef",
        spanId: "00000000000000aa",
        operationName: "op",
        references: [],
        flags: 1,
        startTimeNs: 1_795_423_020_000_000_000n,
        durationNs: 1000n,
        tags: [],
        logs: [],
        process: { serviceName: "frontend", tags: [] },
        warnings: [],
      },
    ]);
    await storage.writer.write({ ...BATCH, spans, tenant: "first" });
    await expect(storage.writer.write({ ...BATCH, spans, tenant: "second" })).rejects.toThrow("there are 1");
    await storage.close();
  });

  test("an ephemeral store leaves nothing behind", async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("spoor-ephemeral-")).length;
    const storage = await open(["badger"]);
    expect(storage.capabilities.persistent).toBe(false);
    await storage.close();
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("spoor-ephemeral-"))).toHaveLength(before);
  });
});

describe("writing to several stores", () => {
  const good: SpanWriter = { write: async () => undefined };
  const failing = (error: Error): SpanWriter => ({ write: () => Promise.reject(error) });
  const busy = new StorageError("OVERLOADED", "busy");
  const refused = new StorageError("REJECTED", "no");

  test("fails when one fails, with the retryable error first", async () => {
    await fanOutWriter([good, good]).write(BATCH);
    await expect(fanOutWriter([good, failing(refused)]).write(BATCH)).rejects.toBe(refused);
    await expect(fanOutWriter([failing(refused), failing(busy)]).write(BATCH)).rejects.toBe(busy);
  });
});
