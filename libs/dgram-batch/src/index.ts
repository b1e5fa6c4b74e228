export { bindDgram } from "./bind.ts";
export type { DgramOptions, DgramSender, DgramSocket, DgramStats, PacketConsumer } from "./dgram-socket.ts";
export { DgramError, type DgramErrorCode } from "./errors.ts";
