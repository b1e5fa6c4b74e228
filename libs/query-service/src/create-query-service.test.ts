import type { TraceId } from "@spoor/span-model";
import type { Storage } from "@spoor/storage-api";
import { openMemoryStorage } from "@spoor/storage-memory";
import { batchOf, query, SpanGenerator, spanTexts } from "@spoor/storage-testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createQueryService } from "./create-query-service.ts";

const NOBODY = { tenant: "" };

describe("the query service", () => {
  const generator = new SpanGenerator(31);
  let storage: Storage;
  let archive: Storage;

  beforeEach(async () => {
    storage = await openMemoryStorage();
    archive = await openMemoryStorage();
  });
  afterEach(async () => {
    await storage.close();
    await archive.close();
  });

  async function store(target: Storage, spans: number): Promise<TraceId> {
    const traceId = generator.traceId();
    await target.writer.write(batchOf(generator.trace({ traceId, spans })));
    return traceId;
  }

  it("shows a trace adjusted, or raw with every copy", async () => {
    const service = createQueryService({ storage });
    const span = generator.span({ tags: generator.tags(6) });
    await storage.writer.write(batchOf([span, span]));
    const raw = await service.getTrace(span.traceId, { ...NOBODY, raw: true });
    expect(spanTexts([...(raw?.spans() ?? [])])).toEqual(spanTexts([span, span]));
    const adjusted = await service.getTrace(span.traceId, NOBODY);
    expect(adjusted?.spanCount).toBe(1);
    const keys = [...(adjusted?.spans() ?? [])][0]?.tags.map((tag) => tag.key);
    expect(keys).toEqual(span.tags.map((tag) => tag.key).sort());
  });

  it("knows nothing of a trace that is in no store", async () => {
    const service = createQueryService({ storage, archive });
    expect(await service.getTrace(generator.traceId(), NOBODY)).toBeUndefined();
  });

  it("falls back to the archive", async () => {
    const traceId = await store(archive, 5);
    expect(await createQueryService({ storage }).getTrace(traceId, NOBODY)).toBeUndefined();
    const view = await createQueryService({ storage, archive }).getTrace(traceId, NOBODY);
    expect(view?.spanCount).toBe(5);
  });

  it("finds traces and shows them in the order found, newest first", async () => {
    const service = createQueryService({ storage });
    const spans = [1n, 3n, 2n].map((seconds) =>
      generator.span({
        startTimeNs: generator.baseTimeNs + seconds * 1_000_000_000n,
        process: { serviceName: "found", tags: [] },
      }),
    );
    await storage.writer.write(batchOf(spans));
    const found = await service.findTraces(query({ serviceName: "found", limit: 2 }), NOBODY);
    const shown: TraceId[] = [];
    for await (const view of found.traces) shown.push(view.traceId);
    expect(shown).toEqual([spans[1]?.traceId, spans[2]?.traceId]);
    expect(found.completeness.complete).toBe(false);
  });

  it("copies a trace of any size to the archive", async () => {
    const service = createQueryService({ storage, archive });
    expect(service.archiveEnabled).toBe(true);
    const traceId = await store(storage, 2500);
    await service.archiveTrace(traceId, NOBODY);
    const view = await createQueryService({ storage: archive }).getTrace(traceId, NOBODY);
    expect(view?.spanCount).toBe(2500);
  });

  it("refuses to archive without an archive, and what does not exist", async () => {
    const traceId = await store(storage, 1);
    const without = createQueryService({ storage });
    expect(without.archiveEnabled).toBe(false);
    await expect(without.archiveTrace(traceId, NOBODY)).rejects.toMatchObject({
      code: "ARCHIVE_NOT_CONFIGURED",
      message: "archive span storage was not configured",
    });
    const service = createQueryService({ storage, archive });
    await expect(service.archiveTrace(generator.traceId(), NOBODY)).rejects.toMatchObject({ code: "TRACE_NOT_FOUND" });
  });

  it("asks for the tenant given and for names and links of the store", async () => {
    const service = createQueryService({ storage });
    const trace = generator.trace({ spans: 20 });
    await storage.writer.write(batchOf(trace, { tenant: "acme" }));
    const acme = { tenant: "acme" };
    const [serviceName = ""] = await service.getServices(acme);
    expect(trace.map((span) => span.process.serviceName)).toContain(serviceName);
    expect((await service.getOperations({ serviceName }, acme)).length).toBeGreaterThan(0);
    expect((await service.getDependencies({ startTimeMs: 0, endTimeMs: 4e12 }, acme)).length).toBeGreaterThan(0);
    expect(await service.getServices(NOBODY)).toEqual([]);
    expect(await service.getTrace(trace[0]?.traceId ?? "", NOBODY)).toBeUndefined();
  });

  it("passes on the errors of the store and the reason of an abort", async () => {
    const service = createQueryService({ storage });
    const traceId = await store(storage, 1);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(service.getTrace(traceId, { ...NOBODY, signal })).rejects.toThrow("enough");
    await expect(service.findTraces(query({ limit: 0 }), NOBODY)).rejects.toMatchObject({ code: "INVALID_QUERY" });
    await storage.close();
    await expect(service.getTrace(traceId, NOBODY)).rejects.toMatchObject({ code: "CLOSED" });
  });
});
