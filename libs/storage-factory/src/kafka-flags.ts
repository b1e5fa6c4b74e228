import { DaemonError, type FlagDefinition, type FlagGroup, type Settings, type TlsWatchers } from "@spoor/daemon";
import {
  type Acks,
  COMPRESSION_LEVELS,
  COMPRESSIONS,
  type Compression,
  kafkaConnectionFlags,
  readKafkaConnection,
} from "@spoor/kafka-client";
import {
  DEFAULT_LINGER_MS,
  DEFAULT_MAX_BUFFERED_BYTES,
  DEFAULT_MAX_MESSAGE_BYTES,
  ENCODINGS,
  type KafkaStorageOptions,
} from "@spoor/storage-kafka";

const PREFIX = "kafka.producer";
const ACKS: Readonly<Record<string, Acks>> = { noack: 0, local: 1, all: -1 };
const OVERSIZE_POLICIES = ["truncate", "refuse"] as const;
const MIB = 1024 * 1024;

/** v1's flags (jaegertracing/jaeger `plugin/storage/kafka/options.go`), and three of our own. */
export const KAFKA_FLAGS: FlagGroup = {
  title: "Kafka storage, write-only (SPAN_STORAGE_TYPE=kafka)",
  flags: [
    ...kafkaConnectionFlags(PREFIX),
    text("encoding", "protobuf", "Encoding of spans ('json' or 'protobuf') sent to kafka."),
    text(
      "required-acks",
      "all",
      "Required kafka broker acknowledgement: noack (none), local (the leader's disk) or all (all replicas in sync; each batch is taken once)",
    ),
    text(
      "compression",
      "none",
      `Type of compression to use on messages: ${COMPRESSIONS.join(", ")}. v1's ingesters read them all`,
    ),
    int(
      "compression-level",
      0,
      "Compression level; 0 is the codec's default. gzip = 1-9 (default 6), lz4 and snappy = none, zstd = -131072 - 22 (default 3)",
    ),
    {
      name: `${PREFIX}.batch-linger`,
      type: "duration",
      default: 0,
      description: `Time a message waits for others before they are sent together; unset, ${DEFAULT_LINGER_MS}ms. What comes while others are under way gathers in any case`,
    },
    int("batch-size", 0, "Bytes in a batch that send it before its linger time; 0 waits"),
    int("batch-min-messages", 0, "Messages in a batch that send it before its linger time; 0 waits"),
    int("batch-max-messages", 0, "Maximum number of messages in a batch; 0 means no limit but that of bytes"),
    int(
      "max-message-bytes",
      DEFAULT_MAX_MESSAGE_BYTES,
      "Maximum bytes of a message, and of a batch before compression; the topic's own max.message.bytes counts, too",
    ),
    text(
      "oversized-spans",
      "truncate",
      "What becomes of a span larger than a message may be: truncate (its longest values are cut, and a tag says so) or refuse",
    ),
    int(
      "max-buffered-memory",
      DEFAULT_MAX_BUFFERED_BYTES / MIB,
      "MiB that may wait for the brokers; beyond, senders are asked to come back",
    ),
  ],
};

function text(name: string, value: string, description: string): FlagDefinition {
  return { name: `${PREFIX}.${name}`, type: "string", default: value, description };
}

function int(name: string, value: number, description: string): FlagDefinition {
  return { name: `${PREFIX}.${name}`, type: "int", default: value, description };
}

/** With `watchers`, the connection hears of changed certificates. */
export function readKafkaOptions(
  settings: Settings,
  watchers?: TlsWatchers,
): Omit<KafkaStorageOptions, "logger" | "registry"> {
  const encoding = ENCODINGS.find((each) => each === settings.string(`${PREFIX}.encoding`));
  if (encoding === undefined) throw invalid("kafka encoding is not one of 'json' or 'protobuf'", "encoding");
  const acks = ACKS[settings.string(`${PREFIX}.required-acks`).toLowerCase()];
  if (acks === undefined) throw invalid("unknown acknowledgement; there are noack, local and all", "required-acks");
  const policy = settings.string(`${PREFIX}.oversized-spans`);
  const oversize = OVERSIZE_POLICIES.find((each) => each === policy);
  if (oversize === undefined) throw invalid("it is neither truncate nor refuse", "oversized-spans");
  const compression = readCompression(settings);
  const linger = `${PREFIX}.batch-linger`;
  return {
    connection: { ...readKafkaConnection(settings, PREFIX, watchers), clientId: "spoor-collector" },
    topic: settings.string(`${PREFIX}.topic`),
    encoding,
    acks,
    compression,
    compressionLevel: settings.int(`${PREFIX}.compression-level`),
    lingerMs: settings.sourceOf(linger) === "default" ? DEFAULT_LINGER_MS : settings.durationMs(linger),
    batchBytes: atLeast(settings, "batch-size", 0),
    batchMinMessages: atLeast(settings, "batch-min-messages", 0),
    batchMaxMessages: atLeast(settings, "batch-max-messages", 0),
    maxMessageBytes: atLeast(settings, "max-message-bytes", 1024),
    maxBufferedBytes: atLeast(settings, "max-buffered-memory", 1) * MIB,
    oversize,
  };
}

function readCompression(settings: Settings): Compression {
  const given = settings.string(`${PREFIX}.compression`).toLowerCase();
  const compression = COMPRESSIONS.find((each) => each === given);
  if (compression === undefined)
    throw invalid(`unknown compression; there are ${COMPRESSIONS.join(", ")}`, "compression");
  const level = settings.int(`${PREFIX}.compression-level`);
  const levels = COMPRESSION_LEVELS[compression];
  if (levels !== undefined && level !== 0 && (level < levels.min || level > levels.max)) {
    throw invalid(
      `compression level ${level} for ${compression} is not within valid range [${levels.min}, ${levels.max}]`,
      "compression-level",
    );
  }
  return compression;
}

function atLeast(settings: Settings, name: string, least: number): number {
  const value = settings.int(`${PREFIX}.${name}`);
  if (value < least) throw invalid(`${value} is less than ${least}`, name);
  return value;
}

function invalid(reason: string, name: string): DaemonError {
  return new DaemonError("INVALID_VALUE", `${reason} (--${PREFIX}.${name})`);
}
