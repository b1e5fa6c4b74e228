import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { requireService } from "../require-service.ts";
import { SHARED_START_TIMEOUT_MS, sharedCassandra } from "./shared.ts";

const cassandra = await requireService("cassandra");

describe.skipIf(!cassandra.available)("a shared server", () => {
  test(
    "is one server for everybody who asks, and listens",
    async () => {
      const [first, second] = await Promise.all([sharedCassandra(), sharedCassandra()]);
      expect({ ...second, release: undefined }).toEqual({ ...first, release: undefined });
      first.release();
      const socket = connect(second.port, second.host);
      await new Promise((resolve, reject) => {
        socket.once("connect", resolve);
        socket.once("error", reject);
      });
      socket.destroy();
      second.release();
    },
    SHARED_START_TIMEOUT_MS,
  );
});
