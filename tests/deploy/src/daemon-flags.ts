import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { DAEMONS, ROOT } from "./repository.ts";

const run = promisify(execFile);

/** For tests that ask: each answer is a start of a daemon from source, on a machine that may have others to do. */
export const ASK_TIMEOUT_MS = 120_000;

export interface DaemonFlags {
  /** Names of the environment variables that set them. */
  readonly variables: ReadonlySet<string>;
  /** Ports listened on unless told otherwise, each as `6831/udp` or `14250`, sorted. */
  readonly ports: readonly string[];
  /** The port of `--admin.http.host-port`. */
  readonly adminPort: number;
}

interface Documentation {
  readonly options: readonly { readonly name: string; readonly default_value: string }[];
}

const memo = new Map<string, Promise<DaemonFlags>>();

/** What a daemon says of its flags over these stores (`SPAN_STORAGE_TYPE`; "" for its default). */
export function daemonFlags(daemon: string, storage = ""): Promise<DaemonFlags> {
  const key = `${daemon} ${storage}`;
  const known = memo.get(key);
  if (known !== undefined) return known;
  const asked = ask(daemon, storage);
  memo.set(key, asked);
  return asked;
}

async function ask(daemon: string, storage: string): Promise<DaemonFlags> {
  const dir = await mkdtemp(join(tmpdir(), "spoor-deploy-"));
  try {
    await run(process.execPath, [`apps/${daemon}/src/main.ts`, "docs", "--format=yaml", `--dir=${dir}`], {
      cwd: ROOT,
      env: { PATH: process.env.PATH ?? "", SPAN_STORAGE_TYPE: storage },
    });
    const text = await readFile(join(dir, `${DAEMONS[daemon]}.yaml`), "utf8");
    const { options } = parse(text) as Documentation;
    const listeners = options.flatMap(({ name, default_value }) => {
      const port = /^:(\d+)$/.exec(default_value)?.[1];
      return port === undefined ? [] : [{ name, port }];
    });
    return {
      variables: new Set(options.map(({ name }) => name.toUpperCase().replaceAll(/[.-]/g, "_"))),
      ports: listeners.map(({ name, port }) => (name.startsWith("processor.") ? `${port}/udp` : port)).sort(),
      adminPort: Number(listeners.find(({ name }) => name === "admin.http.host-port")?.port),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
