import dns from "node:dns";
import net from "node:net";
import {
  Client,
  type Server as GrpcServer,
  Server,
  ServerCredentials,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { afterEach, describe, expect, test, vi } from "vitest";
import { GrpcClient } from "./grpc-client.ts";

const PATH = "/jaeger.api_v2.CollectorService/PostSpans";
const raw = { serialize: (bytes: Buffer) => bytes, deserialize: (bytes: Buffer) => bytes };
const started: GrpcServer[] = [];
const clients: GrpcClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const server of started.splice(0)) server.forceShutdown();
});

/** A real gRPC server that answers each message with its name. */
async function collector(name: string, port = 0, host = "127.0.0.1"): Promise<number> {
  const server = new Server();
  server.addService(
    {
      postSpans: {
        path: PATH,
        requestStream: false,
        responseStream: false,
        requestSerialize: raw.serialize,
        requestDeserialize: raw.deserialize,
        responseSerialize: raw.serialize,
        responseDeserialize: raw.deserialize,
      },
    },
    {
      postSpans: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) =>
        done(null, Buffer.from(`${name}:${call.request.toString("hex")}`)),
    },
  );
  started.push(server);
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
}

function clientOf(targets: readonly string[], onConnected?: (connected: boolean) => void): GrpcClient {
  const client = new GrpcClient({ targets, ...(onConnected === undefined ? {} : { onConnected }) });
  clients.push(client);
  return client;
}

async function ask(client: GrpcClient): Promise<string> {
  return Buffer.from(await client.call(PATH, Uint8Array.of(1, 2))).toString();
}

describe("the connection to collectors", () => {
  test("carries bytes as they are", async () => {
    const port = await collector("one");
    expect(await ask(clientOf([`127.0.0.1:${port}`]))).toBe("one:0102");
    expect(await ask(clientOf([`:${port}`]))).toBe("one:0102");
  });

  test("spreads calls over several collectors, and leaves out one that is away", async () => {
    const [one, two] = [await collector("one"), await collector("two")];
    const connected = new Promise<void>((resolve) => {
      const client = clientOf([`127.0.0.1:${one}`, `127.0.0.1:${two}`, "127.0.0.1:1"], () => resolve());
      void client;
    });
    await connected;
    const client = clients[0] as GrpcClient;
    const answers = new Set<string>();
    for (let i = 0; i < 40 && answers.size < 2; i++) answers.add(await ask(client));
    expect([...answers].sort()).toEqual(["one:0102", "two:0102"]);
  });

  test("rejects with the gRPC status when there is no collector", async () => {
    await expect(ask(clientOf(["127.0.0.1:1"]))).rejects.toMatchObject({ code: 14 });
  });
});

describe("streams", () => {
  const path = "/test.Streams/Call";
  const method = {
    path,
    requestSerialize: raw.serialize,
    requestDeserialize: raw.deserialize,
    responseSerialize: raw.serialize,
    responseDeserialize: raw.deserialize,
  };

  async function serverOf(server: Server): Promise<GrpcClient> {
    started.push(server);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    return clientOf([`127.0.0.1:${port}`]);
  }

  test("of requests are answered once, and carry metadata", async () => {
    const server = new Server();
    server.addService(
      { call: { ...method, requestStream: true, responseStream: false } },
      {
        call(call: ServerReadableStream<Buffer, Buffer>, done: sendUnaryData<Buffer>) {
          let bytes = 0;
          call.on("data", (message: Buffer) => {
            bytes += message.length;
          });
          call.on("end", () => done(null, Buffer.from(`${call.metadata.get("x-tenant")}:${bytes}`)));
        },
      },
    );
    const client = await serverOf(server);
    const requests = Array.from({ length: 500 }, () => Buffer.alloc(1000));
    const reply = await client.send(path, requests, { metadata: { "x-tenant": "acme" } });
    expect(Buffer.from(reply).toString()).toBe("acme:500000");
    const broken = function* () {
      yield Buffer.alloc(1);
      throw new Error("no more");
    };
    await expect(client.send(path, broken())).rejects.toThrow("no more");
  });

  test("of replies come no faster than they are taken, and end when the caller leaves", async () => {
    let sent = 0;
    let cancelled: () => void = () => undefined;
    const left = new Promise<void>((resolve) => {
      cancelled = resolve;
    });
    const server = new Server();
    server.addService(
      { call: { ...method, requestStream: false, responseStream: true } },
      {
        call(call: ServerWritableStream<Buffer, Buffer>) {
          const pump = () => {
            while (sent < 1000 && !call.cancelled) {
              sent++;
              if (!call.write(Buffer.alloc(100_000))) {
                call.once("drain", pump);
                return;
              }
            }
          };
          call.on("cancelled", () => cancelled());
          pump();
        },
      },
    );
    const client = await serverOf(server);
    let taken = 0;
    for await (const reply of client.stream(path, Buffer.alloc(0))) {
      expect(reply.length).toBe(100_000);
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (++taken === 5) break;
    }
    expect(sent).toBeLessThan(500);
    await left;
  });

  test("of replies that stop coming end after the time allowed", async () => {
    const server = new Server();
    server.addService(
      { call: { ...method, requestStream: false, responseStream: true } },
      { call: (call: ServerWritableStream<Buffer, Buffer>) => call.write(Buffer.from("one")) },
    );
    const client = await serverOf(server);
    const taken: string[] = [];
    const take = async () => {
      for await (const reply of client.stream(path, Buffer.alloc(0), { timeoutMs: 1000 })) {
        taken.push(Buffer.from(reply).toString());
      }
    };
    await expect(take()).rejects.toMatchObject({ code: 4 });
    expect(taken).toEqual(["one"]);
  });

  test.runIf(process.platform === "linux").each(["dns:///collectors.test", "collectors.test"])(
    "uses collectors that a name (%s) comes to stand for, though the old ones live on",
    async (target) => {
      let addresses = ["127.0.0.1"];
      vi.spyOn(dns.promises, "lookup").mockImplementation((async () =>
        addresses.map((address) => ({ address, family: 4 }))) as unknown as typeof dns.promises.lookup);
      const port = await collector("old");
      await collector("new", port, "127.0.0.2");
      const states: boolean[] = [];
      const client = new GrpcClient({
        targets: [`${target}:${port}`],
        resolveEveryMs: 20,
        onConnected: (connected) => states.push(connected),
      });
      clients.push(client);
      expect(await ask(client)).toBe("old:0102");
      addresses = ["127.0.0.1", "127.0.0.2"];
      const answers = new Set<string>();
      await vi.waitFor(async () => {
        answers.add(await ask(client));
        expect([...answers].sort()).toEqual(["new:0102", "old:0102"]);
      });
      addresses = ["127.0.0.2"];
      await vi.waitFor(async () => {
        const last = new Set(await Promise.all(Array.from({ length: 10 }, () => ask(client))));
        expect([...last]).toEqual(["new:0102"]);
      });
      expect(states).toEqual([true]);
      vi.restoreAllMocks();
    },
  );

  test.runIf(process.platform === "linux")(
    "keeps a channel that has a successor until its last call is over",
    async () => {
      const port = await collector("one");
      // Connections through here take their time, so that a call waits for one when the successor is connected.
      const closed = vi.spyOn(Client.prototype, "close");
      const slow = net.createServer((socket) => {
        setTimeout(() => socket.pipe(net.connect(port, "127.0.0.1")).pipe(socket), 300);
      });
      await new Promise<void>((resolve) => slow.listen(port, "127.0.0.2", resolve));
      let addresses = ["127.0.0.2"];
      vi.spyOn(dns.promises, "lookup").mockImplementation((async () =>
        addresses.map((address) => ({ address, family: 4 }))) as unknown as typeof dns.promises.lookup);
      const states: boolean[] = [];
      const client = new GrpcClient({
        targets: [`collectors.test:${port}`],
        resolveEveryMs: 20,
        onConnected: (connected) => states.push(connected),
      });
      clients.push(client);
      const asked = ask(client);
      // One that cannot be made is not under way.
      await expect(client.call(PATH, Uint8Array.of(1), { metadata: { token: "\u20ac" } })).rejects.toThrow();
      let isOver = false;
      const over = asked.finally(() => {
        isOver = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
      addresses = ["127.0.0.1"];
      await vi.waitFor(() => expect(states).toEqual([true]));
      expect(isOver).toBe(false);
      expect(closed).not.toHaveBeenCalled();
      expect(await over).toBe("one:0102");
      expect(closed).toHaveBeenCalledTimes(1);
      expect(await ask(client)).toBe("one:0102");
      vi.restoreAllMocks();
      await new Promise((resolve) => slow.close(resolve));
    },
  );
});
