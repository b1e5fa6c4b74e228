import { DaemonError, type Environment, type EnvironmentVariable } from "@spoor/daemon";

/** Variables without a flag that the collector's role reads. */
export const SAMPLING_ENVIRONMENT: readonly EnvironmentVariable[] = [
  {
    name: "SAMPLING_CONFIG_TYPE",
    description:
      'The method [file, adaptive] used for determining the sampling rates served to clients configured with remote sampling enabled. "file" uses a periodically reloaded file and "adaptive" dynamically adjusts sampling rates based on current traffic.',
    default: "file",
  },
];

/** Throws `INVALID_SETTINGS` in v1's words when `METRICS_STORAGE_TYPE` names something unknown. */
export function checkMetricsStorageType(environment: Environment): void {
  const type = environment.METRICS_STORAGE_TYPE ?? "";
  if (type === "" || type === "prometheus") return;
  throw new DaemonError(
    "INVALID_SETTINGS",
    `Cannot initialize metrics factory: unknown metrics type "${type}". Valid types are [prometheus]`,
  );
}
