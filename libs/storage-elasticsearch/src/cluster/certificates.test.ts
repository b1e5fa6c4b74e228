import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { type ClientTls, LiveTls } from "@spoor/client-tls";
import { expect, test } from "vitest";
import { AuthorizationHeader } from "./credentials.ts";
import { connectElasticsearch } from "./elasticsearch-connection.ts";
import { connectOpensearch } from "./opensearch-connection.ts";

/** "first" is of EC, "second" of RSA, each its own authority and good for 127.0.0.1. */
const pem = (name: string): Buffer => readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));
const pair = (name: string) => ({ cert: pem(`${name}-cert`), key: pem(`${name}-key`) });

test.each([
  ["Elastic's client", connectElasticsearch],
  ["OpenSearch's client", connectOpensearch],
] as const)("%s uses replaced certificates and authorities for new connections", async (_, connect) => {
  const ca = Buffer.concat([pem("first-cert"), pem("second-cert")]);
  const server = createServer(
    { ...pair("first"), ca, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      response.writeHead(200, { "content-type": "application/json", "x-elastic-product": "Elasticsearch" });
      response.end(JSON.stringify({ client: (request.socket as TLSSocket).getPeerCertificate().subject.CN }));
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  let change: (tls: ClientTls) => void = () => expect.unreachable();
  const tls = new LiveTls({ ca: pem("first-cert"), ...pair("first") }, (apply) => {
    change = apply;
    return { close: () => undefined };
  });
  const connection = await connect({
    servers: [`https://127.0.0.1:${(server.address() as AddressInfo).port}`],
    tls,
    sniff: false,
    requestTimeoutMs: 5000,
    authorization: new AuthorizationHeader({}),
    flagPrefix: "es",
  });
  const ask = async () => (await connection.request({ method: "GET", path: "/x" })).body;
  expect(await ask()).toEqual({ client: "first" });
  server.setSecureContext({ ...pair("second"), ca });
  server.closeAllConnections();
  await expect(ask()).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("self-signed") });
  change({ ca: pem("second-cert"), ...pair("second") });
  expect(await ask()).toEqual({ client: "second" });
  await connection.close();
  server.close();
});
