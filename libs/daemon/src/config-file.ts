import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { DaemonError } from "./errors.ts";

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_DEPTH = 64;

/** Texts per flag name (lower case), as a config file gives them. */
export type ConfigValues = ReadonlyMap<string, readonly string[]>;

/** Reads `--config-file`: YAML, JSON, TOML or Java properties by its extension; nested keys are joined with dots. */
export async function readConfigFile(path: string): Promise<ConfigValues> {
  const fail = (reason: string, cause?: unknown) =>
    new DaemonError("CONFIG_FILE", `cannot load config file: cannot load config file ${path}: ${reason}`, { cause });
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw fail(code === "ENOENT" ? `open ${path}: no such file or directory` : String((error as Error).message), error);
  }
  if (text.length > MAX_BYTES) throw fail(`larger than ${MAX_BYTES} bytes`);
  let tree: unknown;
  try {
    tree = await parseByExtension(extname(path).toLowerCase(), text);
  } catch (error) {
    throw fail((error as Error).message, error);
  }
  if (tree === null || tree === undefined) return new Map();
  if (typeof tree !== "object" || Array.isArray(tree)) throw fail("its top level has to be a map of settings");
  const values = new Map<string, readonly string[]>();
  try {
    flatten(tree as Record<string, unknown>, "", values, 0);
  } catch (error) {
    throw fail((error as Error).message, error);
  }
  return values;
}

/** Parsers are loaded where there is a file for them. */
async function parseByExtension(extension: string, text: string): Promise<unknown> {
  switch (extension) {
    case ".yaml":
    case ".yml": {
      const { parse } = await import("yaml");
      return parse(text, { maxAliasCount: 100 });
    }
    case ".json":
      return JSON.parse(text);
    case ".toml": {
      const { parse } = await import("smol-toml");
      return parse(text);
    }
    case ".properties":
    case ".props":
    case ".prop":
      return parseProperties(text);
    default:
      throw new Error(`Unsupported Config Type "${extension.slice(1)}": use yaml, json, toml or properties`);
  }
}

/** `key=value`, `key: value` or `key value`; `#` and `!` start comments; a backslash at the end continues the line. */
function parseProperties(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of text.replace(/\\\r?\n\s*/g, "").split(/\r?\n/)) {
    const match = /^\s*([^#!\s=:][^\s=:]*)\s*[=:\s]\s*(.*?)\s*$/.exec(line);
    if (match !== null) values[match[1] as string] = match[2] as string;
  }
  return values;
}

function flatten(node: Record<string, unknown>, prefix: string, into: Map<string, readonly string[]>, depth: number) {
  if (depth > MAX_DEPTH) throw new Error(`nested deeper than ${MAX_DEPTH}`);
  for (const [key, value] of Object.entries(node)) {
    const name = `${prefix}${key}`.toLowerCase();
    if (Array.isArray(value)) into.set(name, value.map(textOf));
    else if (value !== null && typeof value === "object" && !(value instanceof Date)) {
      flatten(value as Record<string, unknown>, `${name}.`, into, depth + 1);
    } else if (value !== null && value !== undefined) into.set(name, [textOf(value)]);
  }
}

function textOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}
