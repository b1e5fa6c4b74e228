import { readFileSync } from "node:fs";
import {
  clientTlsFlags,
  DaemonError,
  type FlagDefinition,
  type FlagGroup,
  readWatchedClientTls,
  type Settings,
  type TlsWatchers,
} from "@spoor/daemon";
import type { ElasticsearchStorageOptions, IndexFrequency, TagsAsFields } from "@spoor/storage-elasticsearch";

type Prefix = "es" | "es-archive";
type TextFlag = Extract<FlagDefinition, { readonly type: "string" }>;

const HOUR_MS = 3_600_000;

/** v1's flags (jaegertracing/jaeger `plugin/storage/es/options.go`), and a few of our own. */
export const ELASTICSEARCH_FLAGS: FlagGroup = {
  title: "Elasticsearch and OpenSearch storage (SPAN_STORAGE_TYPE=elasticsearch or opensearch)",
  flags: [
    ...flagsOf("es"),
    {
      name: "es.max-span-age",
      type: "duration",
      default: 72 * HOUR_MS,
      description: "The maximum lookback for spans in Elasticsearch",
    },
    {
      name: "es.count-dependencies",
      type: "bool",
      default: true,
      description: "Count calls between services as spans are stored; false where another job writes them",
    },
    {
      name: "es.use-data-streams",
      type: "bool",
      default: false,
      description: "Keep spans and names of operations in data streams. v1 reads no data streams. Not with use-aliases",
    },
    {
      name: "es.max-start-age",
      type: "duration",
      default: 30 * 24 * HOUR_MS,
      description:
        "Spans that began longer ago go to the index of now, so that wrong clocks make no indices. Zero is no limit",
    },
    {
      name: "es.max-start-ahead",
      type: "duration",
      default: 24 * HOUR_MS,
      description: "Spans that begin later than this from now go to the index of now. Zero is no limit",
    },
    {
      name: "es-archive.enabled",
      type: "bool",
      default: false,
      description: "Enable extra storage for archived traces",
    },
    ...flagsOf("es-archive"),
  ],
};

function flagsOf(prefix: Prefix): readonly FlagDefinition[] {
  const text = (name: string, value: string, description: string, more: Partial<TextFlag> = {}): FlagDefinition => ({
    name: `${prefix}.${name}`,
    type: "string",
    default: value,
    description,
    ...more,
  });
  const bool = (name: string, value: boolean, description: string): FlagDefinition => ({
    name: `${prefix}.${name}`,
    type: "bool",
    default: value,
    description,
  });
  const int = (
    name: string,
    value: number,
    description: string,
    more: { readonly hidden?: true } = {},
  ): FlagDefinition => ({
    name: `${prefix}.${name}`,
    type: "int",
    default: value,
    description,
    ...more,
  });
  const duration = (name: string, value: number, description: string): FlagDefinition => ({
    name: `${prefix}.${name}`,
    type: "duration",
    default: value,
    description,
  });
  const priorities = (["span", "service", "dependencies"] as const).flatMap((kind) => {
    const help = `Priority of jaeger-${kind} index template (Elasticsearch 8 and up only)`;
    // v1's name has a misspelling; the right one is accepted too.
    return [int(`prioirity-${kind}-template`, 0, help), int(`priority-${kind}-template`, 0, help, { hidden: true })];
  });
  return [
    text(
      "server-urls",
      "http://127.0.0.1:9200",
      "The comma-separated list of Elasticsearch servers, must be full url i.e. http://localhost:9200",
    ),
    text("username", "", "The username required by Elasticsearch"),
    text("password", "", "The password required by Elasticsearch", { secret: true }),
    text("password-file", "", "Path to a file containing the password; it is read again when it changes"),
    text("token-file", "", "Path to a file containing a bearer token; it is read again when it changes"),
    text("api-key-file", "", "Path to a file containing an encoded API key; it is read again when it changes"),
    bool("sniffer", false, "Ask the cluster for its other nodes"),
    bool("sniffer-tls-enabled", false, "Accepted; found nodes are spoken to as the servers named are"),
    duration("timeout", 0, "Timeout used for queries. Zero means two minutes"),
    int("num-shards", 5, "The number of shards per index in Elasticsearch"),
    int("num-replicas", 1, "The number of replicas per index in Elasticsearch"),
    ...priorities,
    int("bulk.size", 5_000_000, "The number of bytes that a bulk request can take up before it is sent"),
    int("bulk.workers", 1, "The number of bulk requests that are under way at once"),
    int("bulk.actions", 1000, "The number of documents that can be enqueued before a bulk request is sent"),
    duration("bulk.flush-interval", 200, "The longest time that a document waits before its bulk request is sent"),
    text("index-prefix", "", 'Optional prefix of indices. For example "production" creates "production-jaeger-*"'),
    text(
      "index-date-separator",
      "-",
      'Optional date separator of indices. For example "." creates "jaeger-span-2020.11.20"',
    ),
    text("index-rollover-frequency-spans", "day", "Rotates span indices over the given period: day or hour"),
    text("index-rollover-frequency-services", "day", "Rotates service indices over the given period: day or hour"),
    text(
      "index-rollover-frequency-adaptive-sampling",
      "day",
      "Rotates indices of adaptive sampling over the given period: day or hour",
    ),
    duration("service-cache-ttl", 0, "After how long an operation's name is written again. Zero means 12 hours"),
    bool(
      "tags-as-fields.all",
      false,
      "Store all span and process tags as object fields. If true, tags-as-fields.include and config-file are ignored",
    ),
    text("tags-as-fields.include", "", "Comma delimited list of tag keys which will be stored as object fields"),
    text(
      "tags-as-fields.config-file",
      "",
      "Optional path to a file with tag keys which will be stored as object fields, one key a line",
    ),
    text(
      "tags-as-fields.dot-replacement",
      "@",
      "The character used to replace dots in tag keys stored as object fields",
    ),
    bool("use-aliases", false, "Use read and write aliases for indices. Needs es-rollover, which creates them"),
    bool(
      "use-ilm",
      false,
      "(experimental) Use index lifecycle management with a policy made before. Needs use-aliases",
    ),
    bool(
      "create-index-templates",
      true,
      "Create index templates at application startup. Set to false when templates are installed manually",
    ),
    {
      name: `${prefix}.version`,
      type: "uint",
      default: 0,
      description: "The major Elasticsearch version. If not specified, the server is asked",
    },
    int("max-doc-count", 10_000, "The maximum document count to return from an Elasticsearch query"),
    { ...text("log-level", "error", ""), note: "Accepted, without effect: the daemon's log level applies" },
    { ...text("send-get-body-as", "", ""), note: "Accepted, without effect: requests with a body are never GET" },
    text(
      "remote-read-clusters",
      "",
      "Comma-separated list of Elasticsearch remote cluster names for cross-cluster querying",
    ),
    duration(
      "adaptive-sampling.lookback",
      72 * HOUR_MS,
      "How far back the latest sampling probabilities are looked for",
    ),
    ...clientTlsFlags(prefix),
  ];
}

/**
 * What the flags say; with `es-archive` those of the archive. Throws `INVALID_SETTINGS` for what cannot be. With `watchers`, the connection
 * hears of changed certificates.
 */
export function elasticsearchOptions(
  settings: Settings,
  prefix: Prefix,
  kind: "elasticsearch" | "opensearch",
  watchers?: TlsWatchers,
): ElasticsearchStorageOptions {
  const text = (name: string) => settings.string(`${prefix}.${name}`);
  const int = (name: string) => settings.int(`${prefix}.${name}`);
  const bool = (name: string) => settings.bool(`${prefix}.${name}`);
  const ms = (name: string) => settings.durationMs(`${prefix}.${name}`);
  const frequency = (name: string): IndexFrequency => (text(name) === "hour" ? "hour" : "day");
  const priority = (kindOfIndex: string) =>
    int(`priority-${kindOfIndex}-template`) || int(`prioirity-${kindOfIndex}-template`);
  if (bool("use-ilm") && !bool("use-aliases")) {
    throw new DaemonError(
      "INVALID_SETTINGS",
      `--${prefix}.use-ilm must always be used in conjunction with --${prefix}.use-aliases to ensure ES writers and readers refer to the single index mapping`,
    );
  }
  return {
    kind,
    archive: prefix === "es-archive",
    servers: servers(settings, prefix),
    credentials: {
      username: text("username"),
      password: text("password"),
      passwordFile: text("password-file"),
      tokenFile: text("token-file"),
      apiKeyFile: text("api-key-file"),
    },
    ...readWatchedClientTls(settings, prefix, watchers),
    sniff: bool("sniffer"),
    requestTimeoutMs: ms("timeout"),
    version: int("version"),
    indexPrefix: text("index-prefix"),
    dateSeparator: text("index-date-separator"),
    spanFrequency: frequency("index-rollover-frequency-spans"),
    serviceFrequency: frequency("index-rollover-frequency-services"),
    samplingFrequency: frequency("index-rollover-frequency-adaptive-sampling"),
    samplingLookbackMs: ms("adaptive-sampling.lookback"),
    remoteClusters: settings.list(`${prefix}.remote-read-clusters`),
    useAliases: bool("use-aliases"),
    useIlm: bool("use-ilm"),
    createTemplates: bool("create-index-templates"),
    shards: int("num-shards"),
    replicas: int("num-replicas"),
    spanPriority: priority("span"),
    servicePriority: priority("service"),
    dependenciesPriority: priority("dependencies"),
    ...(prefix === "es"
      ? {
          maxSpanAgeMs: settings.durationMs("es.max-span-age"),
          useDataStreams: settings.bool("es.use-data-streams"),
          maxStartAgeMs: settings.durationMs("es.max-start-age"),
          maxStartAheadMs: settings.durationMs("es.max-start-ahead"),
          ...(settings.bool("es.count-dependencies") ? {} : { countDependencies: false as const }),
        }
      : {}),
    maxDocCount: int("max-doc-count"),
    serviceCacheTtlMs: ms("service-cache-ttl"),
    tagsAsFields: tagsAsFields(settings, prefix),
    bulk: {
      actions: int("bulk.actions") || Number.MAX_SAFE_INTEGER,
      bytes: int("bulk.size") || Number.MAX_SAFE_INTEGER,
      workers: Math.max(1, int("bulk.workers")),
      flushIntervalMs: ms("bulk.flush-interval"),
    },
  };
}

function servers(settings: Settings, prefix: Prefix): readonly string[] {
  const urls = settings.list(`${prefix}.server-urls`);
  const wrong = urls.find((url) => !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol));
  if (urls.length > 0 && wrong === undefined) return urls;
  throw new DaemonError(
    "INVALID_SETTINGS",
    `--${prefix}.server-urls must be a comma list of URLs such as http://127.0.0.1:9200${wrong === undefined ? "" : `, not ${wrong}`}`,
  );
}

function tagsAsFields(settings: Settings, prefix: Prefix): TagsAsFields {
  const flag = `${prefix}.tags-as-fields.config-file`;
  const file = settings.string(flag);
  const include = [...settings.list(`${prefix}.tags-as-fields.include`)];
  if (file !== "") {
    try {
      for (const line of readFileSync(file, "utf8").split("\n")) if (line.trim() !== "") include.push(line.trim());
    } catch (error) {
      throw new DaemonError("INVALID_SETTINGS", `cannot read --${flag} ${file}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
  return {
    all: settings.bool(`${prefix}.tags-as-fields.all`),
    include,
    dotReplacement: settings.string(`${prefix}.tags-as-fields.dot-replacement`),
  };
}
