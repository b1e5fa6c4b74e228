/// <reference path="./cassandra-driver-lib.d.ts" />
import writers from "cassandra-driver/lib/writers.js";
import { describe, expect, test } from "vitest";
import { BatchFrame } from "./batch-frame.ts";

const ONE = 1;
const VERSION_4 = { protocolVersion: 4 };

describe("a frame that is sent again", () => {
  test("leaves the bytes of the attempt before as they are, which may still wait in the driver for a slow node", async () => {
    const written: Buffer[] = [];
    const socket = {
      on: () => {},
      write: (bytes: Buffer) => {
        written.push(bytes);
        return false;
      },
    };
    const queue = new writers.WriteQueue(socket, VERSION_4, { socketOptions: { coalescingThreshold: 65_536 } });
    const frame = new BatchFrame(0, 0, ONE);
    await new Promise<void>((resolve) =>
      queue.push({ request: frame, streamId: 1, canBeWritten: () => true }, () => resolve()),
    );
    const first = Buffer.from(written[0] ?? []);
    expect(first.readInt16BE(2)).toBe(1);
    frame.write(VERSION_4, 2);
    expect(written).toEqual([first]);
  });
});
