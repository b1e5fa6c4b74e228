import {
  type CassandraAddress,
  requireService,
  SHARED_START_TIMEOUT_MS,
  type Shared,
  sharedCassandra,
} from "@spoor/services";
import { describeStorageContract, type StorageUnderTest } from "@spoor/storage-testkit";
import { afterAll, beforeAll, describe } from "vitest";
import { openCassandraStorage } from "./open-cassandra-storage.ts";
import { describeDependencyRows } from "./testing/describe-dependency-rows.ts";
import { describeMissingTables } from "./testing/describe-missing-tables.ts";
import { describePoison } from "./testing/describe-poison.ts";
import { describeSampling } from "./testing/describe-sampling.ts";
import { describeSchema } from "./testing/describe-schema.ts";
import { describeRecordedReads } from "./testing/recorded/describe-recorded-reads.ts";
import { describeRecordedRows } from "./testing/recorded/describe-recorded-rows.ts";
import { TestKeyspace } from "./testing/test-keyspace.ts";
import { testedVersion } from "./testing/tested-version.ts";

const cassandra = await requireService("cassandra");
const version = testedVersion();

describe.skipIf(!cassandra.available)(`on Cassandra ${version}`, () => {
  let server: Shared<CassandraAddress>;
  let keyspace: TestKeyspace;

  beforeAll(async () => {
    server = await sharedCassandra(version);
    keyspace = await TestKeyspace.create(server);
  }, SHARED_START_TIMEOUT_MS);

  afterAll(async () => {
    await keyspace?.remove();
    server?.release();
  }, 60_000);

  describeSchema(() => server, version);
  describeRecordedRows(() => keyspace);
  describeRecordedReads(() => keyspace);
  describeMissingTables(() => server);
  describeDependencyRows(() => keyspace);
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
});
