import { readFileSync } from "node:fs";
import { type PrometheusServer, requireService, startPrometheus } from "@spoor/services";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NOBODY, QUERY, readerOf } from "./testing/reader.ts";

const prometheus = await requireService("prometheus");

describe.skipIf(!prometheus.available)(`a Prometheus that wants certificates ${prometheus.reason}`, () => {
  let server: PrometheusServer;
  const pem = (name: "authority" | "clientCertificate" | "clientKey") =>
    readFileSync(server.certificates?.[name] ?? "");
  beforeAll(async () => {
    server = await startPrometheus({ tls: "mutual" });
  }, 120_000);
  afterAll(() => server?.close());

  test("is asked with those that came into use last", async () => {
    const ca = pem("authority");
    const reader = readerOf(server.url, { tls: { ca } });
    await expect(reader.getCallRates(QUERY, NOBODY)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    reader.updateTls({ ca, cert: pem("clientCertificate"), key: pem("clientKey") });
    expect((await reader.getCallRates(QUERY, NOBODY)).metrics).toEqual([]);
    reader.updateTls({ cert: pem("clientCertificate"), key: pem("clientKey") });
    await expect(reader.getCallRates(QUERY, NOBODY)).rejects.toThrow("--prometheus.server-url");
  });

  test("is not asked without TLS", async () => {
    const reader = readerOf(server.url.replace("https", "http"));
    await expect(reader.getCallRates(QUERY, NOBODY)).rejects.toMatchObject({
      code: "REJECTED",
      message: expect.stringContaining("HTTP request to an HTTPS server"),
    });
  });
});
