import { type CassandraServer, requireService, startCassandra } from "@spoor/services";
import { describeStorageContract, type StorageUnderTest } from "@spoor/storage-testkit";
import { afterAll, beforeAll, describe } from "vitest";
import { openCassandraStorage } from "./open-cassandra-storage.ts";
import { describeNodeFailure } from "./testing/describe-node-failure.ts";
import { describePoison } from "./testing/describe-poison.ts";
import { describeSampling } from "./testing/describe-sampling.ts";
import { describeSchema } from "./testing/describe-schema.ts";
import { describeRecordedReads } from "./testing/recorded/describe-recorded-reads.ts";
import { describeRecordedRows } from "./testing/recorded/describe-recorded-rows.ts";
import { TestKeyspace } from "./testing/test-keyspace.ts";

const cassandra = await requireService("cassandra");
/** `SPOOR_CASSANDRA=4.1.10` runs everything on that line instead. */
const version = process.env.SPOOR_CASSANDRA === "4.1.10" ? "4.1.10" : "5.0.9";

/** One server for every suite that needs a running one: a start takes longer than most of them. */
describe.skipIf(!cassandra.available)(`on Cassandra ${version}`, () => {
  let server: CassandraServer;
  let keyspace: TestKeyspace;

  beforeAll(async () => {
    server = await startCassandra({ version, survivesKill: true });
    keyspace = await TestKeyspace.create(server, "contract");
  }, 300_000);

  afterAll(async () => {
    await keyspace?.close();
    await server?.close();
  }, 60_000);

  describeSchema(() => server, version);
  describeRecordedRows(() => keyspace);
  describeRecordedReads(() => keyspace);
  describePoison(() => keyspace);
  describeSampling(() => keyspace);

  describeStorageContract(
    "the Cassandra store",
    async (): Promise<StorageUnderTest> => {
      await keyspace.empty();
      let storage = await openCassandraStorage({ connection: keyspace.connection });
      const first = storage;
      return {
        storage: first,
        async reopen() {
          await storage.close();
          storage = await openCassandraStorage({ connection: keyspace.connection });
          return storage;
        },
        dispose: () => storage.close(),
      };
    },
    { traits: { timePrecisionNs: 1000n, exact: false, differentialQueries: 200 } },
  );

  describeNodeFailure(
    () => server,
    () => keyspace,
  );
});
