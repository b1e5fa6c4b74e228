import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { startKafka } from "./kafka.ts";
import { requireService } from "./require-service.ts";

const kafka = await requireService("kafka");

function canConnect(address: string): Promise<boolean> {
  const [host = "", port = ""] = address.split(":");
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

describe.skipIf(!kafka.available)("a Kafka server", () => {
  test.each(["3.9.2", "4.4.0"] as const)(
    "of version %s listens after its start, again after a restart, and is gone after its end",
    async (version) => {
      const server = await startKafka({ version });
      const [address = ""] = server.brokers;
      try {
        expect(await canConnect(address)).toBe(true);
        await server.stop();
        expect(await canConnect(address)).toBe(false);
        await server.start();
        expect(await canConnect(address)).toBe(true);
      } finally {
        await server.close();
      }
      expect(await canConnect(address)).toBe(false);
    },
    300_000,
  );
});
