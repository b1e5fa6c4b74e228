import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { startCassandra } from "./cassandra.ts";
import { requireService } from "./require-service.ts";

const cassandra = await requireService("cassandra");

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

describe.skipIf(!cassandra.available)("a Cassandra server", () => {
  test("listens after its start and is gone after its end", async () => {
    const server = await startCassandra({ heapMb: 256 });
    try {
      expect(await canConnect(server.port)).toBe(true);
    } finally {
      await server.close();
    }
    expect(await canConnect(server.port)).toBe(false);
  }, 300_000);
});
