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
