export { agentListenerFlags, UDP_PROCESSORS } from "./agent-flags.ts";
export { type AgentListenersOptions, startAgentListeners } from "./agent-listeners.ts";
export { type Collector, startCollector } from "./collector.ts";
export { collectorFlags } from "./collector-flags.ts";
export { checkMetricsStorageType, SAMPLING_ENVIRONMENT } from "./environment.ts";
export { type QueryRole, type QueryRoleOptions, startQuery } from "./query.ts";
export { queryFlags } from "./query-flags.ts";
export { samplingFlags, TENANCY_FLAGS } from "./shared-flags.ts";
export { samplingType } from "./strategies.ts";
