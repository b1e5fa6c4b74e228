import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { builtApp, freePorts, PORT_VARIABLES, type PortName } from "@spoor/test-harness";
import { afterEach, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

let npm: ChildProcess | undefined;
// The whole group, for what a failure leaves behind.
afterEach(() => {
  try {
    if (npm?.pid !== undefined) process.kill(-npm.pid, "SIGKILL");
  } catch {
    // Nothing is left.
  }
});

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

async function eventually(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 50));
}

it("a signal to npm start reaches Spoor, and its ports are free afterwards", async () => {
  builtApp("all-in-one");
  const ports = await freePorts();
  const names = Object.keys(PORT_VARIABLES) as PortName[];
  const portVariables = Object.fromEntries(names.map((name) => [PORT_VARIABLES[name], `:${ports[name]}`]));
  // What is built is there already.
  npm = spawn("npm", ["start", "--ignore-scripts", "--silent"], {
    cwd: ROOT,
    env: { ...process.env, ...portVariables, SPAN_STORAGE_TYPE: "memory" },
    stdio: ["ignore", "ignore", "ignore"],
    detached: true,
  });
  const ended = once(npm, "exit");
  await eventually(() => isOpen(ports.queryHttp));
  process.kill(npm.pid as number, "SIGTERM");
  await ended;
  // npm may end before its child does.
  for (const name of ["admin", "queryHttp", "otlpGrpc", "collectorHttp"] as const)
    await eventually(async () => !(await isOpen(ports[name])));
}, 60_000);
