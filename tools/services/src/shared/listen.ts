import { type ChildProcess, fork } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { SHARED_ADDRESS_VARIABLE } from "./protocol.ts";

/**
 * Listens for requests of a run's workers, which find the address in their environment, and passes them to the process that owns the
 * servers; that one runs `hostProgram` from the first request on. The function it gives ends all of them.
 */
export async function listenForRequests(hostProgram: string): Promise<() => Promise<void>> {
  let host: { readonly child: ChildProcess; readonly ended: Promise<void> } | undefined;
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    host ??= startHost(hostProgram);
    host.child.send("connection", socket, () => undefined);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  process.env[SHARED_ADDRESS_VARIABLE] = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return async () => {
    delete process.env[SHARED_ADDRESS_VARIABLE];
    server.close();
    if (host?.child.connected) host.child.disconnect();
    await host?.ended;
  };
}

function startHost(program: string) {
  const child = fork(program, { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  return { child, ended };
}
