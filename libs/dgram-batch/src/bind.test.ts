import { createSocket } from "node:dgram";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bindDgram } from "./bind.ts";
import type { DgramOptions, DgramSocket } from "./dgram-socket.ts";

const open: DgramSocket[] = [];

async function bind(options: Partial<DgramOptions> = {}) {
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

describe("a bound socket", () => {
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
});
