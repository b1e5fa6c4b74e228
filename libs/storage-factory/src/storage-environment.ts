import type { EnvironmentVariable } from "@spoor/daemon";
import { STORAGE_TYPES } from "./storage-types.ts";

/** What the sub-command `env` says about the choice of stores. */
export function storageEnvironment(defaultType: string): readonly EnvironmentVariable[] {
  return [
    {
      name: "SPAN_STORAGE_TYPE",
      description: `The type of backend [${STORAGE_TYPES.join(", ")}] used for trace storage. Multiple backends can be specified as comma-separated list, e.g. "embedded,memory": spans are written to all, and read from the first.`,
      default: defaultType,
    },
  ];
}

/** The same of the store for adaptive sampling. */
export const SAMPLING_STORAGE_ENVIRONMENT: readonly EnvironmentVariable[] = [
  {
    name: "SAMPLING_STORAGE_TYPE",
    description:
      "The type of backend [cassandra, elasticsearch, opensearch, embedded, badger, memory] used for adaptive sampling storage when SAMPLING_CONFIG_TYPE=adaptive is set. Unset, the first of SPAN_STORAGE_TYPE that can keep it.",
    default: "",
  },
];
