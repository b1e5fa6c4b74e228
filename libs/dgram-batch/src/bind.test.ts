import { createSocket } from "node:dgram";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { buildNative } from "../native/build.ts";
import { bindDgram } from "./bind.ts";
import type { DgramOptions, DgramSender, DgramSocket } from "./dgram-socket.ts";
import { loadNative, type NativeHandle } from "./native-addon.ts";

const open: DgramSocket[] = [];
const missing = buildNative(fileURLToPath(new URL("../build/recvmmsg.node", import.meta.url)));
const READERS = missing === undefined ? (["node", "native"] as const) : (["node"] as const);

async function bindWith(options: Partial<DgramOptions> = {}) {
  const texts: string[] = [];
  const socket = await bindDgram({
    host: "127.0.0.1",
    port: 0,
    onPackets: (packets) => {
      for (const packet of packets) texts.push(Buffer.from(packet).toString());
    },
    ...options,
  });
  open.push(socket);
  return { socket, texts };
}

function send(port: number, ...texts: string[]): Promise<void> {
  const client = createSocket("udp4");
  return Promise.all(
    texts.map(
      (text) =>
        new Promise<void>((resolve, reject) => {
          client.send(text, port, "127.0.0.1", (error) => (error === null ? resolve() : reject(error)));
        }),
    ),
  ).then(() => {
    client.close();
  });
}

afterEach(async () => {
  for (const socket of open.splice(0)) await socket.close();
});

describe.each(READERS)("a bound socket read by %s", (reader) => {
  const bind = (options: Partial<DgramOptions> = {}) => bindWith({ reader, ...options });

  test("hands over datagrams whole and counts them", async () => {
    const { socket, texts } = await bind();
    await send(socket.address.port, "one", "two");
    await vi.waitFor(() => expect([...texts].sort()).toEqual(["one", "two"]));
    expect(socket.stats()).toMatchObject({
      receivedPackets: 2,
      receivedBytes: 6,
      lastPacketBytes: 3,
      droppedByQueue: 0,
    });
  });

  test("hands datagrams over together that come shortly after each other, and what waits when it is closed", async () => {
    const batches: string[][] = [];
    const { socket } = await bind({
      gatherMs: 60_000,
      onPackets: (packets, senderOf) => {
        expect(new Set(packets.map((_, i) => senderOf(i).address)).size).toBe(1);
        batches.push(packets.map((packet) => Buffer.from(packet).toString()));
      },
    });
    const texts = Array.from({ length: 20 }, (_, i) => `datagram ${i}`);
    for (const [i, text] of texts.entries()) {
      await send(socket.address.port, text);
      await vi.waitFor(() => expect(socket.stats().receivedPackets).toBe(i + 1));
    }
    expect(batches).toEqual([texts.slice(0, 16)]);
    await socket.close();
    expect(batches).toEqual([texts.slice(0, 16), texts.slice(16)]);
  });

  test("drops datagrams beyond the limit and counts them as truncated", async () => {
    const { socket, texts } = await bind({ maxPacketBytes: 4 });
    await send(socket.address.port, "12345", "1234");
    await vi.waitFor(() => expect(socket.stats().receivedPackets).toBe(2));
    await vi.waitFor(() => expect(texts).toEqual(["1234"]));
    expect(socket.stats().truncated).toBe(1);
  });

  test("drops what the queue cannot hold while the consumer is busy", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { socket } = await bind({ maxQueuedPackets: 1, onPackets: () => held });
    await send(socket.address.port, "a");
    await vi.waitFor(() => expect(socket.stats()).toMatchObject({ receivedPackets: 1, queuedPackets: 0 }));
    await send(socket.address.port, "b", "c", "d");
    await vi.waitFor(() => expect(socket.stats()).toMatchObject({ receivedPackets: 4, droppedByQueue: 2 }));
    release();
  });

  test.runIf(process.platform === "linux")("knows how many datagrams the kernel dropped", async () => {
    const { socket, texts } = await bind({ receiveBufferBytes: 2048 });
    expect(await socket.kernelDrops()).toBe(0);
    // A buffer for two or so of them; nobody reads while this turn of the loop lasts, as sends complete without a wait.
    const client = createSocket("udp4");
    await new Promise<void>((resolve) => client.connect(socket.address.port, "127.0.0.1", resolve));
    for (let i = 0; i < 50; i++) client.send("x".repeat(1000));
    await vi.waitFor(async () => expect(texts.length + ((await socket.kernelDrops()) ?? 0)).toBe(50));
    client.close();
    const dropped = await socket.kernelDrops();
    expect(dropped).toBeGreaterThan(0);
    await socket.close();
    expect(await socket.kernelDrops()).toBe(dropped);
  });

  test("listens on both IP versions when no host is given", async () => {
    const { socket, texts } = await bind({ host: "" });
    await send(socket.address.port, "v4");
    await vi.waitFor(() => expect(texts).toEqual(["v4"]));
  });

  test("a taken port is an error, unless both share it", async () => {
    const { socket } = await bind();
    await expect(bind({ port: socket.address.port })).rejects.toMatchObject({ code: "BIND_FAILED" });
  });

  test.runIf(process.platform === "linux")("of sockets that share a port the last one gets the datagrams", async () => {
    const first = await bind({ host: "", reuseAddress: true });
    const { port } = first.socket.address;
    const second = await bind({ host: "", port, reuseAddress: true });
    await send(port, "to the second");
    await vi.waitFor(() => expect(second.texts).toEqual(["to the second"]));
    await second.socket.close();
    await send(port, "to the first");
    await vi.waitFor(() => expect(first.texts).toEqual(["to the first"]));
  });

  test("knows who sent a datagram", async () => {
    const senders: DgramSender[] = [];
    const remember: DgramOptions["onPackets"] = (packets, senderOf) => {
      for (const index of packets.keys()) senders.push(senderOf(index));
    };
    const both = await bind({ host: "", onPackets: remember });
    const onlyV4 = await bind({ onPackets: remember });
    const client = createSocket("udp4").bind(0, "127.0.0.1");
    await once(client, "listening");
    const { port } = client.address();
    for (const { socket } of [both, onlyV4]) {
      const before = senders.length;
      client.send("x", socket.address.port, "127.0.0.1");
      await vi.waitFor(() => expect(senders.length).toBe(before + 1));
    }
    client.close();
    expect(senders).toMatchObject([
      { address: "::ffff:127.0.0.1", port },
      { address: "127.0.0.1", port },
    ]);
  });

  test("keeps what waits for a busy consumer as it was", async () => {
    let release = (): void => {};
    const texts: string[] = [];
    const { socket } = await bind({
      onPackets: (packets) => {
        for (const packet of packets) texts.push(Buffer.from(packet).toString());
        return new Promise((resolve) => {
          release = resolve;
        });
      },
    });
    await send(socket.address.port, "first");
    await vi.waitFor(() => expect(texts).toEqual(["first"]));
    for (const text of ["second", "third", "fourth"]) {
      const { receivedPackets } = socket.stats();
      await send(socket.address.port, text);
      await vi.waitFor(() => expect(socket.stats().receivedPackets).toBe(receivedPackets + 1));
    }
    release();
    await vi.waitFor(() => expect(texts).toEqual(["first", "second", "third", "fourth"]));
    release();
  });

  test("takes datagrams of any length, empty ones too", async () => {
    const { socket, texts } = await bind({ maxPacketBytes: 65_507 });
    const lengths = [0, 1, 1_500, 65_000, 65_507];
    for (const length of lengths) await send(socket.address.port, "x".repeat(length));
    await vi.waitFor(() => expect(texts.map((text) => text.length)).toEqual(lengths));
  });

  test("survives being closed by its own consumer, twice, and under load", async () => {
    for (let round = 0; round < 20; round++) {
      const { socket } = await bind({ onPackets: () => void socket.close() });
      await send(socket.address.port, "a", "b", "c");
      await vi.waitFor(() => expect(socket.stats().receivedPackets).toBeGreaterThan(0));
      await socket.close();
      await expect(send(socket.address.port, "d")).resolves.toBeUndefined();
      expect(socket.stats().queuedPackets).toBe(0);
    }
  });
});

describe("the addon", () => {
  test.runIf(missing === undefined)("refuses arguments that do not fit each other", () => {
    const addon = loadNative();
    if (addon === undefined) throw new Error("built, but not to be loaded");
    const callback = () => undefined;
    const meta = new Uint32Array(61);
    const attempt = (slab: Uint8Array, words: Uint32Array, slotBytes: number, host = "127.0.0.1") =>
      addon.open(false, host, 0, false, 0, slab, words, slotBytes, callback);
    expect(() => attempt(new Uint8Array(10), meta, 0)).toThrow(TypeError);
    expect(() => attempt(new Uint8Array(10), meta, 11)).toThrow(RangeError);
    expect(() => attempt(new Uint8Array(1000), new Uint32Array(5), 100)).toThrow(RangeError);
    expect(() => attempt(new Uint8Array(1 << 20), new Uint32Array(1 << 20), 1)).toThrow(RangeError);
    expect(() => attempt(new Uint8Array(100), meta, 100, "x".repeat(500))).toThrow("inet_pton");
    expect(() => addon.close({} as NativeHandle)).toThrow(TypeError);
  });

  test.runIf(missing === undefined)("ends with the thread that opened a socket, closed or not", async () => {
    const source = `
      const addon = require(${JSON.stringify(fileURLToPath(new URL("../build/recvmmsg.node", import.meta.url)))});
      const open = () => addon.open(false, "127.0.0.1", 0, false, 0, new Uint8Array(6400), new Uint32Array(61), 640, () => {});
      addon.close(open());
      globalThis.kept = open();
      process.exit(0);`;
    for (let i = 0; i < 5; i++) {
      const [code] = await once(new Worker(source, { eval: true }), "exit");
      expect(code).toBe(0);
    }
  });
});
