import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { builtApp } from "@spoor/test-harness";
import { parse } from "yaml";

/** A flag as a table lists it. */
export interface Flag {
  readonly name: string;
  readonly type: string;
  /** As text, durations in Go's form. */
  readonly default: string;
}

export type FlagTable = ReadonlyMap<string, Flag>;

/** A recorded table: the daemon and the storage it was recorded with. */
export interface Recording {
  readonly file: string;
  readonly app: string;
  readonly environment: Readonly<Record<string, string>>;
}

const DATA = new URL("../data/flags/", import.meta.url);

/** The recorded tables, by the name of their file: `APP.STORAGE.tsv`, or `APP.tsv` where the storage makes no difference. */
export function recordings(): readonly Recording[] {
  return readdirSync(DATA)
    .filter((file) => file.endsWith(".tsv"))
    .map((file) => {
      const [app = "", storage = ""] = file.split(".");
      return { file, app, environment: environmentOf(storage) };
    });
}

function environmentOf(storage: string): Readonly<Record<string, string>> {
  if (storage === "tsv" || storage === "default") return {};
  if (storage === "cassandra+adaptive") return { SPAN_STORAGE_TYPE: "cassandra", SAMPLING_CONFIG_TYPE: "adaptive" };
  if (storage === "es+prometheus") return { SPAN_STORAGE_TYPE: "elasticsearch", METRICS_STORAGE_TYPE: "prometheus" };
  return { SPAN_STORAGE_TYPE: storage };
}

export function recordedFlags(file: string): FlagTable {
  const [, ...lines] = readFileSync(new URL(file, DATA), "utf8").trimEnd().split("\n");
  return new Map(
    lines.map((line) => {
      const [name = "", type = "", value = ""] = line.split("\t");
      return [name, { name, type, default: value }];
    }),
  );
}

/** What the built daemon says of its own flags. */
export async function documentedFlags(app: string, environment: Readonly<Record<string, string>>): Promise<FlagTable> {
  const dir = mkdtempSync(join(tmpdir(), "spoor-flags-"));
  try {
    const args = [builtApp(app), "docs", "--format", "yaml", "--dir", dir];
    await promisify(execFile)(process.execPath, args, { env: { PATH: process.env.PATH, ...environment } });
    const [file = ""] = readdirSync(dir);
    const page = parse(readFileSync(join(dir, file), "utf8")) as {
      readonly options: readonly { readonly name: string; readonly type: string; readonly default_value: string }[];
    };
    return new Map(
      page.options.map(({ name, type, default_value }) => [name, { name, type, default: String(default_value) }]),
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
