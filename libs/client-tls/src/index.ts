export type { ClientTls, WatchTls } from "./client-tls.ts";
export { LiveTls, openLiveTls } from "./live-tls.ts";
