import type { EnvironmentVariable } from "@spoor/daemon";

/** Variables without a flag that the collector's role reads. */
export const SAMPLING_ENVIRONMENT: readonly EnvironmentVariable[] = [
  {
    name: "SAMPLING_CONFIG_TYPE",
    description:
      'The method [file, adaptive] used for determining the sampling rates served to clients configured with remote sampling enabled. "file" uses a periodically reloaded file and "adaptive" dynamically adjusts sampling rates based on current traffic.',
    default: "file",
  },
];
