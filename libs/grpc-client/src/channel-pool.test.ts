import dns from "node:dns";
import { Client, Server, ServerCredentials } from "@grpc/grpc-js";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ChannelPool, type ChannelPoolOptions } from "./channel-pool.ts";

const servers = new Set<Server>();
const pools: ChannelPool[] = [];

afterEach(() => {
  vi.restoreAllMocks();
  for (const pool of pools.splice(0)) pool.close();
  for (const server of servers) server.forceShutdown();
  servers.clear();
});

async function listening(port = 0, host = "127.0.0.1"): Promise<{ readonly server: Server; readonly port: number }> {
  const server = new Server();
  servers.add(server);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, at) =>
      error === null ? resolve(at) : reject(error),
    );
  });
  return { server, port: bound };
}

function poolOf(options: ChannelPoolOptions): { readonly pool: ChannelPool; readonly states: boolean[] } {
  const states: boolean[] = [];
  const pool = new ChannelPool({ ...options, onConnected: (connected) => states.push(connected) });
  pools.push(pool);
  return { pool, states };
}

/** The channel whose turn it is, for no call. */
function turn(pool: ChannelPool): Client {
  const channel = pool.take();
  pool.giveBack(channel);
  return channel;
}

describe("the channels of a client", () => {
  test("are taken in turn, also before any is connected", () => {
    const { pool, states } = poolOf({ targets: ["127.0.0.1:1", "127.0.0.1:2"] });
    const turns = Array.from({ length: 6 }, () => turn(pool));
    expect(new Set(turns).size).toBe(2);
    for (const [i, channel] of turns.entries()) expect(channel).toBe(turns[i % 2]);
    expect(states).toEqual([]);
  });

  test("are left out while one that is connected can be taken", async () => {
    const { port } = await listening();
    const { pool, states } = poolOf({ targets: ["127.0.0.1:1", `:${port}`, "127.0.0.1:2"] });
    await vi.waitFor(() => expect(states).toEqual([true]));
    const turns = Array.from({ length: 6 }, () => turn(pool).getChannel().getTarget());
    expect(new Set(turns)).toEqual(new Set([`dns:localhost:${port}`]));
  });

  test("tell when the first is connected and when the last is lost, and connect again by themselves", async () => {
    const { server, port } = await listening();
    const { states } = poolOf({ targets: [`127.0.0.1:${port}`], firstBackoffMs: 20 });
    await vi.waitFor(() => expect(states).toEqual([true]));
    server.forceShutdown();
    await vi.waitFor(() => expect(states).toEqual([true, false]));
    await listening(port);
    await vi.waitFor(() => expect(states).toEqual([true, false, true]), 5000);
  });

  test("tell nothing more once the pool is closed, and are closed with it", async () => {
    const { server, port } = await listening();
    const { pool, states } = poolOf({ targets: [`127.0.0.1:${port}`, "127.0.0.1:1"] });
    await vi.waitFor(() => expect(states).toEqual([true]));
    const closed = vi.spyOn(Client.prototype, "close");
    pool.close();
    expect(closed).toHaveBeenCalledTimes(2);
    server.forceShutdown();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(states).toEqual([true]);
  });
});

describe.runIf(process.platform === "linux")("a channel whose name comes to stand for other addresses", () => {
  async function moved() {
    const { port } = await listening();
    await listening(port, "127.0.0.2");
    let address = "127.0.0.1";
    vi.spyOn(dns.promises, "lookup").mockImplementation((async () => [
      { address, family: 4 },
    ]) as unknown as typeof dns.promises.lookup);
    const { pool, states } = poolOf({ targets: [`collectors.test:${port}`], resolveEveryMs: 20 });
    await vi.waitFor(() => expect(states).toEqual([true]));
    const closed = vi.spyOn(Client.prototype, "close");
    const move = (to: string) => {
      address = to;
    };
    return { pool, states, closed, move };
  }

  test("is closed at once when no call has it", async () => {
    const { pool, states, closed, move } = await moved();
    const old = turn(pool);
    move("127.0.0.2");
    await vi.waitFor(() => expect(turn(pool)).not.toBe(old));
    expect(closed.mock.instances).toEqual([old]);
    expect(states).toEqual([true]);
  });

  test("is closed when the last of its calls gives it back", async () => {
    const { pool, states, closed, move } = await moved();
    const [old, same] = [pool.take(), pool.take()];
    expect(same).toBe(old);
    move("127.0.0.2");
    await vi.waitFor(() => expect(turn(pool)).not.toBe(old));
    pool.giveBack(old);
    expect(closed).not.toHaveBeenCalled();
    pool.giveBack(old);
    expect(closed.mock.instances).toEqual([old]);
    expect(states).toEqual([true]);
  });

  test("stays while its successor finds nobody; the pool closes both", async () => {
    const { pool, closed, move } = await moved();
    const old = turn(pool);
    move("127.0.0.3");
    const lookups = vi.mocked(dns.promises.lookup);
    const before = lookups.mock.calls.length;
    await vi.waitFor(() => expect(lookups.mock.calls.length).toBeGreaterThan(before + 3));
    expect(turn(pool)).toBe(old);
    expect(closed).not.toHaveBeenCalled();
    pool.close();
    expect(closed).toHaveBeenCalledTimes(2);
  });

  test("stays open until the pool is closed, where a call keeps it", async () => {
    const { pool, closed, move } = await moved();
    const old = pool.take();
    move("127.0.0.2");
    await vi.waitFor(() => expect(turn(pool)).not.toBe(old));
    pool.close();
    expect(closed.mock.instances).toContain(old);
  });
});
