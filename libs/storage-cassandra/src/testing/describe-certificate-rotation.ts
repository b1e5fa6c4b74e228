import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientTls } from "@spoor/client-tls";
import {
  type CassandraServer,
  createTestCertificates,
  type ProxiedConnection,
  replaceServerStores,
  startTcpProxy,
  type TestCertificates,
} from "@spoor/services";
import { batchOf, readTrace, SpanGenerator } from "@spoor/storage-testkit";
import { describe, expect, it } from "vitest";
import { openCassandraStorage } from "../open-cassandra-storage.ts";
import type { CassandraConnectionOptions } from "../options.ts";

/** More than a server sends until a connection is of use: beyond it are answers. */
const HANDSHAKE_BYTES = 8 * 1024;

/** Other certificates on both ends, and other authorities, while spans are written. To be run last: the server keeps them. */
export function describeCertificateRotation(
  serverOf: () => CassandraServer,
  connectionOf: () => CassandraConnectionOptions,
): void {
  describe("certificates that are replaced", () => {
    it("are used by every connection made afterwards, no write fails, and what cannot be used changes nothing", async () => {
      const server = serverOf();
      const old = server.certificates;
      if (old === undefined) throw new Error("no certificates");
      const folder = await mkdtemp(join(tmpdir(), "spoor-rotation-"));
      const next = await createTestCertificates(folder);
      const serve = async (identity: TestCertificates, trusted: readonly TestCertificates[]) => {
        await replaceServerStores(old, identity, trusted);
        await server.reloadCertificates();
      };
      const proxy = await startTcpProxy(server.port);
      let apply: (tls: ClientTls) => void = () => expect.unreachable();
      let isWatched = true;
      const connection = { ...connectionOf(), connectionsPerHost: 3, reconnectIntervalMs: 500 };
      const storage = await openCassandraStorage({
        connection: {
          ...connection,
          servers: [`127.0.0.1:${proxy.port}`],
          tls: tlsOf(old, [old]),
          watchTls(change) {
            apply = change;
            return {
              close() {
                isWatched = false;
              },
            };
          },
        },
        countDependencies: false,
      });

      const generator = new SpanGenerator(12, { timePrecisionNs: 1000n });
      const written: string[] = [];
      let turn: Promise<unknown> = Promise.resolve();
      const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
        const done = turn.then(task);
        turn = done.catch(() => undefined);
        return done;
      };
      const write = async () => {
        const trace = generator.trace({ spans: 5 });
        await storage.writer.write(batchOf(trace));
        written.push(trace[0]?.traceId ?? "");
      };
      let isStopping = false;
      let failure: unknown;
      const writer = async () => {
        while (!isStopping) await inTurn(write);
      };
      const writing = writer().catch((error: unknown) => {
        failure = error;
      });
      const until = async (condition: () => boolean) => {
        const deadlineMs = Date.now() + 30_000;
        while (!condition()) {
          if (failure !== undefined) throw failure;
          if (Date.now() > deadlineMs) throw new Error(`${proxy.connections.length} connections after 30 s`);
          await sleep(10);
        }
      };
      const someWrites = () => {
        const enough = written.length + 5;
        return until(() => written.length >= enough);
      };
      /** All connections are made anew, one after another, so that one for writes always stands: of two one may be for control. */
      const reconnect = async () => {
        const before = [...proxy.connections];
        const isOfUse = (each: ProxiedConnection) => each.receivedBytes > HANDSHAKE_BYTES;
        for (const each of before) {
          await until(() => proxy.connections.filter((other) => other !== each && isOfUse(other)).length >= 2);
          // Between two writes, as when a node or a balancer closes what idles; the driver gets the time to see it.
          await inTurn(async () => {
            each.cut();
            await sleep(100);
          });
          await until(() => !proxy.connections.includes(each) && proxy.connections.length >= before.length);
          await someWrites();
        }
      };

      try {
        await someWrites();
        // Both ends trust the old and the new.
        await serve(old, [old, next]);
        apply(tlsOf(old, [old, next]));
        await reconnect();
        // Half of a key.
        const half = readFileSync(next.clientKey).subarray(0, 200);
        expect(() => apply({ ...tlsOf(next, [next]), key: half })).toThrow();
        await reconnect();
        // Both ends show the new.
        apply(tlsOf(next, [old, next]));
        await serve(next, [old, next]);
        await reconnect();
        // Nobody trusts the old.
        apply(tlsOf(next, [next]));
        await serve(next, [next]);
        await reconnect();

        isStopping = true;
        await writing;
        expect(failure).toBeUndefined();
        for (const traceId of written) expect(await readTrace(storage.reader, traceId)).toHaveLength(5);
        const opening = (tls: ClientTls) => openCassandraStorage({ connection: { ...connection, tls } });
        await expect(opening(tlsOf(old, [next]))).rejects.toMatchObject({ code: "UNAVAILABLE" });
        await expect(opening(tlsOf(next, [old]))).rejects.toMatchObject({ code: "UNAVAILABLE" });
        await storage.close();
        expect(isWatched).toBe(false);
      } finally {
        isStopping = true;
        await storage.close();
        await proxy.close();
        await rm(folder, { recursive: true, force: true });
      }
    }, 180_000);
  });
}

function tlsOf(own: TestCertificates, trusted: readonly TestCertificates[]): ClientTls {
  return {
    ca: Buffer.concat(trusted.map(({ authority }) => readFileSync(authority))),
    cert: readFileSync(own.clientCertificate),
    key: readFileSync(own.clientKey),
  };
}
