import {
  requireService,
  type SearchAddress,
  SHARED_START_TIMEOUT_MS,
  type Shared,
  sharedElasticsearch,
  sharedOpensearch,
  uniqueName,
} from "@spoor/services";
import { afterAll, beforeAll, describe } from "vitest";
import { contractSuite } from "./testing/contract-suite.ts";
import { dependenciesSuite } from "./testing/dependencies-suite.ts";
import { faultSuite } from "./testing/fault-suite.ts";
import { layoutSuite } from "./testing/layout-suite.ts";
import { recordedSuite } from "./testing/recorded-suite.ts";
import { samplingSuite } from "./testing/sampling-suite.ts";
import { clear } from "./testing/server.ts";

const SERVERS = [
  ["Elasticsearch 7.17.29", "elasticsearch7", () => sharedElasticsearch("7.17.29")],
  ["Elasticsearch 9.5.3", "elasticsearch9", () => sharedElasticsearch("9.5.3")],
  ["OpenSearch 3.6.0", "opensearch", () => sharedOpensearch()],
] as const;

for (const [name, service, ask] of SERVERS) {
  const { available, reason } = await requireService(service);
  describe.skipIf(!available)(`${name}${reason === "" ? "" : ` (${reason})`}`, () => {
    let server: Shared<SearchAddress>;
    const prefix = uniqueName("store");
    const current = () => ({ ...server, prefix });
    beforeAll(async () => {
      server = await ask();
    }, SHARED_START_TIMEOUT_MS);
    afterAll(async () => {
      if (server === undefined) return;
      await clear(current());
      server.release();
    });

    contractSuite(name, current);
    recordedSuite(current);
    faultSuite(current);
    layoutSuite(current);
    dependenciesSuite(current);
    samplingSuite(current);
  });
}
