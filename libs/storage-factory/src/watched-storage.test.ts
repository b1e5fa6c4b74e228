import { NO_FIELDS, type SpanBatch } from "@spoor/span-wire";
import { type Storage, StorageError } from "@spoor/storage-api";
import { openMemoryStorage } from "@spoor/storage-memory";
import { pino } from "pino";
import { expect, test } from "vitest";
import { watchStorage } from "./watched-storage.ts";

const BATCH: SpanBatch = {
  spans: [],
  commonFields: NO_FIELDS,
  format: "otlp",
  transport: "grpc",
  tenant: "",
  byteLength: 0,
};

/** A store that fails while `error` is set. */
async function failing(): Promise<{ readonly storage: Storage; error: StorageError | undefined }> {
  const memory = await openMemoryStorage();
  const state: { storage: Storage; error: StorageError | undefined } = {
    error: undefined,
    storage: {
      kind: memory.kind,
      capabilities: memory.capabilities,
      dependencies: memory.dependencies,
      close: () => memory.close(),
      writer: {
        write: (batch) => (state.error === undefined ? memory.writer.write(batch) : Promise.reject(state.error)),
      },
      reader: {
        getTrace: (traceId, options) => memory.reader.getTrace(traceId, options),
        getTraces: (traceIds, options) => memory.reader.getTraces(traceIds, options),
        findTraceIds: (query, options) => memory.reader.findTraceIds(query, options),
        getOperations: (query, options) => memory.reader.getOperations(query, options),
        getServices: (options) =>
          state.error === undefined ? memory.reader.getServices(options) : Promise.reject(state.error),
      },
    },
  };
  return state;
}

async function watched(probeIntervalMs: number) {
  const state = await failing();
  const reports: (string | undefined)[] = [];
  let told: () => void = () => undefined;
  const storage = watchStorage(state.storage, {
    logger: pino({ level: "silent" }),
    probeIntervalMs,
    report(kind, problem) {
      expect(kind).toBe("memory");
      reports.push(problem);
      if (problem === undefined) told();
    },
  });
  const back = new Promise<void>((resolve) => {
    told = resolve;
  });
  return { state, storage, reports, back };
}

const AWAY = new StorageError("UNAVAILABLE", "no node answers");

test("a store that is away is told at the first failure, and that it is back without any call", async () => {
  const { state, storage, reports, back } = await watched(5);
  await storage.writer.write(BATCH);
  expect(reports).toEqual([]);
  state.error = AWAY;
  await expect(storage.writer.write(BATCH)).rejects.toBe(AWAY);
  expect(reports[0]).toBe("no node answers");
  state.error = undefined;
  await back;
  expect(reports.at(-1)).toBeUndefined();
  await storage.close();
});

test("a call that succeeds tells it too", async () => {
  const { state, storage, reports } = await watched(3_600_000);
  state.error = AWAY;
  await expect(storage.reader.getServices({ tenant: "" })).rejects.toBe(AWAY);
  state.error = undefined;
  await storage.writer.write(BATCH);
  expect(reports).toEqual(["no node answers", undefined]);
  await storage.close();
});

test("a store that is busy or refuses spans is not away", async () => {
  const { state, storage, reports } = await watched(5);
  for (const code of ["OVERLOADED", "REJECTED"] as const) {
    state.error = new StorageError(code, "no");
    await expect(storage.writer.write(BATCH)).rejects.toBe(state.error);
  }
  expect(reports).toEqual([]);
  await storage.close();
});

test("a store that is only written to is back when it answers that it cannot be read", async () => {
  const { state, storage, reports, back } = await watched(5);
  state.error = new StorageError("UNAVAILABLE", "gone");
  await expect(storage.writer.write(BATCH)).rejects.toThrow("gone");
  state.error = new StorageError("UNSUPPORTED_QUERY", "write-only");
  await back;
  expect(reports.at(-1)).toBeUndefined();
  await storage.close();
});
