import type { Cluster, ClusterRequest, ClusterResponse } from "@spoor/storage-elasticsearch";
import { describe, expect, it } from "vitest";
import { type InitOptions, initIndices } from "./rollover.ts";

/** What an OpenSearch 3.4.0 with the plugin index-management answered, shortened; the build for tests has no such plugin. */
const POLICY: ClusterResponse = {
  status: 200,
  body: {
    _id: "jaeger-ilm-policy",
    policy: {
      policy_id: "jaeger-ilm-policy",
      states: [{ name: "hot", actions: [{ rollover: { min_doc_count: 100, copy_alias: false } }] }],
      ism_template: [{ index_patterns: ["jaeger-span-*", "jaeger-service-*", "jaeger-dependencies-*"], priority: 100 }],
    },
  },
};
const NO_POLICY: ClusterResponse = {
  status: 404,
  body: { error: { type: "status_exception", reason: "Policy not found" }, status: 404 },
};
const DONE: ClusterResponse = { status: 200, body: {} };

/** A server that has this policy, no index yet, and does what it is told. */
function serverWith(policy: ClusterResponse) {
  const seen: ClusterRequest[] = [];
  const cluster: Cluster = {
    flavour: "opensearch",
    version: "3.4.0",
    major: 3,
    async request(request) {
      seen.push(request);
      return request.path.startsWith("/_plugins/_ism/policies/") ? policy : DONE;
    },
    close: async () => {},
  };
  return { cluster, sent: (path: string) => seen.filter((request) => request.path.startsWith(path)) };
}

const OPTIONS: InitOptions = {
  prefix: "",
  archive: false,
  skipDependencies: false,
  adaptiveSampling: false,
  useIlm: true,
  ilmPolicy: "jaeger-ilm-policy",
  shards: 1,
  replicas: 0,
  priorities: { span: 0, service: 0, dependencies: 0, sampling: 0 },
};

describe("es-rollover init with OpenSearch's Index State Management", () => {
  it("names the alias to roll over in the templates, by the plugin's setting and no other", async () => {
    const { cluster, sent } = serverWith(POLICY);
    await initIndices(cluster, OPTIONS);
    const templates = sent("/_template/").map(({ body }) => JSON.parse(String(body)));
    expect(templates.map(({ settings }) => settings["index.plugins.index_state_management.rollover_alias"])).toEqual([
      "jaeger-span-write",
      "jaeger-service-write",
      "jaeger-dependencies-write",
    ]);
    for (const template of templates) expect(template.settings).not.toHaveProperty("lifecycle");
    expect(templates[0].aliases).toEqual({ "jaeger-span-read": {} });
  });

  it("makes nothing when the policy is not there, or leaves indices out", async () => {
    const none = serverWith(NO_POLICY);
    await expect(initIndices(none.cluster, OPTIONS)).rejects.toThrow(
      "ILM policy jaeger-ilm-policy doesn't exist in Elasticsearch. Please create it and re-run init",
    );
    const other = serverWith(POLICY);
    await expect(initIndices(other.cluster, { ...OPTIONS, prefix: "other", skipDependencies: true })).rejects.toThrow(
      "the ism_template of the ISM policy jaeger-ilm-policy does not cover other-jaeger-span-000001, other-jaeger-service-000001: add their patterns",
    );
    for (const { sent } of [none, other]) expect(sent("/_template/")).toEqual([]);
  });
});
