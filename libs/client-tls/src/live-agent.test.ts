import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, get, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, expect, test } from "vitest";
import type { ClientTls } from "./client-tls.ts";
import { LiveAgent } from "./live-agent.ts";
import { LiveTls } from "./live-tls.ts";

/** "first" is of EC, "second" of RSA, each its own authority and good for 127.0.0.1. */
const pem = (name: string): Buffer => readFileSync(new URL(`fixtures/tls/${name}.pem`, import.meta.url));
const pair = (name: string) => ({ cert: pem(`${name}-cert`), key: pem(`${name}-key`) });
const both = Buffer.concat([pem("first-cert"), pem("second-cert")]);

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

interface Answer {
  /** The client that the server saw, and the server that the client saw. */
  readonly client: string;
  readonly server: string;
  readonly isReused: boolean;
}

async function ask(port: number, agent: LiveAgent): Promise<Answer> {
  const request = get({ host: "127.0.0.1", port, agent });
  const [response] = await once(request, "response");
  const seen = (response.socket as TLSSocket).getPeerCertificate().subject.CN;
  let client = "";
  for await (const chunk of response) client += String(chunk);
  return { client, server: String(seen), isReused: request.reusedSocket };
}

test("requests go on over the connection there is, and a new one uses what came last, on both ends", async () => {
  server = createServer(
    { ...pair("first"), ca: both, requestCert: true, rejectUnauthorized: true },
    (request, response) => response.end((request.socket as TLSSocket).getPeerCertificate().subject.CN),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  let change: (tls: ClientTls) => void = () => expect.unreachable();
  const tls = new LiveTls({ ca: pem("first-cert"), ...pair("first") }, (apply) => {
    change = apply;
    return { close: () => undefined };
  });
  const agent = new LiveAgent(tls, { keepAlive: true, maxSockets: 1 });
  expect(await ask(port, agent)).toEqual({ client: "first", server: "first", isReused: false });
  change({ ca: both, ...pair("second") });
  expect(await ask(port, agent)).toEqual({ client: "first", server: "first", isReused: true });
  server.closeAllConnections();
  await expect.poll(() => Object.keys(agent.freeSockets)).toEqual([]);
  // The session of before would be taken up by a server that knows it still.
  expect(await ask(port, agent)).toEqual({ client: "second", server: "first", isReused: false });
  server.setSecureContext({ ...pair("second"), ca: both });
  server.closeAllConnections();
  await expect.poll(() => Object.keys(agent.freeSockets)).toEqual([]);
  change({ ca: pem("first-cert"), ...pair("second") });
  await expect(ask(port, agent)).rejects.toThrow("self-signed certificate");
  change({ ca: pem("second-cert"), ...pair("second") });
  expect(await ask(port, agent)).toEqual({ client: "second", server: "second", isReused: false });
  agent.destroy();
  tls.close();
});
