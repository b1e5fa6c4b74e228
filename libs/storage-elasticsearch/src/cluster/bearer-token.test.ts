import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { inTheNameOf } from "./cluster.ts";
import { AuthorizationHeader } from "./credentials.ts";
import { connectElasticsearch } from "./elasticsearch-connection.ts";
import { connectOpensearch } from "./opensearch-connection.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Answers with the header that says who asks; knows one token. */
async function start(): Promise<string> {
  const server = createServer((request, response) => {
    const { authorization = "none" } = request.headers;
    const isKnown = authorization !== "Bearer wrong";
    response.writeHead(isKnown ? 200 : 401, {
      "content-type": "application/json",
      "x-elastic-product": "Elasticsearch",
    });
    response.end(JSON.stringify({ authorization }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([
  ["Elasticsearch", connectElasticsearch],
  ["OpenSearch", connectOpensearch],
] as const)(
  "a request to %s goes in its reader's name when it has a token, else in the daemon's",
  async (_, connect) => {
    const connection = await connect({
      servers: [await start()],
      tls: undefined,
      sniff: false,
      requestTimeoutMs: 5000,
      authorization: new AuthorizationHeader({ username: "spoor", password: "secret" }),
      flagPrefix: "es",
    });
    closing.push(() => connection.close());
    const cluster = { ...connection, flavour: "elasticsearch", version: "8.0.0", major: 8 } as const;
    const asked = async (token: string | undefined) => {
      const { body } = await inTheNameOf(cluster, token).request({ method: "GET", path: "/x" });
      return (body as { readonly authorization: string }).authorization;
    };
    expect(await asked("abc")).toBe("Bearer abc");
    expect(await asked(undefined)).toBe(`Basic ${Buffer.from("spoor:secret").toString("base64")}`);
    await expect(asked("wrong")).rejects.toMatchObject({ code: "REJECTED" });
  },
);
