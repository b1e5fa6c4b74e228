import {
  clientTlsFlags,
  DaemonError,
  type FlagDefinition,
  type FlagGroup,
  readWatchedClientTls,
  type Settings,
  type TlsWatchers,
} from "@spoor/daemon";
import {
  type CassandraConnectionOptions,
  type CassandraStorageOptions,
  CONSISTENCIES,
  DEFAULT_KEYSPACE,
  type TagIndexOptions,
} from "@spoor/storage-cassandra";

const PRIMARY = "cassandra";
const ARCHIVE = "cassandra-archive";
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** v1's flags (jaegertracing/jaeger `plugin/storage/cassandra/options.go`), and one of our own. */
export const CASSANDRA_FLAGS: FlagGroup = {
  title: "Cassandra storage (SPAN_STORAGE_TYPE=cassandra)",
  flags: [
    ...connectionFlags(PRIMARY),
    ...indexFlags(PRIMARY),
    {
      name: `${PRIMARY}.span-store-write-cache-ttl`,
      type: "duration",
      default: 12 * HOUR_MS,
      description: "The duration to wait before rewriting an existing service or operation name",
    },
    {
      name: `${PRIMARY}.count-dependencies`,
      type: "bool",
      default: true,
      description:
        "Count calls between services as spans are written. Switch it off where another job, such as Spark's, writes them",
    },
    {
      name: `${ARCHIVE}.enabled`,
      type: "bool",
      default: false,
      description: "Enable extra storage for archived traces",
    },
    ...connectionFlags(ARCHIVE),
    ...indexFlags(ARCHIVE),
    {
      name: `${ARCHIVE}.span-store-write-cache-ttl`,
      type: "duration",
      default: 12 * HOUR_MS,
      description: "",
      note: "Accepted, without effect: an archive has no names",
    },
  ],
};

function connectionFlags(prefix: string): readonly FlagDefinition[] {
  const flag = (
    name: string,
    type: FlagDefinition["type"],
    defaultValue: FlagDefinition["default"],
    description: string,
  ): FlagDefinition => ({ name: `${prefix}.${name}`, type, default: defaultValue, description }) as FlagDefinition;
  return [
    flag("servers", "string", "127.0.0.1", "The comma-separated list of Cassandra servers"),
    flag("port", "int", 9042, "The port for cassandra; a server in the list may have its own, as host:port"),
    flag("keyspace", "string", DEFAULT_KEYSPACE, "The Cassandra keyspace for Jaeger data"),
    flag("connections-per-host", "int", 2, "The number of Cassandra connections from a single backend instance"),
    flag("max-retry-attempts", "int", 3, "The number of attempts when reading from or writing to Cassandra"),
    flag("timeout", "duration", 0, "Timeout used for queries. A Timeout of zero means 12 seconds"),
    flag("connect-timeout", "duration", 0, "Timeout used for connections to Cassandra Servers. Zero means 5 seconds"),
    flag(
      "reconnect-interval",
      "duration",
      MINUTE_MS,
      "The longest pause between attempts to reconnect to downed hosts",
    ),
    flag(
      "local-dc",
      "string",
      "",
      "The name of the Cassandra local data center for DC Aware host selection; unset, all hosts are alike",
    ),
    flag("consistency", "string", "LOCAL_ONE", `The Cassandra consistency level: ${CONSISTENCIES.join(", ")}`),
    {
      ...flag("disable-compression", "bool", false, ""),
      note: "Accepted, without effect: requests are not compressed",
    },
    flag("proto-version", "int", 4, "The highest version of the Cassandra protocol to use"),
    flag("socket-keep-alive", "duration", 0, "Cassandra's keepalive period to use, enabled if > 0"),
    flag("username", "string", "", "Username for password authentication for Cassandra"),
    {
      name: `${prefix}.password`,
      type: "string",
      default: "",
      secret: true,
      description: "Password for password authentication for Cassandra",
    },
    flag(
      "basic.allowed-authenticators",
      "string",
      "",
      "The comma-separated list of authenticator classes that may be given the password; unset, any may",
    ),
    ...clientTlsFlags(prefix),
  ];
}

function indexFlags(prefix: string): readonly FlagDefinition[] {
  const name = (member: string) => `${prefix}.index.${member}`;
  const note = prefix === ARCHIVE ? { note: "Accepted, without effect: an archive is not searched" } : {};
  return [
    {
      name: name("tag-blacklist"),
      type: "string",
      default: "",
      description:
        "The comma-separated list of span tags to blacklist from being indexed. All other tags will be indexed. Mutually exclusive with the whitelist option",
      ...note,
    },
    {
      name: name("tag-whitelist"),
      type: "string",
      default: "",
      description:
        "The comma-separated list of span tags to whitelist for being indexed. All other tags will not be indexed. Mutually exclusive with the blacklist option",
      ...note,
    },
    { name: name("tags"), type: "bool", default: true, description: "Controls tag indexing", ...note },
    { name: name("process-tags"), type: "bool", default: true, description: "Controls process tag indexing", ...note },
    { name: name("logs"), type: "bool", default: true, description: "Controls log field indexing", ...note },
  ];
}

/** Throws `INVALID_SETTINGS` with the flag's name. With `watchers`, the connections hear of changed certificates. */
export function readCassandraOptions(
  settings: Settings,
  watchers?: TlsWatchers,
): Pick<CassandraStorageOptions, "connection" | "index" | "writeCacheTtlMs" | "countDependencies" | "archive"> {
  const connection = readConnection(settings, (member) => `${PRIMARY}.${member}`, PRIMARY, watchers);
  return {
    connection,
    index: readIndex(settings),
    writeCacheTtlMs: settings.durationMs(`${PRIMARY}.span-store-write-cache-ttl`),
    ...(settings.bool(`${PRIMARY}.count-dependencies`) ? {} : { countDependencies: false }),
    ...(settings.bool(`${ARCHIVE}.enabled`) ? { archive: readArchive(settings, watchers) } : {}),
  };
}

/** What is not set for the archive is as it is for the spans. */
function readArchive(settings: Settings, watchers: TlsWatchers | undefined): CassandraConnectionOptions {
  const name = (member: string) => {
    const own = `${ARCHIVE}.${member}`;
    return settings.sourceOf(own) === "default" ? `${PRIMARY}.${member}` : own;
  };
  return readConnection(settings, name, ARCHIVE, watchers);
}

function readConnection(
  settings: Settings,
  name: (member: string) => string,
  prefix: string,
  watchers: TlsWatchers | undefined,
): CassandraConnectionOptions {
  const consistency = settings.string(name("consistency")) || "LOCAL_ONE";
  const known = CONSISTENCIES.find((each) => each === consistency.toUpperCase());
  if (known === undefined) {
    throw new DaemonError(
      "INVALID_SETTINGS",
      `--${name("consistency")}: unknown consistency level "${consistency}"; there are ${CONSISTENCIES.join(", ")}`,
    );
  }
  const tlsPrefix = name("tls.enabled").slice(0, -".tls.enabled".length);
  return {
    servers: settings.list(name("servers")),
    port: settings.int(name("port")),
    keyspace: settings.string(name("keyspace")),
    connectionsPerHost: settings.int(name("connections-per-host")),
    maxRetryAttempts: settings.int(name("max-retry-attempts")),
    timeoutMs: settings.durationMs(name("timeout")),
    connectTimeoutMs: settings.durationMs(name("connect-timeout")),
    reconnectIntervalMs: settings.durationMs(name("reconnect-interval")),
    localDc: settings.string(name("local-dc")),
    consistency: known,
    protoVersion: settings.int(name("proto-version")),
    socketKeepAliveMs: settings.durationMs(name("socket-keep-alive")),
    username: settings.string(name("username")),
    password: settings.string(name("password")),
    allowedAuthenticators: settings.list(name("basic.allowed-authenticators")),
    ...readWatchedClientTls(settings, tlsPrefix, watchers),
    flagPrefix: prefix,
  };
}

function readIndex(settings: Settings): TagIndexOptions {
  const blacklist = settings.list(`${PRIMARY}.index.tag-blacklist`);
  const whitelist = settings.list(`${PRIMARY}.index.tag-whitelist`);
  if (blacklist.length > 0 && whitelist.length > 0) {
    throw new DaemonError("INVALID_SETTINGS", "only one of TagIndexBlacklist and TagIndexWhitelist can be specified", {
      hint: `Use either --${PRIMARY}.index.tag-blacklist or --${PRIMARY}.index.tag-whitelist.`,
    });
  }
  return {
    tags: settings.bool(`${PRIMARY}.index.tags`),
    processTags: settings.bool(`${PRIMARY}.index.process-tags`),
    logs: settings.bool(`${PRIMARY}.index.logs`),
    blacklist,
    whitelist,
  };
}
