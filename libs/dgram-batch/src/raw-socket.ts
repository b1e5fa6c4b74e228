import type { DgramSender } from "./dgram-socket.ts";

/** Where a raw socket puts what it reads. */
export interface PacketSink {
  /** Counts a datagram; false when it is too long to be taken. */
  isWelcome(length: number): boolean;
  /** One datagram, whose memory is given away. */
  packet(packet: Uint8Array, sender: DgramSender): void;
  /** Datagrams whose memory is the reader's again when the call returns. */
  batch(packets: readonly Uint8Array[], senderOf: (index: number) => DgramSender): void;
  readFailed(error: Error): void;
}

/** A bound socket that reads into a {@link PacketSink}. */
export interface RawSocket {
  readonly address: { readonly host: string; readonly port: number };
  kernelDrops(): Promise<number | undefined>;
  /** Reads no more. */
  close(): Promise<void>;
}
