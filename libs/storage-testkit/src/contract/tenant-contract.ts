import { batchOf, spanTexts } from "../batches.ts";
import { query, readTrace } from "../reading.ts";
import { expect, it } from "../vitest.ts";
import type { ContractContext } from "./context.ts";

/** Tenants see only what is theirs. */
export function tenantContract(context: ContractContext): void {
  it("keeps the spans, names and links of tenants apart", async () => {
    const { generator, storage } = context;
    const traceId = generator.traceId();
    if (!storage.capabilities.tenancy) {
      // A store that knows no tenants shows everybody's spans, as it says.
      const spans = generator.trace({ traceId, spans: 3 });
      await storage.writer.write(batchOf(spans, { tenant: "acme" }));
      expect(spanTexts(await readTrace(storage.reader, traceId, { tenant: "mega" }))).toEqual(spanTexts(spans));
      return;
    }
    const acme = generator.trace({ traceId, spans: 6, services: 3 });
    const mega = [generator.span({ traceId, process: { serviceName: "mega", tags: [] } })];
    await storage.writer.write(batchOf(acme, { tenant: "acme" }));
    await storage.writer.write(batchOf(mega, { tenant: "mega" }));
    const { reader } = storage;
    expect(spanTexts(await readTrace(reader, traceId, { tenant: "acme" }))).toEqual(spanTexts(acme));
    expect(spanTexts(await readTrace(reader, traceId, { tenant: "mega" }))).toEqual(spanTexts(mega));
    expect(await readTrace(reader, traceId, { tenant: "" })).toEqual([]);
    expect(await reader.getServices({ tenant: "mega" })).toEqual(["mega"]);
    expect(await reader.getServices({ tenant: "nobody" })).toEqual([]);
    expect(await reader.getOperations({ serviceName: "mega" }, { tenant: "acme" })).toEqual([]);
    const asked = query({ serviceName: "mega" });
    expect((await reader.findTraceIds(asked, { tenant: "acme" })).traceIds).toEqual([]);
    expect((await reader.findTraceIds(asked, { tenant: "mega" })).traceIds).toEqual([traceId]);
    const always = { startTimeMs: 0, endTimeMs: 4_000_000_000_000 };
    expect(await storage.dependencies.getDependencies(always, { tenant: "mega" })).toEqual([]);
  });
}
