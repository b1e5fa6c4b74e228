export type { ClientTls } from "@spoor/client-tls";
export { type BuildInfo, buildInfo } from "./build-info.ts";
export { daemonCommands } from "./command.ts";
export { clientTlsFlags, commonFlags, serverTlsFlags } from "./common-flags.ts";
export { runDaemon } from "./daemon.ts";
export type {
  DaemonContext,
  DaemonDefinition,
  DaemonIdentity,
  DaemonProcess,
  Environment,
} from "./daemon-definition.ts";
export type { EnvironmentVariable } from "./environment-help.ts";
export { errorText } from "./error-text.ts";
export * from "./errors.ts";
export {
  environmentName,
  type FlagDefinition,
  type FlagGroup,
  fullDescription as flagText,
} from "./flag-definition.ts";
export { flagDefaultText } from "./flag-value.ts";
export { formatHostPort, type HostPort, listenError, localAddress, parseHostPort } from "./host-port.ts";
export { Lifecycle, type Stop } from "./lifecycle.ts";
export { createLogger, type Logger } from "./logger.ts";
export { inFlightBoundBytes, memoryLimitBytes } from "./memory-bound.ts";
export { createRegistry } from "./metrics.ts";
export { nearestName } from "./nearest-name.ts";
export { Readiness } from "./readiness.ts";
export { runMain } from "./run-main.ts";
export { Settings } from "./settings.ts";
export { parseTagList, type Tag } from "./tag-list.ts";
export { readClientTls, readServerTls } from "./tls.ts";
export { readWatchedClientTls, type TlsWatchers, watchClientTls, watchServerTls } from "./tls-reload.ts";
export { runTool, type ToolDefinition } from "./tool.ts";
export type { WorkerRole } from "./workers/worker-role.ts";
