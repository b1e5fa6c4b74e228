import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * What goes wrong before there is a request, answered as Go's net/http does: the status line repeats the reason and
 * the connection ends.
 */
export function rawRefusal(status: string): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`;
}

const REFUSALS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_INVALID_VERSION: "505 HTTP Version Not Supported: unsupported protocol version",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** For the server's `clientError` event. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(rawRefusal(REFUSALS[error.code ?? ""] ?? "400 Bad Request"));
}

/** Ends a request whose head is wrong in a way that node lets pass and Go does not. */
export function refuseRequest(response: ServerResponse, status: string): void {
  const { socket, req } = response;
  if (!socket || response.headersSent) {
    response.destroy();
    return;
  }
  const refusal = rawRefusal(status);
  // The answer to HEAD has no body, or the client would take it for the next reply.
  socket.end(req.method === "HEAD" ? refusal.slice(0, -status.length) : refusal);
}

/** CONNECT: v1's router redirects it to the cleaned form of its empty path. */
export function answerConnect(server: Server): void {
  server.on("connect", (request, socket) => {
    socket.on("error", () => socket.destroy());
    socket.end(`HTTP/1.1 301 Moved Permanently\r\nLocation: //${request.url ?? ""}/\r\nContent-Length: 0\r\n\r\n`);
  });
}
