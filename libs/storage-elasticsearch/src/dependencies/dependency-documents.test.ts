import { describe, expect, it } from "vitest";
import type { Cluster, ClusterRequest } from "../cluster/cluster.ts";
import { IndexNames } from "../indices/index-names.ts";
import { withDefaults } from "../options.ts";
import { writeDay } from "./dependency-documents.ts";

const DAY_MS = Date.UTC(2026, 10, 23);

/** A server of which one shard of two does not answer, and the writes it was sent. */
function halfServer(hits: readonly unknown[]) {
  const writes: string[] = [];
  const request = async ({ method, path }: ClusterRequest) => {
    if (path.endsWith("/_search")) {
      const failures = [{ index: "jaeger-dependencies-2026-11-23", reason: { type: "t", reason: "is gone" } }];
      return { status: 200, body: { _scroll_id: "1", _shards: { total: 2, failed: 1, failures }, hits: { hits } } };
    }
    if (path !== "/_search/scroll") writes.push(`${method} ${path}`);
    return { status: 200, body: { hits: { hits: [] } } };
  };
  const cluster: Cluster = { flavour: "elasticsearch", version: "9.0.0", major: 9, request, close: async () => {} };
  return { cluster, writes };
}

describe("the links of a day", () => {
  it.each([
    ["some documents", [{ _id: "hour-1", _index: "i", _source: { timestamp: "2026-11-23T01:00:00.000Z" } }]],
    ["none", []],
  ])("replace nothing while a shard does not answer and the others give %s", async (_, hits) => {
    const { cluster, writes } = halfServer(hits);
    const options = withDefaults({});
    const link = { parent: "a", child: "b", callCount: 1, source: "" };
    await expect(writeDay(cluster, options, new IndexNames(options), DAY_MS, [link])).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("1 of 2 shards failed (jaeger-dependencies-2026-11-23: t: is gone)"),
    });
    expect(writes).toEqual([]);
  });
});
