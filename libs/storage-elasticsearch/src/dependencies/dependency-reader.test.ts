import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { Cluster, ClusterRequest } from "../cluster/cluster.ts";
import { IndexNames } from "../indices/index-names.ts";
import { withDefaults } from "../options.ts";
import { Refresher } from "../read/refresher.ts";
import { DependencyDocumentReader } from "./dependency-reader.ts";

const HOUR_MS = 3_600_000;
const FROM_MS = Date.UTC(2026, 10, 23, 1);
const NOBODY = { tenant: "" };
const NOT_SHOWN =
  "Nobody counted dependencies as these spans were stored, and they cannot be counted now: they are not shown";

const failed = {
  total: 2,
  failed: 1,
  failures: [{ index: "jaeger-span-2026-11-23", reason: { type: "t", reason: "is gone" } }],
};
const DETAIL = "1 of 2 shards failed (jaeger-span-2026-11-23: t: is gone)";
/** A call from "a" to "b", and one document that tells of another hour. */
const span = (spanID: string, serviceName: string, references: readonly unknown[]) => ({
  _source: { traceID: "1", spanID, references, process: { serviceName }, startTime: (FROM_MS + 1000) * 1000, tags: [] },
});
const SPANS = [span("1", "a", []), span("2", "b", [{ refType: "CHILD_OF", traceID: "1", spanID: "1" }])];
const DOCUMENT = {
  _id: "hour-2026-11-23T05-x",
  _index: "jaeger-dependencies-2026-11-23",
  _source: {
    timestamp: "2026-11-23T05:00:00.000Z",
    dependencies: [{ parent: "c", child: "d", callCount: 3 }],
  },
};

interface Shards {
  readonly ofTotal?: unknown;
  readonly ofSpans?: unknown;
  readonly ofDocuments?: unknown;
}

/** A reader of a server that has these spans and this document, of which shards may not answer, and what was logged. */
function readerOf({ ofTotal, ofSpans, ofDocuments }: Shards) {
  const request = async ({ path }: ClusterRequest) => {
    if (path === "/_msearch") {
      const hits = { total: { value: SPANS.length }, hits: [] };
      return { status: 200, body: { responses: [{ _shards: ofTotal, hits }] } };
    }
    if (path === "/_search/scroll") return { status: 200, body: { hits: { hits: [] } } };
    const isOfDocuments = path.includes("dependencies");
    const hits = isOfDocuments ? [DOCUMENT] : SPANS;
    return { status: 200, body: { _scroll_id: "1", _shards: isOfDocuments ? ofDocuments : ofSpans, hits: { hits } } };
  };
  const cluster: Cluster = { flavour: "elasticsearch", version: "9.0.0", major: 9, request, close: async () => {} };
  const told: Record<string, unknown>[] = [];
  const logger = pino({ level: "warn" }, { write: (line) => void told.push(JSON.parse(line)) });
  const options = withDefaults({ logger });
  const names = new IndexNames(options);
  const reader = new DependencyDocumentReader(cluster, options, names, new Refresher(cluster, options, ""), undefined);
  return { reader, told };
}

describe("who calls whom", () => {
  const day = { startTimeMs: FROM_MS, endTimeMs: FROM_MS + 12 * HOUR_MS };
  const counted = { parent: "a", child: "b", callCount: 1 };
  const documented = { parent: "c", child: "d", callCount: 3 };

  it("is counted from spans where no document tells of their hour", async () => {
    const { reader, told } = readerOf({});
    expect(await reader.getDependencies(day, NOBODY)).toMatchObject([documented, counted]);
    expect(told).toEqual([]);
  });

  it.each<[string, Shards]>([
    ["how many there are", { ofTotal: failed }],
    ["the spans themselves", { ofSpans: failed }],
  ])(
    "is not counted from the spans of some shards, where others do not tell %s; the log says why",
    async (_, shards) => {
      const { reader, told } = readerOf(shards);
      expect(await reader.getDependencies(day, NOBODY)).toMatchObject([documented]);
      expect(told).toMatchObject([{ msg: NOT_SHOWN, reason: DETAIL }]);
      const hour = { startTimeMs: FROM_MS, endTimeMs: FROM_MS + HOUR_MS };
      expect(await reader.getDependencies(hour, NOBODY)).not.toContainEqual(expect.objectContaining(counted));
      expect(told).toHaveLength(2);
    },
  );

  it("is shown from the documents of some shards, and the log says that there may be more", async () => {
    const { reader, told } = readerOf({ ofDocuments: failed });
    expect(await reader.getDependencies(day, NOBODY)).toMatchObject([documented, counted]);
    expect(told).toMatchObject([{ msg: "Dependencies may lack calls", detail: DETAIL }]);
  });
});
