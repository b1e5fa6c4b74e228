import { batchesOf, batchOf, spanTexts } from "../batches.ts";
import { query, readEncoded, readTrace } from "../reading.ts";
import { expect, it } from "../vitest.ts";
import { type ContractContext, NO_TENANT, write } from "./context.ts";

/** Opening, closing, giving up. */
export function lifecycleContract(context: ContractContext): void {
  it("refuses every call after close", async () => {
    const { generator, storage } = context;
    await write(context, generator.trace());
    await storage.close();
    const closed = { code: "CLOSED" };
    const id = generator.traceId();
    await expect(storage.writer.write(batchOf(generator.trace()))).rejects.toMatchObject(closed);
    await expect(readEncoded(storage.reader, id)).rejects.toMatchObject(closed);
    await expect(firstOf(storage.reader.getTraces([id], NO_TENANT))).rejects.toMatchObject(closed);
    await expect(storage.reader.findTraceIds(query({ serviceName: "a" }), NO_TENANT)).rejects.toMatchObject(closed);
    await expect(storage.reader.getServices(NO_TENANT)).rejects.toMatchObject(closed);
    await expect(storage.reader.getOperations({ serviceName: "a" }, NO_TENANT)).rejects.toMatchObject(closed);
    const range = { startTimeMs: 0, endTimeMs: 1 };
    await expect(storage.dependencies.getDependencies(range, NO_TENANT)).rejects.toMatchObject(closed);
  });

  it("can be closed twice", async () => {
    await context.storage.close();
    await context.storage.close();
  });

  it("ends reads with the reason of an aborted signal", async () => {
    const { generator, storage } = context;
    const spans = generator.trace({ spans: 3 });
    await write(context, spans);
    const reason = new Error("enough");
    const options = { tenant: "", signal: AbortSignal.abort(reason) };
    const traceId = (spans[0] ?? generator.span()).traceId;
    await expect(readEncoded(storage.reader, traceId, options)).rejects.toBe(reason);
    await expect(firstOf(storage.reader.getTraces([traceId], options))).rejects.toBe(reason);
    await expect(storage.reader.findTraceIds(query({ serviceName: "a" }), options)).rejects.toBe(reason);
    await expect(storage.reader.getServices(options)).rejects.toBe(reason);
    await expect(storage.reader.getOperations({ serviceName: "a" }, options)).rejects.toBe(reason);
    const range = { startTimeMs: 0, endTimeMs: 4_000_000_000_000 };
    await expect(storage.dependencies.getDependencies(range, options)).rejects.toBe(reason);
  });

  it("still has what it took before it was opened again", async () => {
    const { generator, naive, storage, underTest } = context;
    if (!storage.capabilities.persistent) {
      expect(underTest.reopen, "a store that does not persist cannot be opened again").toBeUndefined();
      return;
    }
    if (underTest.reopen === undefined) throw new Error("a persistent store must be reopened");
    const traces = Array.from({ length: 10 }, () => generator.trace());
    await write(context, traces.flat(), 5);
    const range = { startTimeMs: 0, endTimeMs: 4_000_000_000_000 };
    const links = await storage.dependencies.getDependencies(range, NO_TENANT);
    const reopened = await underTest.reopen();
    for (const trace of traces) {
      const traceId = (trace[0] ?? generator.span()).traceId;
      expect(spanTexts(await readTrace(reopened.reader, traceId))).toEqual(spanTexts(trace));
    }
    expect(await reopened.reader.getServices(NO_TENANT)).toEqual(naive.services());
    expect(new Set(await reopened.dependencies.getDependencies(range, NO_TENANT))).toEqual(new Set(links));
    const serviceName = naive.services()[0] ?? "";
    expect(await reopened.reader.getOperations({ serviceName }, NO_TENANT)).toEqual(naive.operations(serviceName));
    const asked = query({ serviceName, limit: 1000 });
    expect(new Set((await reopened.reader.findTraceIds(asked, NO_TENANT)).traceIds)).toEqual(
      new Set(naive.matches(asked).keys()),
    );
  });

  it("finishes the writes that were under way when it is closed", async () => {
    const { generator, storage, underTest } = context;
    if (!storage.capabilities.persistent) {
      expect(underTest.reopen, "a store that does not persist cannot be opened again").toBeUndefined();
      return;
    }
    if (underTest.reopen === undefined) throw new Error("a persistent store must be reopened");
    const spans = generator.trace({ spans: 100 });
    const outcomes = batchesOf(spans, 10).map((batch) => storage.writer.write(batch).then(() => batch.spans.length));
    await storage.close();
    let stored = 0;
    for (const outcome of await Promise.allSettled(outcomes)) {
      if (outcome.status === "fulfilled") stored += outcome.value;
      else expect(outcome.reason).toMatchObject({ code: "CLOSED" });
    }
    const reopened = await underTest.reopen();
    const read = await readEncoded(reopened.reader, (spans[0] ?? generator.span()).traceId);
    expect(read.length).toBeGreaterThanOrEqual(stored);
  });
}

async function firstOf<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item;
  return undefined;
}
