import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ServiceError } from "./errors.ts";

const POLL_MS = 200;
const STOP_TIMEOUT_MS = 30_000;
const SETPRIV = "/usr/bin/setpriv";

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Gets what the server prints. */
  readonly logFile: string;
  /** Asked again and again until true; gets what the server printed so far. */
  readonly isReady: (log: string) => boolean | Promise<boolean>;
  readonly timeoutMs?: number;
}

export interface ServerProcess {
  readonly pid: number;
  /** Asks it to end and waits; after half a minute it is killed. */
  stop(): Promise<void>;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
}

/** Starts a server and waits until it is ready. It ends with the process that started it, however that one ends. */
export async function startProcess(options: ProcessOptions): Promise<ServerProcess> {
  const output = openSync(options.logFile, "w");
  // The kernel ends the server when its parent is gone, even if that one was killed.
  const [command, ...leading] = existsSync(SETPRIV)
    ? [SETPRIV, "--pdeathsig", "KILL", options.command]
    : [options.command];
  const child = spawn(command as string, [...leading, ...options.args], {
    stdio: ["ignore", output, output],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
  });
  closeSync(output);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const onExit = () => child.kill("SIGKILL");
  process.once("exit", onExit);
  void ended.then(() => process.off("exit", onExit));
  try {
    await waitUntilReady(child, options);
  } catch (error) {
    child.kill("SIGKILL");
    await ended;
    throw error;
  }
  return {
    pid: child.pid ?? 0,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function waitUntilReady(child: ChildProcess, options: ProcessOptions): Promise<void> {
  const deadline = Date.now() + (options.timeoutMs ?? 240_000);
  let failure: Error | undefined;
  child.once("error", (error) => {
    failure = error;
  });
  const log = () => readFileSync(options.logFile, "utf8");
  const fail = (what: string) =>
    new ServiceError("START_FAILED", `${options.command} ${what}\n${log().slice(-4000)}`, { cause: failure });
  while (!(await options.isReady(log()))) {
    if (failure !== undefined || child.exitCode !== null || child.signalCode !== null) throw fail("ended at its start");
    if (Date.now() > deadline) throw fail("was not ready in time");
    await sleep(POLL_MS);
  }
}

/** Ports of 127.0.0.1 that nobody listens on just now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            resolve(address !== null && typeof address === "object" ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
