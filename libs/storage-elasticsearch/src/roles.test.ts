import { requireService, startElasticsearch, startOpensearch } from "@spoor/services";
import { describe } from "vitest";
import { type Roles, rolesSuite } from "./testing/roles-suite.ts";

const INDICES = "jaeger-*";

const ELASTICSEARCH: Roles = {
  start: () => startElasticsearch({ version: "9.5.3", security: true, tls: true }),
  requests: (role, password) => [
    {
      path: `/_security/role/${role}`,
      body:
        role === "query"
          ? { cluster: ["monitor"], indices: [{ names: [INDICES], privileges: ["read"] }] }
          : {
              cluster: ["monitor", "manage_index_templates"],
              indices: [{ names: [INDICES], privileges: ["create_index", "create_doc"] }],
            },
    },
    { path: `/_security/user/${role}`, body: { password, roles: [role] } },
  ],
};

const OPENSEARCH: Roles = {
  start: () => startOpensearch({ security: true }),
  requests: (role, password) => [
    {
      path: `/_plugins/_security/api/roles/${role}`,
      body:
        role === "query"
          ? {
              cluster_permissions: ["cluster:monitor/main", "cluster_composite_ops_ro"],
              index_permissions: [{ index_patterns: [INDICES], allowed_actions: ["read"] }],
            }
          : {
              cluster_permissions: ["cluster:monitor/main", "cluster_composite_ops", "indices:admin/template/put"],
              index_permissions: [{ index_patterns: [INDICES], allowed_actions: ["create_index", "index"] }],
            },
    },
    { path: `/_plugins/_security/api/internalusers/${role}`, body: { password, opendistro_security_roles: [role] } },
  ],
};

const elasticsearch = await requireService("elasticsearch9");
describe.skipIf(!elasticsearch.available)("users of Elasticsearch 9.5.3", () => rolesSuite(ELASTICSEARCH));

// The plugin and its server are 180 MB more to fetch: part of `npm run test:versions` alone.
if (process.env.SPOOR_OPENSEARCH === "3.4.0-security") {
  const opensearch = await requireService("opensearch");
  describe.skipIf(!opensearch.available)("users of OpenSearch 3.4.0", () => rolesSuite(OPENSEARCH));
}
