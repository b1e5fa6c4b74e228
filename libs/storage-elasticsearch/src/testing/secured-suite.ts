import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientTls } from "@spoor/client-tls";
import {
  createTestCertificates,
  type SearchServer,
  startElasticsearch,
  startTcpProxy,
  type TestCertificates,
} from "@spoor/services";
import { batchOf, readTrace, SpanGenerator } from "@spoor/storage-testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openElasticsearchStorage } from "../open-elasticsearch-storage.ts";
import type { Credentials, ElasticsearchStorageOptions } from "../options.ts";

/** Passwords, keys, tokens and certificates on a server of its own; to be called within a block of tests. */
export function securedSuite(): void {
  let server: SearchServer;
  let folder: string;
  let tls: Required<Pick<ClientTls, "ca" | "cert" | "key">>;
  const generator = new SpanGenerator(5, { timePrecisionNs: 1000n });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "spoor-secured-"));
    server = await startElasticsearch({ version: "9.5.3", security: true, tls: true, clientCertificates: true });
    const { authority = "", clientCertificate = "", clientKey = "" } = server.certificates ?? {};
    tls = { ca: readFileSync(authority), cert: readFileSync(clientCertificate), key: readFileSync(clientKey) };
  }, 400_000);
  afterAll(async () => {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const open = (credentials: Credentials, more: ElasticsearchStorageOptions = {}) =>
    openElasticsearchStorage({ servers: [server.url], tls, shards: 1, replicas: 0, credentials, ...more });
  const writesAndReads = async (credentials: Credentials) => {
    const storage = await open(credentials);
    const span = generator.span();
    await storage.writer.write(batchOf([span]));
    expect(await readTrace(storage.reader, span.traceId)).toHaveLength(1);
    await storage.close();
  };
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const send = (method: "POST" | "PUT" | "DELETE", path: string, body: unknown, authorization: string) =>
    new Promise<string>((resolve, reject) => {
      const headers = { "content-type": "application/json", authorization };
      const asked = request(server.url + path, { method, ...tls, headers }, (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => resolve(text));
      });
      asked.on("error", reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const post = (path: string, body: unknown, authorization: string) => send("POST", path, body, authorization);
  const basic = (password: string) => `Basic ${Buffer.from(`${server.username}:${password}`).toString("base64")}`;

  it("takes a user and a password, from the settings or a file", async () => {
    await writesAndReads({ username: server.username, password: server.password });
    await writesAndReads({ username: server.username, passwordFile: file("password", `${server.password}\n`) });
  });

  it("takes an API key", async () => {
    const { encoded } = JSON.parse(await post("/_security/api_key", { name: "k" }, basic(server.password))) as {
      encoded: string;
    };
    await writesAndReads({ apiKey: encoded });
    await writesAndReads({ apiKeyFile: file("key", encoded) });
  });

  it("a wrong password names the flags", async () => {
    await expect(open({ username: server.username, password: "wrong" })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/refuses the credentials \(401\): check --es.username and --es.password/),
    });
    await expect(open({})).rejects.toThrow(/refuses the credentials/);
    await expect(open({ tokenFile: file("token", "nonsense") })).rejects.toThrow(/--es.token-file/);
    await expect(open({ username: "u", passwordFile: join(folder, "absent") })).rejects.toThrow(/cannot read .*absent/);
  });

  it("a password that changes in its file is taken up", async () => {
    const passwordFile = file("changing", server.password);
    const storage = await open({ username: server.username, passwordFile });
    await storage.writer.write(batchOf([generator.span()]));
    const changed = "another-password";
    await post(`/_security/user/${server.username}/_password`, { password: changed }, basic(server.password));
    await sleep(20);
    writeFileSync(passwordFile, changed);
    const span = generator.span();
    await storage.writer.write(batchOf([span]));
    expect(await readTrace(storage.reader, span.traceId)).toHaveLength(1);
    await storage.close();
    await post(`/_security/user/${server.username}/_password`, { password: server.password }, basic(changed));
  });

  it("takes a bearer token from a file, and the next one when it changes there", async () => {
    const own = basic(server.password);
    const account = "/_security/service/elastic/fleet-server/credential/token";
    const create = async (name: string) => {
      const answer = JSON.parse(await send("POST", `${account}/${name}`, undefined, own)) as {
        token: { value: string };
      };
      return answer.token.value;
    };
    // The account may write what begins with "traces-", and no more.
    const prefix = { indexPrefix: "traces-spoor", retryTimeoutMs: 100 };
    await (await open({ username: server.username, password: server.password }, prefix)).close();
    const tokenFile = file("changing-token", `${await create("one")}\n`);
    const storage = await open({ tokenFile }, { ...prefix, createTemplates: false, countDependencies: false });
    await storage.writer.write(batchOf([generator.span()]));
    await send("DELETE", `${account}/one`, undefined, own);
    await expect(storage.writer.write(batchOf([generator.span()]))).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/401.*--es.token-file/),
    });
    await sleep(20);
    writeFileSync(tokenFile, await create("two"));
    await storage.writer.write(batchOf([generator.span()]));
    await storage.close();
  });

  it("shows its certificate to a server that wants one, and says so when it has none", async () => {
    const credentials = { username: server.username, password: server.password };
    await writesAndReads(credentials);
    await expect(open(credentials, { tls: { ca: tls.ca } })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/--es.server-urls.*(certificate|alert|closed|socket)/i),
    });
  });

  it("a certificate of an unknown authority is refused, unless that is wanted", async () => {
    const credentials = { username: server.username, password: server.password };
    const { cert, key } = tls;
    await expect(open(credentials, { tls: { cert, key } })).rejects.toThrow(/certificate/);
    const storage = await open(credentials, { tls: { cert, key, skipHostVerify: true } });
    expect(storage.server.version).toBe("9.5.3");
    await storage.close();
  });

  // Comes last: the server keeps the others.
  it("certificates and authorities are replaced on both ends under writes and reads: none fails, and new connections use them", async () => {
    const old = server.certificates;
    if (old === undefined || server.replaceCertificates === undefined) throw new Error("no certificates");
    const next = await createTestCertificates(join(folder, "next"));
    const answers = (own: TestCertificates, trusted: TestCertificates) =>
      new Promise<boolean>((resolve) => {
        const asked = request(server.url, { ...tlsOf(own, [trusted]), agent: false }, (response) => {
          response.resume();
          resolve(true);
        });
        asked.on("error", () => resolve(false));
        asked.end();
      });
    const credentials = { username: server.username, password: server.password };
    const proxy = await startTcpProxy(Number(new URL(server.url).port));
    let apply: (changed: ClientTls) => void = () => expect.unreachable();
    let isWatched = true;
    const storage = await open(credentials, {
      servers: [`https://127.0.0.1:${proxy.port}`],
      tls: tlsOf(old, [old]),
      watchTls(change) {
        apply = change;
        return {
          close() {
            isWatched = false;
          },
        };
      },
    });
    let turns = 0;
    let isStopping = false;
    let failure: unknown;
    const turn = async () => {
      const span = generator.span();
      await storage.writer.write(batchOf([span]));
      expect(await readTrace(storage.reader, span.traceId)).toHaveLength(1);
      turns++;
    };
    const going = (async () => {
      while (!isStopping) await turn();
    })().catch((error: unknown) => {
      failure = error;
    });
    const until = async (condition: () => boolean | Promise<boolean>) => {
      for (const deadlineMs = Date.now() + 30_000; !(await condition()); await sleep(100)) {
        if (failure !== undefined) throw failure;
        if (Date.now() > deadlineMs) throw new Error(`not within 30 s: ${condition}`);
      }
    };
    const reconnect = async () => {
      const before = [...proxy.connections];
      for (const connection of before) connection.cut();
      const enough = turns + 3;
      await until(() => turns >= enough);
      expect(proxy.connections.some((connection) => before.includes(connection))).toBe(false);
    };

    try {
      await until(() => turns > 0);
      apply(tlsOf(old, [old, next]));
      await server.replaceCertificates(old, [old, next]);
      await until(() => answers(next, old));
      expect(() => apply({ ...tlsOf(next, [next]), key: readFileSync(next.clientKey).subarray(0, 200) })).toThrow();
      await reconnect();
      apply(tlsOf(next, [old, next]));
      await server.replaceCertificates(next, [old, next]);
      await until(() => answers(old, next));
      await reconnect();
      apply(tlsOf(next, [next]));
      await server.replaceCertificates(next, [next]);
      await until(async () => !(await answers(old, next)));
      await reconnect();
      isStopping = true;
      await going;
      expect(failure).toBeUndefined();
    } finally {
      isStopping = true;
      await storage.close();
      await proxy.close();
    }
    expect(isWatched).toBe(false);
    await expect(open(credentials, { tls: tlsOf(old, [next]) })).rejects.toMatchObject({ code: "UNAVAILABLE" });
  }, 120_000);
}

function tlsOf(own: TestCertificates, trusted: readonly TestCertificates[]): ClientTls {
  return {
    ca: Buffer.concat(trusted.map(({ authority }) => readFileSync(authority))),
    cert: readFileSync(own.clientCertificate),
    key: readFileSync(own.clientKey),
  };
}
