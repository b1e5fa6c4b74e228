export type { ClientTls, WatchTls } from "./client-tls.ts";
export { LiveAgent } from "./live-agent.ts";
export { LiveTls, openLiveTls } from "./live-tls.ts";
