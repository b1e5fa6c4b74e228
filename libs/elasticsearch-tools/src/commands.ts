import { type FlagDefinition, readClientTls, type Settings } from "@spoor/daemon";
import { type Cluster, openCluster, type TemplateKind, templateBody } from "@spoor/storage-elasticsearch";
import { readArguments } from "./arguments.ts";
import { CLEANER_FLAGS, MAPPINGS_FLAGS, ROLLOVER_FLAGS } from "./flags.ts";
import { cleanIndices } from "./index-cleaner.ts";
import { toolPrefix } from "./indices.ts";
import type { Log } from "./log.ts";
import { initIndices, lookBack, lookbackTime, type RolloverScope, rollOver } from "./rollover.ts";

/** What a tool is given and where it writes. */
export interface ToolContext {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly print: (text: string) => void;
  readonly log: Log;
  readonly nowMs: number;
}

/** `es-index-cleaner NUM_OF_DAYS URL`. Rejects with what v1 prints behind `Error:`. */
export async function runIndexCleaner(context: ToolContext): Promise<void> {
  const { settings, words, help } = readArguments(context.args, context.environment, CLEANER_FLAGS);
  if (help)
    return context.print(usage("jaeger-es-index-cleaner NUM_OF_DAYS http://HOSTNAME:PORT [flags]", CLEANER_FLAGS));
  const [days, url] = words;
  if (days === undefined || url === undefined || words.length !== 2) throw new Error("wrong number of arguments");
  if (!/^[+-]?\d+$/.test(days)) {
    throw new Error(
      `could not parse NUM_OF_DAYS argument: strconv.Atoi: parsing ${JSON.stringify(days)}: invalid syntax`,
    );
  }
  await withCluster(url, settings, (cluster) =>
    cleanIndices(
      cluster,
      {
        days: Number(days),
        prefix: settings.string("index-prefix"),
        dateSeparator: settings.string("index-date-separator"),
        archive: settings.bool("archive"),
        rollover: settings.bool("rollover"),
        timeoutSeconds: settings.int("timeout"),
        nowMs: context.nowMs,
      },
      context.log,
    ),
  );
}

const ROLLOVER_USAGE = [
  "Jaeger es-rollover manages Jaeger indices",
  "",
  "Usage:",
  "  jaeger-es-rollover [command] http://HOSTNAME:PORT [flags]",
  "",
  "Available Commands:",
  "  init        creates indices and aliases",
  "  lookback    removes old indices from read alias",
  "  rollover    rollover to new write index",
  "",
].join("\n");

/** `es-rollover init|rollover|lookback URL`. */
export async function runRollover(context: ToolContext): Promise<void> {
  // The flags that exist hang on the command, which may stand behind some of them.
  const name = context.args.find((arg) => !arg.startsWith("-"));
  if (name === undefined || name === "help") return context.print(ROLLOVER_USAGE);
  if (name !== "init" && name !== "rollover" && name !== "lookback") {
    throw new Error(`unknown command "${name}" for "jaeger-es-rollover"\nRun 'jaeger-es-rollover --help' for usage.`);
  }
  const flags = ROLLOVER_FLAGS[name];
  const { settings, words, help } = readArguments(context.args, context.environment, flags);
  if (help) return context.print(usage(`jaeger-es-rollover ${name} http://HOSTNAME:PORT [flags]`, flags));
  const [, url] = words;
  if (url === undefined || words.length !== 2) throw new Error(`accepts 1 arg(s), received ${words.length - 1}`);
  const scope: RolloverScope = {
    prefix: settings.string("index-prefix"),
    archive: settings.bool("archive"),
    skipDependencies: settings.bool("skip-dependencies"),
    adaptiveSampling: settings.bool("adaptive-sampling"),
    useIlm: settings.bool("es.use-ilm"),
    ilmPolicy: settings.string("es.ilm-policy-name"),
  };
  const conditions = name === "rollover" ? parseConditions(settings.string("conditions")) : {};
  await withCluster(url, settings, (cluster) => {
    if (name === "rollover") return rollOver(cluster, scope, conditions);
    if (name === "lookback") {
      const before = lookbackTime(context.nowMs, settings.string("unit"), settings.int("unit-count"));
      return lookBack(cluster, scope, before, context.log);
    }
    const priority = (kind: TemplateKind) => settings.int(`priority-${kind}-template`);
    return initIndices(cluster, {
      ...scope,
      shards: settings.int("shards"),
      replicas: settings.int("replicas"),
      priorities: {
        span: priority("span"),
        service: priority("service"),
        dependencies: priority("dependencies"),
        sampling: priority("sampling"),
      },
    });
  });
}

const KINDS: Readonly<Record<string, TemplateKind>> = {
  "jaeger-span": "span",
  "jaeger-service": "service",
  "jaeger-dependencies": "dependencies",
  "jaeger-sampling": "sampling",
};
const TRUE: readonly string[] = ["1", "t", "T", "true", "TRUE", "True"];
const FALSE: readonly string[] = ["0", "f", "F", "false", "FALSE", "False"];

/** `es-mappings --mapping jaeger-span`: prints a template. */
export async function runMappings(context: ToolContext): Promise<void> {
  const { settings, help } = readArguments(context.args, context.environment, MAPPINGS_FLAGS);
  if (help) return context.print(usage("elasticsearch-mappings [flags]", MAPPINGS_FLAGS));
  const name = settings.string("mapping");
  if (name === "") throw new Error('required flag(s) "mapping" not set');
  const kind = KINDS[name];
  if (kind === undefined) {
    throw new Error(
      `error generating mappings: invalid mapping type '${name}': please pass either 'jaeger-service' or 'jaeger-span' as the mapping type invalid mapping type: ${name}`,
    );
  }
  const useIlm = settings.string("use-ilm");
  if (!TRUE.includes(useIlm) && !FALSE.includes(useIlm)) {
    throw new Error(
      `error generating mappings: failed to render mapping to string: strconv.ParseBool: parsing "${useIlm}": invalid syntax`,
    );
  }
  const version = settings.int("es-version");
  if (version < 7)
    throw new Error(`error generating mappings: Elasticsearch ${version} is too old: 7 is the oldest that is served`);
  const body = templateBody(kind, {
    prefix: toolPrefix(settings.string("index-prefix").replace(/-$/, "")),
    shards: settings.int("shards"),
    replicas: settings.int("replicas"),
    priority: 0,
    ilmPolicy: TRUE.includes(useIlm) ? settings.string("ilm-policy-name") : undefined,
    composable: version >= 8,
  });
  context.print(`${JSON.stringify(body, undefined, 2)}\n`);
}

async function withCluster(
  url: string,
  settings: Settings,
  work: (cluster: Cluster) => Promise<unknown>,
): Promise<void> {
  const tls = readClientTls(settings, "es");
  const cluster = await openCluster({
    servers: [url],
    credentials: { username: settings.string("es.username"), password: settings.string("es.password") },
    ...(tls === undefined ? {} : { tls }),
    requestTimeoutMs: settings.int("timeout") * 1000,
  });
  try {
    await work(cluster);
  } finally {
    await cluster.close();
  }
}

function parseConditions(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw new Error(`conditions must be an object of JSON, not ${text}`);
}

function usage(line: string, flags: readonly FlagDefinition[]): string {
  const width = Math.max(...flags.map(({ name }) => name.length)) + 2;
  const lines = flags.map((flag) => {
    const value =
      flag.default === "" || flag.default === false || flag.default === 0 ? "" : ` (default ${String(flag.default)})`;
    return `      --${flag.name.padEnd(width)}${flag.description}${value}`;
  });
  return `Usage:\n  ${line}\n\nFlags:\n${lines.join("\n")}\n\nEach flag can be set by an environment variable of its name in upper case, with _ for . and -.\n`;
}
