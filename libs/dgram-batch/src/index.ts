export { bindDgram } from "./bind.ts";
export type { DgramOptions, DgramSocket, DgramStats } from "./dgram-socket.ts";
export { DgramError, type DgramErrorCode } from "./errors.ts";
