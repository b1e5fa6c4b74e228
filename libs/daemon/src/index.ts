export { type BuildInfo, buildInfo } from "./build-info.ts";
export { daemonCommands } from "./commands.ts";
export { clientTlsFlags, commonFlags, serverTlsFlags } from "./common-flags.ts";
export {
  type DaemonContext,
  type DaemonDefinition,
  type DaemonProcess,
  type Environment,
  runDaemon,
} from "./daemon.ts";
export type { EnvironmentVariable } from "./environment-help.ts";
export * from "./errors.ts";
export { environmentName, type FlagDefinition, type FlagGroup } from "./flag-definition.ts";
export { formatHostPort, type HostPort, listenError, localAddress, parseHostPort } from "./host-port.ts";
export { Lifecycle, type Stop } from "./lifecycle.ts";
export { createLogger, errorText, type Logger } from "./logger.ts";
export { inFlightBoundBytes, memoryLimitBytes } from "./memory-bound.ts";
export { nearestName } from "./nearest-name.ts";
export { runMain } from "./run-main.ts";
export { Settings } from "./settings.ts";
export { parseTagList, type Tag } from "./tag-list.ts";
export { type ClientTls, readClientTls, readServerTls } from "./tls.ts";
export { watchServerTls } from "./tls-reload.ts";
export { runTool, type ToolDefinition } from "./tool.ts";
