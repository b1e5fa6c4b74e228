import { readFileSync } from "node:fs";
import { type CassandraServer, requireService, startCassandra } from "@spoor/services";
import { batchOf, readTrace, SpanGenerator } from "@spoor/storage-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCassandraStorage } from "./open-cassandra-storage.ts";
import type { CassandraConnectionOptions } from "./options.ts";
import { applySchema } from "./schema/apply-schema.ts";
import { Session } from "./session.ts";
import { describeCertificateRotation } from "./testing/describe-certificate-rotation.ts";
import { describeNodeFailure } from "./testing/describe-node-failure.ts";
import { testedVersion } from "./testing/tested-version.ts";

const cassandra = await requireService("cassandra");

/** The suites that need a server of their own: one with passwords and certificates, and one that can be killed. */
describe.skipIf(!cassandra.available)("a Cassandra server with passwords and mutual TLS", () => {
  let server: CassandraServer;
  let secured: CassandraConnectionOptions;

  beforeAll(async () => {
    server = await startCassandra({
      version: testedVersion(),
      authentication: true,
      tls: "mutual",
      heapMb: 256,
      survivesKill: true,
    });
    const { authority = "", clientCertificate = "", clientKey = "" } = server.certificates ?? {};
    secured = {
      servers: [`${server.host}:${server.port}`],
      keyspace: "secured",
      connectionsPerHost: 1,
      timeoutMs: 60_000,
      username: server.username,
      password: server.password,
      tls: { ca: readFileSync(authority), cert: readFileSync(clientCertificate), key: readFileSync(clientKey) },
    };
    await applySchema(secured, {
      keyspace: "secured",
      replication: "{'class': 'SimpleStrategy', 'replication_factor': '1'}",
      traceTtlSeconds: 3600,
      dependenciesTtlSeconds: 0,
      compactionWindowSize: 2,
      compactionWindowUnit: "MINUTES",
    });
  }, 300_000);
  afterAll(() => server?.close(), 60_000);

  const failure = async (changes: Partial<CassandraConnectionOptions>): Promise<unknown> => {
    try {
      const storage = await openCassandraStorage({ connection: { ...secured, ...changes } });
      await storage.close();
      return undefined;
    } catch (error) {
      return error;
    }
  };

  it("is written and read with the right ones, and has an archive", async () => {
    const storage = await openCassandraStorage({ connection: secured, archive: secured });
    const spans = new SpanGenerator(1, { timePrecisionNs: 1000n }).trace({ spans: 5 });
    const traceId = spans[0]?.traceId ?? "";
    expect(storage.capabilities.archive).toBe(true);
    await storage.archive?.writer.write(batchOf(spans));
    expect(await readTrace(storage.reader, traceId)).toHaveLength(5);
    expect(await storage.reader.getServices({ tenant: "" })).toEqual([]);
    await storage.writer.write(batchOf(spans));
    if (storage.archive !== undefined) expect(await readTrace(storage.archive.reader, traceId)).toHaveLength(5);
    expect(await storage.reader.getServices({ tenant: "" })).not.toEqual([]);
    await storage.close();
  });

  it.each([
    [
      "a wrong password",
      { password: "wrong" },
      /refuses the credentials \(--cassandra\.username, --cassandra\.password\)/,
    ],
    ["no password", { username: "" }, /--cassandra\.username, --cassandra\.password/],
    ["no TLS", { tls: undefined }, /no node of .* can be reached \(--cassandra\.servers\)/],
    ["an authority it is not signed by", { tls: {} }, /certificate/],
    [
      "an authenticator that is not allowed",
      { allowedAuthenticators: ["com.example.Other"] },
      /unexpected authenticator "org\.apache\.cassandra\.auth\.PasswordAuthenticator"/,
    ],
    ["a wrong keyspace", { keyspace: "other" }, /keyspace other \(--cassandra\.keyspace\)/],
    ["a wrong port", { servers: ["127.0.0.1"], port: 1 }, /127\.0\.0\.1:1/],
  ] as const)(
    "says what is wrong with %s",
    async (_, changes, message) => {
      expect(await failure({ ...changes, connectTimeoutMs: 3000 })).toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringMatching(message),
      });
    },
    30_000,
  );

  it("says so when the user may not read the keyspace", async () => {
    const admin = await Session.open({ ...secured, keyspace: "" });
    await admin.command("CREATE ROLE visitor WITH PASSWORD = 'visitor' AND LOGIN = true");
    await admin.close();
    const storage = await openCassandraStorage({
      connection: { ...secured, username: "visitor", password: "visitor" },
    });
    await expect(storage.reader.getServices({ tenant: "" })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("refuses access to secured"),
    });
    await storage.close();
  });

  it("is not checked when that is wished", async () => {
    const { cert, key } = secured.tls ?? {};
    expect(await failure({ tls: { cert, key, skipHostVerify: true } })).toBeUndefined();
  });

  describeNodeFailure(
    () => server,
    () => secured,
  );

  describeCertificateRotation(
    () => server,
    () => secured,
  );
});
