import { requireService, type SearchServer, startElasticsearch, startOpensearch } from "@spoor/services";
import { afterAll, beforeAll, describe } from "vitest";
import { contractSuite } from "./testing/contract-suite.ts";
import { faultSuite } from "./testing/fault-suite.ts";
import { recordedSuite } from "./testing/recorded-suite.ts";
import { securedSuite } from "./testing/secured-suite.ts";

const START_TIMEOUT_MS = 400_000;

/** So small that a few bulks at once overflow it. */
const SMALL_QUEUE = { "thread_pool.write.queue_size": 4 };

const SERVERS = [
  ["Elasticsearch 7.17.29", "elasticsearch7", () => startElasticsearch({ version: "7.17.29", settings: SMALL_QUEUE })],
  ["Elasticsearch 9.5.3", "elasticsearch9", () => startElasticsearch({ version: "9.5.3", settings: SMALL_QUEUE })],
  ["OpenSearch 3.6.0", "opensearch", () => startOpensearch({ settings: SMALL_QUEUE })],
] as const;

// One server after the other: each takes 700 MB and most of a small machine.
for (const [name, service, start] of SERVERS) {
  const { available, reason } = await requireService(service);
  describe.skipIf(!available)(`${name}${reason === "" ? "" : ` (${reason})`}`, () => {
    let server: SearchServer;
    const current = () => server;
    beforeAll(async () => {
      server = await start();
    }, START_TIMEOUT_MS);
    afterAll(() => server?.close(), START_TIMEOUT_MS);

    contractSuite(name, current);
    recordedSuite(current);
    faultSuite(current, { restarts: service === "elasticsearch7" });
  });
}

const secured = await requireService("elasticsearch9");
describe.skipIf(!secured.available)("Elasticsearch 9.5.3 that wants TLS and a password", () => securedSuite());
