import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { freePorts, PORT_VARIABLES, type PortName, type Ports } from "./ports.ts";

export interface DaemonOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Ports to use again, such as after a kill. Default: free ones. */
  readonly ports?: Ports;
  /** Command in front of node, such as `["taskset", "-c", "0"]`. */
  readonly prefix?: readonly string[];
  readonly nodeArgs?: readonly string[];
  /** An executable to run in place of the built app, such as another project's build of the same daemon. */
  readonly executable?: string;
  /** How long it may take until the admin port says it is ready. */
  readonly readyTimeoutMs?: number;
}

/** A daemon of `dist/apps`, running as its own process. */
export interface Daemon {
  readonly ports: Ports;
  readonly pid: number;
  /** An HTTP address on one of its ports. */
  url(port: PortName, path?: string): string;
  /** What it wrote to stdout and stderr so far; the last 256 KiB. */
  output(): string;
  /** SIGTERM; resolves to the exit code, `null` when it had to be killed after 20 s. */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const DIST = fileURLToPath(new URL("../../../dist/apps", import.meta.url));
const OUTPUT_LIMIT = 256 * 1024;
const STOP_TIMEOUT_MS = 20_000;

/** The built file of an app. Rejects with what to do when it is not there. */
export function builtApp(name: string): string {
  const file = `${DIST}/${name}/main.js`;
  if (!existsSync(file)) throw new Error(`${file} is missing: run npm run build`);
  return file;
}

/** Starts a daemon and waits until it is ready. It is killed when the test process ends. */
export async function startDaemon(app: string, options: DaemonOptions = {}): Promise<Daemon> {
  const ports = options.ports ?? (await freePorts());
  const command = [
    ...(options.prefix ?? []),
    ...(options.executable === undefined
      ? [process.execPath, ...(options.nodeArgs ?? []), builtApp(app)]
      : [options.executable]),
    ...(options.args ?? []),
  ];
  const portEnv = Object.fromEntries(
    (Object.keys(PORT_VARIABLES) as PortName[]).map((name) => [PORT_VARIABLES[name], `:${ports[name]}`]),
  );
  const child = spawn(command[0] as string, command.slice(1), {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? "", HOME: tmpdir(), ...portEnv, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = collectOutput(child);
  const exited = once(child, "exit") as Promise<[number | null]>;
  const killChild = () => child.kill("SIGKILL");
  process.once("exit", killChild);
  exited.then(() => process.off("exit", killChild));

  const daemon: Daemon = {
    ports,
    pid: child.pid ?? -1,
    url: (port, path = "/") => `http://127.0.0.1:${ports[port]}${path}`,
    output,
    async stop() {
      if (child.exitCode !== null) return child.exitCode;
      child.kill("SIGTERM");
      const timer = setTimeout(killChild, STOP_TIMEOUT_MS);
      const [code] = await exited;
      clearTimeout(timer);
      return code;
    },
    async kill() {
      killChild();
      await exited;
    },
  };
  await waitReady(daemon, child, options.readyTimeoutMs ?? 30_000);
  return daemon;
}

function collectOutput(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text = (text + chunk).slice(-OUTPUT_LIMIT);
    });
  return () => text;
}

async function waitReady(daemon: Daemon, child: ChildProcess, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(`exited with ${child.exitCode} before it was ready:\n${daemon.output()}`);
    const ok = await fetch(daemon.url("admin")).then(
      async (reply) => {
        await reply.body?.cancel();
        return reply.ok;
      },
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await daemon.kill();
  throw new Error(`not ready after ${timeoutMs} ms:\n${daemon.output()}`);
}
