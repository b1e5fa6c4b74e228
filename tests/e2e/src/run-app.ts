import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { builtApp } from "@spoor/test-harness";

export interface Ended {
  readonly code: number | null;
  /** What it wrote to stdout and stderr. */
  readonly output: string;
}

const TIMEOUT_MS = 60_000;

/** Runs a built app until it ends; it is killed after a minute. */
export async function runApp(
  name: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Ended> {
  const child = spawn(process.execPath, [builtApp(name), ...args], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? "", HOME: tmpdir(), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(timer);
  return { code, output };
}
