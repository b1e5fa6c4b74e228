import type { Storage } from "@spoor/storage-api";
import { batchOf, childOf, readTrace, SpanGenerator } from "@spoor/storage-testkit";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCassandraStorage } from "../open-cassandra-storage.ts";
import { applySchema } from "../schema/apply-schema.ts";
import { type Reachable, TEST_SCHEMA, TestKeyspace } from "./test-keyspace.ts";

const NO_TENANT = { tenant: "" } as const;
const TIMEOUT_MS = 60_000;

/** Tables and keyspaces that somebody dropped. */
export function describeMissingTables(serverOf: () => Reachable): void {
  describe("what was dropped", () => {
    const generator = new SpanGenerator(41, { timePrecisionNs: 1000n });
    let keyspace: TestKeyspace;
    let storage: Storage;
    const name = () => keyspace.connection.keyspace ?? "";
    const open = () => openCassandraStorage({ connection: keyspace.connection });
    const recreate = () => applySchema(keyspace.connection, { keyspace: name(), ...TEST_SCHEMA });

    beforeAll(async () => {
      keyspace = await TestKeyspace.create(serverOf());
      storage = await openCassandraStorage({ connection: keyspace.connection, countDependencies: false });
    }, TIMEOUT_MS);
    afterAll(async () => {
      await storage?.close();
      await keyspace?.remove();
    }, TIMEOUT_MS);

    it.each(["traces", "tag_index", "service_names"])(
      "table %s, is named when the store is opened",
      async (table) => {
        await keyspace.session.command(`DROP TABLE ${name()}.${table}`);
        await expect(open()).rejects.toMatchObject({
          code: "UNAVAILABLE",
          message: `keyspace ${name()} (--cassandra.keyspace) has no table ${table}: the cassandra-schema tool creates it`,
        });
        await recreate();
      },
      TIMEOUT_MS,
    );

    it.each(["TABLE traces", "TABLE tag_index", "TABLE service_name_index"])(
      "%s under an open store: writes may be tried again, and go on by themselves when it is there again",
      async (what) => {
        const write = async () => {
          const trace = generator.trace({ spans: 10 });
          await storage.writer.write(batchOf(trace));
          return trace;
        };
        await write();
        await keyspace.session.command(`DROP ${what}`);
        const failure = await write().then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(failure).toMatchObject({
          code: "UNAVAILABLE",
          retryable: true,
          message: expect.stringMatching(
            new RegExp(`keyspace ${name()} \\(--cassandra\\.keyspace\\) .*lacks what is needed: .*cassandra-schema`),
          ),
        });
        await recreate();
        const trace = await write();
        expect(await readTrace(storage.reader, trace[0]?.traceId ?? "")).toHaveLength(10);
      },
      TIMEOUT_MS,
    );

    it(
      "TABLE dependencies_v2 under a store that counts calls: is told once when it is closed, however often that is",
      async () => {
        const told: string[] = [];
        const counting = await openCassandraStorage({
          connection: keyspace.connection,
          logger: pino({ level: "warn" }, { write: (line) => void told.push(line) }),
        });
        const caller = generator.span({ references: [], process: { serviceName: "a", tags: [] } });
        const called = {
          references: [childOf(caller)],
          traceId: caller.traceId,
          process: { serviceName: "b", tags: [] },
        };
        await counting.writer.write(batchOf([caller, generator.span(called)]));
        await keyspace.session.command("DROP TABLE dependencies_v2");
        await Promise.all([counting.close(), counting.close()]);
        await counting.close();
        expect(told).toEqual([expect.stringContaining("The last calls between services are not counted")]);
        await recreate();
      },
      TIMEOUT_MS,
    );

    it(
      "the whole keyspace, is named by reads and writes",
      async () => {
        await keyspace.session.command(`DROP KEYSPACE ${name()}`);
        const lacking = {
          code: "UNAVAILABLE",
          message: expect.stringContaining(`keyspace ${name()} (--cassandra.keyspace)`),
        };
        await expect(storage.writer.write(batchOf(generator.trace({ spans: 3 })))).rejects.toMatchObject(lacking);
        await expect(storage.reader.getServices(NO_TENANT)).rejects.toMatchObject(lacking);
        await expect(open()).rejects.toMatchObject(lacking);
        await recreate();
      },
      TIMEOUT_MS,
    );
  });
}
