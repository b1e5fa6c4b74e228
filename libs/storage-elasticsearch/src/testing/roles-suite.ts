import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SearchServer } from "@spoor/services";
import { batchOf, readTrace, SpanGenerator } from "@spoor/storage-testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openElasticsearchStorage } from "../open-elasticsearch-storage.ts";
import type { ElasticsearchStorageOptions } from "../options.ts";

/** How a kind of server makes a user with the rights that the documentation says a collector or a query needs. */
export interface Roles {
  start(): Promise<SearchServer>;
  /** Requests that make the role and a user of its name, or change its password. */
  requests(role: "collector" | "query", password: string): readonly { readonly path: string; readonly body: unknown }[];
}

/** Users who may do no more than they must, on a server of its own; to be called within a block of tests. */
export function rolesSuite(roles: Roles): void {
  let server: SearchServer;
  let folder: string;
  const passwords = { collector: "Quartz-Plumbing-1", query: "Marble-Gardening-2" };
  const generator = new SpanGenerator(6, { timePrecisionNs: 1000n });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "spoor-roles-"));
    server = await roles.start();
    for (const role of ["collector", "query"] as const) await make(role, passwords[role]);
  }, 400_000);
  afterAll(async () => {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const ca = () => readFileSync(server.certificates?.authority ?? "");
  async function make(role: "collector" | "query", password: string) {
    const authorization = `Basic ${Buffer.from(`${server.username}:${server.password}`).toString("base64")}`;
    for (const { path, body } of roles.requests(role, password)) {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const headers = { "content-type": "application/json", authorization };
        const asked = request(server.url + path, { method: "PUT", ca: ca(), headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        asked.on("error", reject);
        asked.end(JSON.stringify(body));
      });
      expect([200, 201], path).toContain(status);
    }
  }
  const open = (role: "collector" | "query", more: ElasticsearchStorageOptions = {}) => {
    const passwordFile = join(folder, role);
    writeFileSync(passwordFile, passwords[role]);
    return openElasticsearchStorage({
      servers: [server.url],
      tls: { ca: ca() },
      shards: 1,
      replicas: 0,
      credentials: { username: role, passwordFile },
      ...more,
    });
  };

  it("the collector's makes templates and writes; the query's reads, and has no part in templates", async () => {
    const collector = await open("collector");
    const spans = generator.trace({ spans: 20 });
    await collector.writer.write(batchOf(spans));
    await collector.close();
    const query = await open("query", { readOnly: true });
    const read = () => readTrace(query.reader, spans[0]?.traceId ?? "");
    await expect.poll(read, { timeout: 20_000 }).toHaveLength(20);
    expect(await query.reader.getServices({ tenant: "" })).not.toEqual([]);
    await query.close();
    await expect(open("query")).rejects.toThrow(/cannot create the template .*not allowed \(403\)/);
  });

  it("what a role does not allow is refused, with the server's reason", async () => {
    const storage = await open("query", { readOnly: true, retryTimeoutMs: 100 });
    await expect(storage.writer.write(batchOf([generator.span()]))).rejects.toThrow(/403|security_exception/);
    await storage.close();
  });

  it("a password that changes in its file is taken up", async () => {
    const storage = await open("collector");
    await storage.writer.write(batchOf([generator.span()]));
    passwords.collector = "Quartz-Carpentry-3";
    await make("collector", passwords.collector);
    writeFileSync(join(folder, "collector"), passwords.collector);
    await storage.writer.write(batchOf([generator.span()]));
    await storage.close();
  });
}
