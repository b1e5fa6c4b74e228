import { DaemonError, type FlagGroup, type Settings, type TlsWatchers } from "@spoor/daemon";
import { kafkaConnectionFlags, readKafkaConnection } from "@spoor/kafka-client";
import { DEFAULT_SESSION_TIMEOUT_MS } from "./ingester.ts";
import type { IngesterOptions } from "./ingester-options.ts";
import { CONSUMER_ENCODINGS } from "./message/decode.ts";

const PREFIX = "kafka.consumer";
const MIN_SESSION_TIMEOUT_MS = 1000;
const INITIAL_OFFSETS = ["earliest", "latest"] as const;

/** v1's flags (jaegertracing/jaeger `cmd/ingester/app/flags.go`), and a few of our own. */
export const INGESTER_FLAGS: FlagGroup = {
  title: "Ingester: spans from Kafka",
  flags: [
    ...kafkaConnectionFlags(PREFIX),
    {
      name: `${PREFIX}.group-id`,
      type: "string",
      default: "jaeger-ingester",
      description: "The Consumer Group that ingester will be consuming on behalf of",
    },
    {
      name: `${PREFIX}.client-id`,
      type: "string",
      default: "jaeger-ingester",
      description: "The Consumer Client ID that ingester will use",
    },
    {
      name: `${PREFIX}.encoding`,
      type: "string",
      default: "protobuf",
      description: `The encoding of spans ("${CONSUMER_ENCODINGS.join('", "')}") consumed from kafka`,
    },
    {
      name: `${PREFIX}.rack-id`,
      type: "string",
      default: "",
      description: "Rack identifier for this client, so that it reads from the nearest replica",
    },
    {
      name: `${PREFIX}.fetch-max-message-bytes`,
      type: "int",
      default: 1_048_576,
      description:
        "The maximum number of message bytes to fetch from a partition in a single request. A larger message is fetched all the same",
    },
    {
      name: `${PREFIX}.initial-offset`,
      type: "string",
      default: "earliest",
      description:
        "Where a group begins that never committed an offset: earliest, or latest as in v1, which skips what is there",
    },
    {
      name: `${PREFIX}.session-timeout`,
      type: "duration",
      default: DEFAULT_SESSION_TIMEOUT_MS,
      description:
        "How long the group waits for an ingester that it does not hear from before it gives its partitions to others. Brokers have limits (group.min.session.timeout.ms, 6 s unless set)",
    },
    {
      name: "ingester.parallelism",
      type: "string",
      default: "1000",
      description: "The number of spans of one partition to store in parallel",
    },
    {
      name: "ingester.deadlockInterval",
      type: "duration",
      default: 0,
      description:
        "Interval after which a partition that has messages but makes no progress is joined anew. 0 never does",
    },
    {
      name: "ingester.ready-max-lag",
      type: "int",
      default: 0,
      description:
        "Messages that may wait in the partitions of this ingester while it says at /ready that it is. 0 means any number",
    },
    {
      name: "ingester.dead-letters",
      type: "bool",
      default: true,
      description:
        "Keep messages that are no spans, or that the store refuses, in a topic of their own, with the reason as headers; otherwise they are dropped, counted",
    },
    {
      name: "ingester.dead-letter-topic",
      type: "string",
      default: "",
      description: "The topic of dead letters; unset, the name of the spans' topic with .dead-letters behind it",
    },
    {
      name: "downsampling.ratio",
      type: "float",
      default: 1,
      description:
        "Ratio of spans passed to storage after downsampling (between 0 and 1), e.g ratio = 0.3 means we are keeping 30% of spans and dropping 70% of spans; ratio = 1.0 disables downsampling.",
    },
    {
      name: "downsampling.hashsalt",
      type: "string",
      default: "",
      description: "Salt used when hashing trace id for downsampling.",
    },
  ],
};

export type IngesterSettings = Omit<IngesterOptions, "writer" | "logger" | "registry" | "onState" | "onFailure">;

/** Which share of the traces is stored, by which salt. */
export function readDownsampling(settings: Settings): {
  readonly downsamplingRatio: number;
  readonly hashSalt: string;
} {
  const downsamplingRatio = settings.float("downsampling.ratio");
  if (!(downsamplingRatio >= 0 && downsamplingRatio <= 1)) {
    throw new DaemonError("INVALID_VALUE", `--downsampling.ratio ${downsamplingRatio} is not between 0 and 1`);
  }
  return { downsamplingRatio, hashSalt: settings.string("downsampling.hashsalt") };
}

/** With `watchers`, the connection hears of changed certificates. */
export function readIngesterOptions(settings: Settings, watchers?: TlsWatchers): IngesterSettings {
  const given = settings.string(`${PREFIX}.encoding`);
  const encoding = CONSUMER_ENCODINGS.find((each) => each === given);
  if (encoding === undefined) {
    const known = `"${CONSUMER_ENCODINGS.join('", "')}"`;
    throw new DaemonError(
      "INVALID_SETTINGS",
      `encoding '${given}' not recognised, use one of (${known}) (--${PREFIX}.encoding)`,
    );
  }
  const initial = settings.string(`${PREFIX}.initial-offset`);
  const initialOffset = INITIAL_OFFSETS.find((each) => each === initial);
  if (initialOffset === undefined) {
    throw new DaemonError("INVALID_VALUE", `--${PREFIX}.initial-offset ${initial} is neither earliest nor latest`);
  }
  const parallelism = Number(settings.string("ingester.parallelism"));
  if (!Number.isSafeInteger(parallelism) || parallelism < 1) {
    throw new DaemonError(
      "INVALID_VALUE",
      `--ingester.parallelism ${settings.string("ingester.parallelism")} is no number above 0`,
    );
  }
  const maxBytesPerPartition = settings.int(`${PREFIX}.fetch-max-message-bytes`);
  if (maxBytesPerPartition < 1) {
    throw new DaemonError(
      "INVALID_VALUE",
      `--${PREFIX}.fetch-max-message-bytes ${maxBytesPerPartition} is not above 0`,
    );
  }
  const sessionTimeoutMs = settings.durationMs(`${PREFIX}.session-timeout`);
  if (sessionTimeoutMs < MIN_SESSION_TIMEOUT_MS) {
    throw new DaemonError("INVALID_VALUE", `--${PREFIX}.session-timeout ${sessionTimeoutMs} ms is below a second`);
  }
  const topic = settings.string(`${PREFIX}.topic`);
  return {
    connection: {
      ...readKafkaConnection(settings, PREFIX, watchers),
      clientId: settings.string(`${PREFIX}.client-id`),
    },
    topic,
    groupId: settings.string(`${PREFIX}.group-id`),
    encoding,
    initialOffset,
    maxBytesPerPartition,
    rackId: settings.string(`${PREFIX}.rack-id`),
    parallelism,
    sessionTimeoutMs,
    deadLetterTopic: settings.bool("ingester.dead-letters")
      ? settings.string("ingester.dead-letter-topic") || `${topic}.dead-letters`
      : undefined,
    stallIntervalMs: settings.durationMs("ingester.deadlockInterval"),
    readyMaxLag: settings.int("ingester.ready-max-lag"),
  };
}
