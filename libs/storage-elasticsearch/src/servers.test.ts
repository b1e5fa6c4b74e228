import {
  type ElasticsearchVersion,
  type OpensearchVersion,
  requireService,
  type SearchAddress,
  type ServiceName,
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

type Row = readonly [name: string, service: ServiceName, ask: () => Promise<Shared<SearchAddress>>];

const elasticsearch = (version: ElasticsearchVersion, service: ServiceName): Row => [
  `Elasticsearch ${version}`,
  service,
  () => sharedElasticsearch(version),
];
const opensearch = (version: OpensearchVersion, service: ServiceName): Row => [
  `OpenSearch ${version}`,
  service,
  () => sharedOpensearch(version),
];

/** `SPOOR_ELASTICSEARCH=8.19.21` and `SPOOR_OPENSEARCH=2.19.6` run on these instead. */
const SERVERS: readonly Row[] =
  process.env.SPOOR_ELASTICSEARCH === "8.19.21"
    ? [elasticsearch("8.19.21", "elasticsearch7")]
    : process.env.SPOOR_OPENSEARCH === "2.19.6"
      ? [opensearch("2.19.6", "elasticsearch7")]
      : [
          elasticsearch("7.17.29", "elasticsearch7"),
          elasticsearch("9.5.3", "elasticsearch9"),
          opensearch("3.6.0", "opensearch"),
        ];

for (const [i, [name, service, ask]] of SERVERS.entries()) {
  const isFirst = i === 0;
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

    // One server has the hugest trace, the others what takes several pages too.
    contractSuite(name, current, isFirst ? 100_000 : 12_000);
    recordedSuite(current);
    faultSuite(current);
    layoutSuite(current, name.startsWith("OpenSearch"));
    dependenciesSuite(current);
    samplingSuite(current);
  });
}
