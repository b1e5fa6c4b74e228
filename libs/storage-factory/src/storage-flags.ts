import type { FlagDefinition, FlagGroup } from "@spoor/daemon";
import { DEFAULT_MAX_BYTES, DEFAULT_MAX_TENANTS } from "@spoor/storage-memory";
import { CASSANDRA_FLAGS } from "./cassandra-flags.ts";
import { ELASTICSEARCH_FLAGS } from "./elasticsearch-flags.ts";
import { GRPC_FLAGS } from "./grpc-flags.ts";
import { KAFKA_FLAGS } from "./kafka-flags.ts";
import type { StorageType } from "./storage-types.ts";

const HOUR_MS = 3_600_000;

/** The flags of the chosen stores. Those of others do not exist, as in v1. */
export function storageFlags(types: readonly StorageType[]): readonly FlagGroup[] {
  // Two types may share their flags.
  const groups = [...new Set(types.map((type) => GROUPS[type]))];
  // v1's deprecated flag stands with the first store's.
  return groups.map((group, index) => (index === 0 ? { ...group, flags: [...group.flags, SPAN_STORAGE_TYPE] } : group));
}

const SPAN_STORAGE_TYPE: FlagDefinition = {
  name: "span-storage.type",
  type: "string",
  default: "",
  description:
    "(deprecated) please use SPAN_STORAGE_TYPE environment variable. Run this binary with the 'env' command for help.",
};

const GROUPS: Readonly<Record<StorageType, FlagGroup>> = {
  embedded: {
    title: "Embedded storage (SPAN_STORAGE_TYPE=embedded)",
    flags: [
      {
        name: "embedded.directory",
        type: "string",
        default: "./data",
        description: "Where traces are kept; created when missing. One process at a time.",
      },
      {
        name: "embedded.retention",
        type: "duration",
        default: 72 * HOUR_MS,
        description: "How long spans are kept after they arrived",
      },
      {
        name: "embedded.max-bytes",
        type: "int",
        default: 0,
        description: "Bytes on disk above which the oldest spans go before their time; 0 means no limit",
      },
      {
        name: "embedded.flush-interval",
        type: "duration",
        default: 20,
        description: "How long a write may wait for others to reach the disk together with it",
      },
      {
        name: "embedded.cache-bytes",
        type: "int",
        default: 64 * 1024 * 1024,
        description: "Memory for data read from disk",
      },
    ],
  },
  badger: {
    title: "Badger flags of v1, for the embedded storage in its place (SPAN_STORAGE_TYPE=badger)",
    flags: [
      {
        name: "badger.ephemeral",
        type: "bool",
        default: true,
        description: "Mark this storage ephemeral, data is stored in tmpfs and removed at the end",
      },
      {
        name: "badger.directory-key",
        type: "string",
        default: "./data/keys",
        description: "Accepted; the embedded storage keeps everything in one directory",
      },
      {
        name: "badger.directory-value",
        type: "string",
        default: "./data/values",
        description: "Path where to store traces, in a folder of its own beside Badger's files, which are not read",
      },
      {
        name: "badger.span-store-ttl",
        type: "duration",
        default: 72 * HOUR_MS,
        description: "How long to store the data. Format is time.Duration (https://golang.org/pkg/time/#Duration)",
      },
      {
        name: "badger.consistency",
        type: "bool",
        default: false,
        description: "",
        note: "Accepted, without effect: every acknowledged span is on disk, whatever this says",
      },
      {
        name: "badger.maintenance-interval",
        type: "duration",
        default: 300_000,
        description: "",
        note: "Accepted, without effect",
      },
      {
        name: "badger.metrics-update-interval",
        type: "duration",
        default: 10_000,
        description: "",
        note: "Accepted, without effect",
      },
      {
        name: "badger.read-only",
        type: "bool",
        default: false,
        description: "",
        note: "Not supported: a daemon does not start with it",
      },
    ],
  },
  elasticsearch: ELASTICSEARCH_FLAGS,
  opensearch: ELASTICSEARCH_FLAGS,
  cassandra: CASSANDRA_FLAGS,
  kafka: KAFKA_FLAGS,
  grpc: GRPC_FLAGS,
  memory: {
    title: "Memory storage (SPAN_STORAGE_TYPE=memory)",
    flags: [
      {
        name: "memory.max-traces",
        type: "int",
        default: 0,
        description: "The maximum amount of traces to store in memory. By default memory is the only bound.",
      },
      {
        name: "memory.max-bytes",
        type: "int",
        default: DEFAULT_MAX_BYTES,
        description: "Bytes that spans may take in memory; beyond, the oldest traces of the largest tenant go",
      },
      {
        name: "memory.max-tenants",
        type: "int",
        default: DEFAULT_MAX_TENANTS,
        description: "Tenants that may have spans at one time; spans of others are refused",
      },
    ],
  },
  blackhole: { title: "Blackhole storage (SPAN_STORAGE_TYPE=blackhole): keeps nothing", flags: [] },
};
