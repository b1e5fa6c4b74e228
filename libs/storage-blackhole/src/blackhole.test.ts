import { NO_FIELDS, type SpanBatch } from "@spoor/span-wire";
import { describe, expect, test } from "vitest";
import { openBlackholeStorage } from "./blackhole.ts";

const BATCH: SpanBatch = {
  spans: [],
  commonFields: NO_FIELDS,
  format: "otlp",
  transport: "grpc",
  tenant: "",
  byteLength: 0,
};

describe("the blackhole", () => {
  test("accepts spans and finds none", async () => {
    const { writer, reader, dependencies } = openBlackholeStorage();
    await writer.write(BATCH);
    const query = { tags: new Map(), startTimeMinNs: 0n, startTimeMaxNs: 1n, limit: 20 };
    expect(await reader.findTraceIds(query, { tenant: "" })).toEqual({
      traceIds: [],
      completeness: { complete: true },
    });
    expect(await reader.getServices({ tenant: "" })).toEqual([]);
    expect(await reader.getOperations({ serviceName: "a" }, { tenant: "" })).toEqual([]);
    expect(await dependencies.getDependencies({ startTimeMs: 0, endTimeMs: 1 }, { tenant: "" })).toEqual([]);
    for await (const _ of reader.getTrace("0".repeat(32), { tenant: "" })) expect.unreachable();
  });

  test("refuses every call once closed", async () => {
    const storage = openBlackholeStorage();
    await storage.close();
    await expect(storage.writer.write(BATCH)).rejects.toMatchObject({ code: "CLOSED" });
    await expect(storage.reader.getServices({ tenant: "" })).rejects.toMatchObject({ code: "CLOSED" });
  });
});
