import { readFileSync } from "node:fs";
import { formatTraceId } from "@spoor/span-model";
import { spansOfV1Trace, type V1Trace } from "@spoor/span-testkit";
import { scanPostSpansRequest } from "@spoor/span-wire";
import type { Operation, Storage } from "@spoor/storage-api";
import { batchOf, sortLinks, sortOperations } from "@spoor/storage-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openMemoryStorage } from "./memory-storage.ts";

interface RecordedQuery {
  readonly name: string;
  readonly serviceName: string;
  readonly operationName?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly startUs: number;
  readonly endUs: number;
  readonly durationMinNs?: number;
  readonly durationMaxNs?: number;
  readonly limit: number;
  readonly traceIds: readonly string[];
}

interface Recorded {
  /** PostSpansRequest messages, base64. */
  readonly requests: readonly string[];
  /** Traces that came by another protocol, as v1 showed them. */
  readonly traces: readonly V1Trace[];
  readonly queries: readonly RecordedQuery[];
  readonly services: readonly string[];
  readonly operations: Readonly<Record<string, readonly Operation[]>>;
  readonly links: readonly {
    readonly name: string;
    readonly endMs: number;
    readonly lookbackMs: number;
    readonly links: readonly { readonly parent: string; readonly child: string; readonly callCount: number }[];
  }[];
}

const recorded = JSON.parse(readFileSync(new URL("./fixtures/v1-search.json", import.meta.url), "utf8")) as Recorded;
const tenant = { tenant: "" };

describe("answers as recorded from v1.67's memory store", () => {
  let storage: Storage;

  beforeAll(async () => {
    storage = await openMemoryStorage();
    for (const request of recorded.requests) {
      const spans = scanPostSpansRequest(Buffer.from(request, "base64"));
      await storage.writer.write({ ...batchOf([]), spans });
    }
    for (const trace of recorded.traces) await storage.writer.write(batchOf(spansOfV1Trace(trace)));
  });
  afterAll(() => storage.close());

  it.each(recorded.queries.map((query) => [query.name, query] as const))("search: %s", async (_, query) => {
    const found = await storage.reader.findTraceIds(
      {
        serviceName: query.serviceName,
        ...(query.operationName === undefined ? {} : { operationName: query.operationName }),
        tags: new Map(Object.entries(query.tags)),
        startTimeMinNs: BigInt(query.startUs) * 1000n,
        startTimeMaxNs: BigInt(query.endUs) * 1000n,
        ...(query.durationMinNs === undefined ? {} : { durationMinNs: BigInt(query.durationMinNs) }),
        ...(query.durationMaxNs === undefined ? {} : { durationMaxNs: BigInt(query.durationMaxNs) }),
        limit: query.limit,
      },
      tenant,
    );
    expect(found.traceIds.map(formatTraceId).sort()).toEqual([...query.traceIds].sort());
  });

  it("services", async () => {
    expect(await storage.reader.getServices(tenant)).toEqual(recorded.services);
  });

  it.each(Object.entries(recorded.operations))("operations of %s", async (serviceName, operations) => {
    expect(await storage.reader.getOperations({ serviceName }, tenant)).toEqual(sortOperations(operations));
  });

  it.each(recorded.links.map((links) => [links.name, links] as const))("dependencies: %s", async (_, asked) => {
    const range = { startTimeMs: asked.endMs - asked.lookbackMs, endTimeMs: asked.endMs };
    const links = await storage.dependencies.getDependencies(range, tenant);
    expect(sortLinks(links)).toEqual(sortLinks(asked.links.map((link) => ({ ...link, source: "" }))));
  });
});
