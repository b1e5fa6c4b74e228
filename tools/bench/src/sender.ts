import http from "node:http";
import http2 from "node:http2";

/** Sends one request body and resolves when the server has acknowledged it; rejects with the server's words when it refused. */
export interface Sender {
  send(body: Buffer): Promise<void>;
  close(): void;
}

/** gRPC unary calls over one connection. The body already has its 5-byte prefix. */
export function grpcSender(port: number, path: string): Sender {
  const session = http2.connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 4 << 20 } });
  session.setMaxListeners(0);
  const headers = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
  return {
    send: (body) =>
      new Promise((resolve, reject) => {
        const stream = session.request(headers);
        let status: unknown;
        let message: unknown;
        const take = (received: http2.IncomingHttpHeaders) => {
          status = received["grpc-status"] ?? status;
          message = received["grpc-message"] ?? message;
        };
        stream.on("response", take).on("trailers", take).on("error", reject);
        stream.on("close", () =>
          String(status) === "0" ? resolve() : reject(new Error(`grpc ${status}: ${message}`)),
        );
        stream.resume();
        stream.end(body);
      }),
    close: () => session.close(),
  };
}

/** HTTP POST over kept-alive connections, one for each request in flight. */
export function httpSender(port: number, path: string, contentType: string): Sender {
  const agent = new http.Agent({ keepAlive: true });
  const headers = { "content-type": contentType };
  return {
    send: (body) =>
      new Promise((resolve, reject) => {
        const request = http.request({ host: "127.0.0.1", port, path, method: "POST", headers, agent }, (reply) => {
          const ok = (reply.statusCode ?? 500) < 300;
          reply.resume();
          reply.on("end", () => (ok ? resolve() : reject(new Error(`HTTP ${reply.statusCode}`))));
        });
        request.on("error", reject);
        request.setHeader("content-length", body.length);
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
}
