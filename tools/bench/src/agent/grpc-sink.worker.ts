import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { parentPort } from "node:worker_threads";

/** A collector that answers every call at once and reads nothing of it. It tells its port. */
const EMPTY_REPLY = Buffer.alloc(5);
const server = http2.createServer({ settings: { initialWindowSize: 16 * 1024 * 1024 } });
server.on("session", (session) => session.setLocalWindowSize(64 * 1024 * 1024));
server.on("stream", (stream) => {
  stream.on("error", () => undefined);
  stream.on("end", () => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(EMPTY_REPLY);
  });
  stream.resume();
});
server.listen(0, "127.0.0.1", () => parentPort?.postMessage((server.address() as AddressInfo).port));
