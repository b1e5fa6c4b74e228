/** Where a datagram came from. */
export interface DgramSender {
  readonly address: string;
  readonly port: number;
}

/** `senderOf` gives the sender of the packet at an index. Neither it nor the packets' bytes are to be used once the call returned. */
export type PacketConsumer = (
  packets: readonly Uint8Array[],
  senderOf: (index: number) => DgramSender,
) => void | Promise<void>;

export interface DgramOptions {
  /** "" means every interface, both IP versions where the system has both. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Longer datagrams are dropped and counted as truncated. Default 65000. */
  readonly maxPacketBytes?: number;
  /** Datagrams that may wait for the consumer; more are dropped, newest first. Default 1000. */
  readonly maxQueuedPackets?: number;
  /** How long a datagram waits for others, so that they are handed over together; many do not wait. Default 10. */
  readonly gatherMs?: number;
  /** SO_RCVBUF in bytes; 0 or absent leaves the system's default. */
  readonly receiveBufferBytes?: number;
  /**
   * SO_REUSEADDR: several sockets may have the port, and Linux gives unicast datagrams to the one bound last, and after it closes
   * to the one before. That holds between sockets of one address family and equal address. Default false.
   */
  readonly reuseAddress?: boolean;
  /**
   * Takes what gathered, in order. While a returned promise is pending nothing more is handed over:
   * datagrams queue. It must not throw or reject.
   */
  readonly onPackets: PacketConsumer;
  /** `native` is the addon, `auto` the addon where it was built for this machine. Default `auto`. */
  readonly reader?: "auto" | "native" | "node";
  /** Told once in a process why there is no addon. */
  readonly onNoNative?: (reason: string) => void;
  /** A failed read; the socket lives on. */
  readonly onReadError?: (error: Error) => void;
}

/** Counters since the socket was bound. */
export interface DgramStats {
  readonly receivedPackets: number;
  readonly receivedBytes: number;
  /** Dropped because the queue was full. */
  readonly droppedByQueue: number;
  /** Dropped because they were longer than `maxPacketBytes`. */
  readonly truncated: number;
  readonly readErrors: number;
  /** Waiting now. */
  readonly queuedPackets: number;
  /** Bytes of the last datagram. */
  readonly lastPacketBytes: number;
}

export interface DgramSocket {
  readonly address: { readonly host: string; readonly port: number };
  stats(): DgramStats;
  /** Datagrams that the kernel dropped before we could read them; `undefined` where the system does not tell. Once closed, the last count. */
  kernelDrops(): Promise<number | undefined>;
  /** Stops reading, hands over what waits, and resolves when the consumer is done with it. */
  close(): Promise<void>;
}
