/** What the server tells the page in the data block `#server-config` of index.html. */
export interface ServerConfig {
  readonly ui: UiConfig;
  readonly version: { readonly gitVersion: string; readonly gitCommit: string; readonly buildDate: string };
  readonly archiveStorage: boolean;
}

/** The keys of v1's UI configuration that this page honours. Others are accepted and ignored. */
export interface UiConfig {
  readonly archiveEnabled: boolean;
  readonly criticalPathEnabled: boolean;
  readonly dependenciesMenuEnabled: boolean;
  readonly dagMaxServices: number;
  readonly maxLimit: number;
  readonly maxLookback: string;
}

const DEFAULT_UI: UiConfig = {
  archiveEnabled: true,
  criticalPathEnabled: true,
  dependenciesMenuEnabled: true,
  dagMaxServices: 100,
  maxLimit: 1500,
  maxLookback: "2d",
};

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const object = (value: unknown): Json => (isObject(value) ? value : {});
const flag = (value: unknown, fallback: boolean): boolean => (typeof value === "boolean" ? value : fallback);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const positive = (value: unknown, fallback: number): number =>
  typeof value === "number" && value > 0 ? value : fallback;

/**
 * Reads the data block. Each line is `NAME = JSON;`; a line that the server left alone (`NAME = DEFAULT_…;`) and one that
 * is not JSON both give the defaults. JSON that spans lines is read too: a statement ends at `;` before a line's end.
 */
export function parseServerConfig(block: string): ServerConfig {
  const values = new Map<string, unknown>();
  for (const match of block.matchAll(/^[ \t]*(JAEGER_[A-Z_]+) = ([\s\S]*?);[ \t]*$/gm)) {
    const [, name = "", json = ""] = match;
    try {
      values.set(name, JSON.parse(json));
    } catch {
      // Left at DEFAULT_…, or broken: the page works with its defaults.
    }
  }
  const version = object(values.get("JAEGER_VERSION"));
  return {
    ui: readUiConfig(object(values.get("JAEGER_CONFIG"))),
    version: {
      gitVersion: text(version.gitVersion),
      gitCommit: text(version.gitCommit),
      buildDate: text(version.buildDate),
    },
    archiveStorage: object(values.get("JAEGER_STORAGE_CAPABILITIES")).archiveStorage === true,
  };
}

function readUiConfig(json: Json): UiConfig {
  const dependencies = object(json.dependencies);
  const search = object(json.search);
  const lookback = text(object(search.maxLookback).value);
  return {
    archiveEnabled: flag(json.archiveEnabled, DEFAULT_UI.archiveEnabled),
    criticalPathEnabled: flag(json.criticalPathEnabled, DEFAULT_UI.criticalPathEnabled),
    dependenciesMenuEnabled: flag(
      dependencies.menuEnabled ?? json.dependenciesMenuEnabled,
      DEFAULT_UI.dependenciesMenuEnabled,
    ),
    dagMaxServices: positive(dependencies.dagMaxNumServices, DEFAULT_UI.dagMaxServices),
    maxLimit: positive(search.maxLimit, DEFAULT_UI.maxLimit),
    maxLookback: lookback === "" ? DEFAULT_UI.maxLookback : lookback,
  };
}

/**
 * Runs the script that an operator configured on the server. It comes from whoever runs the server, never from spans; a
 * server that sends it sends no policy against inline scripts.
 */
function runOperatorScript(code: string): void {
  if (!/function\s+UIConfig\s*\(/.test(code)) return;
  const script = document.createElement("script");
  script.textContent = code;
  document.head.append(script);
}

/** The configuration of this page; the `UIConfig()` of the operator's script, when there is one, comes before the JSON. */
export function readServerConfig(): ServerConfig {
  const parsed = parseServerConfig(document.getElementById("server-config")?.textContent ?? "");
  runOperatorScript(document.getElementById("server-config-js")?.textContent ?? "");
  const custom: unknown = Reflect.get(globalThis, "UIConfig");
  if (typeof custom !== "function") return parsed;
  return { ...parsed, ui: readUiConfig(object(custom())) };
}
