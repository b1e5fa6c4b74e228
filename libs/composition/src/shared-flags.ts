import type { Environment, FlagGroup } from "@spoor/daemon";

import { ADAPTIVE_SAMPLING_FLAGS } from "./adaptive-flags.ts";

/** Flags of file sampling strategies (jaegertracing/jaeger `plugin/sampling/strategyprovider/static`). */
const FILE_SAMPLING_FLAGS: FlagGroup = {
  title: "Sampling strategies",
  flags: [
    {
      name: "sampling.strategies-file",
      type: "string",
      default: "",
      description:
        "The path for the sampling strategies file in JSON format. See sampling documentation to see format of the file",
    },
    {
      name: "sampling.strategies-reload-interval",
      type: "duration",
      default: 0,
      description: "Reload interval to check and reload sampling strategies file. Zero value means no reloading",
    },
    {
      name: "sampling.strategies.bugfix-5270",
      type: "bool",
      default: true,
      description:
        "Include default operation level strategies for Ratesampling type service level strategy. Cf. https://github.com/jaegertracing/jaeger/issues/5270",
    },
    {
      name: "sampling.default-sampling-probability",
      type: "float",
      default: 0.001,
      description:
        "Sampling probability used by the Strategy Store for static sampling. Value must be between 0 and 1.",
    },
  ],
};

/** The flags of the kind of sampling that `SAMPLING_CONFIG_TYPE` asks for; a wrong one is told by {@link samplingType}. */
export function samplingFlags(environment: Environment): FlagGroup {
  return environment.SAMPLING_CONFIG_TYPE === "adaptive" ? ADAPTIVE_SAMPLING_FLAGS : FILE_SAMPLING_FLAGS;
}

export const TENANCY_FLAGS: FlagGroup = {
  title: "Multi-tenancy",
  flags: [
    {
      name: "multi-tenancy.enabled",
      type: "bool",
      default: false,
      description: "Enable tenancy header when receiving or querying",
    },
    {
      name: "multi-tenancy.header",
      type: "string",
      default: "x-tenant",
      description: "HTTP header carrying tenant",
    },
    {
      name: "multi-tenancy.tenants",
      type: "string",
      default: "",
      description:
        "comma-separated list of allowed values for --multi-tenancy.header header.  (If not supplied, tenants are not restricted)",
    },
  ],
};
