import { readFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect, type TlsOptions } from "node:tls";
import { answerOf, framed } from "@spoor/grpc-testkit";
import { afterEach, describe, expect, test } from "vitest";
import { startCollectorGrpc, startOtlpGrpc } from "./grpc-receivers.ts";
import { startOtlpHttp } from "./otlp-http.ts";
import type { Receiver } from "./receiver.ts";
import { receiverOptions } from "./testing/receiver-options.ts";
import { startThriftHttp } from "./thrift-http.ts";
import { startZipkinHttp } from "./zipkin-http.ts";

const file = (name: string): string => readFileSync(new URL(`fixtures/tls/${name}.pem`, import.meta.url), "utf8");
const certificate = (name: string): TlsOptions => ({ cert: file(`${name}-cert`), key: file(`${name}-key`) });

const open: Receiver[] = [];
afterEach(async () => {
  for (const receiver of open.splice(0)) await receiver.close();
});

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

describe("TLS", () => {
  const starts = { startCollectorGrpc, startOtlpGrpc, startOtlpHttp, startThriftHttp, startZipkinHttp };
  test.each(Object.entries(starts))(
    "%s serves it, and takes a new certificate without a restart",
    async (name, start) => {
      const receiver = await start({ ...receiverOptions(), tls: certificate("first") });
      open.push(receiver);
      const alpn = name.endsWith("Grpc") ? "h2" : "http/1.1";
      expect(await nameShown(receiver.address.port, alpn)).toBe("first");
      receiver.updateTls?.(certificate("second"));
      expect(await nameShown(receiver.address.port, alpn)).toBe("second");
    },
  );

  test("gRPC works over it", async () => {
    const receiver = await startCollectorGrpc({ ...receiverOptions(), tls: certificate("first") });
    open.push(receiver);
    const session = connectHttp2(`https://127.0.0.1:${receiver.address.port}`, { ca: file("first-cert") });
    const stream = session.request({
      ":method": "POST",
      ":path": "/jaeger.api_v2.CollectorService/PostSpans",
      "content-type": "application/grpc",
    });
    stream.end(framed(Buffer.alloc(0)));
    expect(await answerOf(stream)).toMatchObject({ code: 0 });
    await new Promise<void>((resolve) => session.close(resolve));
  });

  test("without it there is no certificate to change", async () => {
    const receiver = await startOtlpHttp(receiverOptions());
    open.push(receiver);
    expect(receiver.updateTls).toBeUndefined();
  });
});
