import { readFileSync } from "node:fs";
import { connect, type TlsOptions } from "node:tls";
import { createQueryService } from "@spoor/query-service";
import { openMemoryStorage } from "@spoor/storage-memory";
import { createTenancy } from "@spoor/tenancy";
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { createQueryGrpc, createQueryHttp, type QueryServer } from "./index.ts";

const file = (name: string): string => readFileSync(new URL(`fixtures/tls/${name}.pem`, import.meta.url), "utf8");
const certificate = (name: string): TlsOptions => ({ cert: file(`${name}-cert`), key: file(`${name}-key`) });

let server: QueryServer | undefined;
afterEach(() => server?.close());

/** The common name a new connection is shown. */
function nameShown(port: number, alpn: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: [alpn] }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

test.each([
  ["HTTP", createQueryHttp, "http/1.1"],
  ["gRPC", createQueryGrpc, "h2"],
] as const)("%s serves TLS, and takes a new certificate without a restart", async (_name, create, alpn) => {
  const storage = await openMemoryStorage();
  server = create({
    listen: { host: "127.0.0.1", port: 0 },
    service: createQueryService({ storage }),
    tenancy: createTenancy({ enabled: false }),
    logger: pino({ level: "silent" }),
    tls: certificate("first"),
  });
  const { port } = await server.start();
  expect(await nameShown(port, alpn)).toBe("first");
  server.updateTls(certificate("second"));
  expect(await nameShown(port, alpn)).toBe("second");
});
