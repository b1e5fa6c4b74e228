import { readFileSync } from "node:fs";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import { afterEach, expect, test } from "vitest";
import type { ClientTls } from "./client-tls.ts";
import { LiveTls, openLiveTls } from "./live-tls.ts";

/** "first" is of EC, "second" of RSA, each its own authority and good for 127.0.0.1. */
const pem = (name: string): Buffer => readFileSync(new URL(`fixtures/tls/${name}.pem`, import.meta.url));
const pair = (name: string) => ({ cert: pem(`${name}-cert`), key: pem(`${name}-key`) });

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that lets in who has `client`'s certificate, and answers with the name in it. */
function serve(own: string, client: string): Promise<number> {
  const server = createServer({ ...pair(own), ca: pem(`${client}-cert`), requestCert: true, rejectUnauthorized: true });
  server.on("secureConnection", (socket) => socket.end(String(socket.getPeerCertificate().subject.CN)));
  server.on("tlsClientError", () => undefined);
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { readonly port: number }).port));
  });
}

/** As drivers do: what the options hold is copied when a connection is made. */
function ask(port: number, { options }: LiveTls): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: "127.0.0.1", port, ...options });
    let text = "";
    socket.on("data", (data) => {
      text += String(data);
    });
    socket.on("error", reject);
    // A server that refuses a certificate may be heard of only by its silence.
    socket.on("close", () => (text === "" ? reject(new Error("no answer")) : resolve(text)));
  });
}

function watched(tls: ClientTls) {
  let change: (changed: ClientTls) => void = () => expect.unreachable();
  let isClosed = false;
  const live = new LiveTls(tls, (apply) => {
    change = apply;
    return {
      close() {
        isClosed = true;
      },
    };
  });
  return { live, change: (changed: ClientTls) => change(changed), isClosed: () => isClosed };
}

test("a connection that is made after certificates were replaced uses the new ones", async () => {
  const port = await serve("first", "first");
  const { live, change } = watched({ ca: pem("second-cert"), ...pair("second") });
  const { options } = live;
  await expect(ask(port, live)).rejects.toThrow("self-signed certificate");
  change({ ca: pem("first-cert"), ...pair("second") });
  await expect(ask(port, live)).rejects.toThrow();
  change({ ca: pem("first-cert"), ...pair("first") });
  expect(await ask(port, live)).toBe("first");
  expect(live.options).toBe(options);
  live.close();
});

test("certificates that cannot be used change nothing", async () => {
  const port = await serve("second", "first");
  const { live, change } = watched({ ca: pem("second-cert"), ...pair("first") });
  const half = pem("first-key").subarray(0, 60);
  expect(() => change({ ca: pem("second-cert"), cert: pem("first-cert"), key: half })).toThrow();
  expect(await ask(port, live)).toBe("first");
  live.close();
});

test("no more is heard of changes once it is closed", () => {
  const { live, isClosed } = watched({});
  expect(isClosed()).toBe(false);
  live.close();
  expect(isClosed()).toBe(true);
});

test("without TLS there is nothing to watch", () => {
  expect(openLiveTls(undefined, () => expect.unreachable())).toBeUndefined();
});

test("whom not to check, and by which name to check, are as they were", () => {
  expect(new LiveTls({ serverName: "elsewhere", skipHostVerify: true }).options).toMatchObject({
    servername: "elsewhere",
    rejectUnauthorized: false,
  });
  expect(new LiveTls({}).options).toMatchObject({ rejectUnauthorized: true });
  expect(new LiveTls({}).options).not.toHaveProperty("servername");
});
