import { get } from "node:http";
import { DaemonError } from "./errors.ts";
import { formatHostPort, localAddress, parseHostPort } from "./host-port.ts";

const TIMEOUT_MS = 1000;
const MAX_BODY_BYTES = 1024 * 1024;

/** The sub-command `status`: the health page of a running daemon; throws `STATUS` when it is not healthy. */
export async function fetchStatus(hostPort: string): Promise<string> {
  const target = localAddress(parseHostPort(hostPort, "the flag --status.http.host-port"));
  const url = `http://${formatHostPort(target)}`;
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new DaemonError("STATUS", reason));
    const request = get(url, { timeout: TIMEOUT_MS, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      });
      response.on("error", (error) => fail(`Get "${url}": ${error.message}`));
      response.on("end", () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString("utf8"));
        else fail(`abnormal value of http status code: ${response.statusCode}`);
      });
    });
    request.on("timeout", () => request.destroy(new Error("context deadline exceeded")));
    request.on("error", (error: NodeJS.ErrnoException) => {
      const address = formatHostPort(target);
      const reason = error.code === "ECONNREFUSED" ? `dial tcp ${address}: connect: connection refused` : error.message;
      fail(`Get "${url}": ${reason}`);
    });
  });
}
