import type { DgramSender, PacketConsumer } from "./dgram-socket.ts";

/**
 * Hands packets over in batches: all that came since the last hand-over, at the end of the turn of the event loop that
 * brought the first. One batch is out at a time.
 */
export class PacketQueue {
  readonly #limit: number;
  readonly #consume: PacketConsumer;
  #waiting: Uint8Array[] = [];
  #senders: DgramSender[] = [];
  #scheduled = false;
  #busy: Promise<void> | undefined;

  constructor(limit: number, consume: PacketConsumer) {
    this.#limit = limit;
    this.#consume = consume;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** False: the queue is full, and the packet was not taken. */
  push(packet: Uint8Array, sender: DgramSender): boolean {
    if (this.#waiting.length >= this.#limit) return false;
    this.#waiting.push(packet);
    this.#senders.push(sender);
    if (!this.#scheduled && this.#busy === undefined) {
      this.#scheduled = true;
      setImmediate(() => this.#flush());
    }
    return true;
  }

  /**
   * Hands over a batch at once, past the queue. False, with nothing done, when others wait or the consumer is busy. The packets are the
   * caller's again when the call returns.
   */
  handOver(packets: readonly Uint8Array[], senderOf: (index: number) => DgramSender): boolean {
    if (this.#busy !== undefined || this.#waiting.length > 0) return false;
    this.#consumeNow(packets, senderOf);
    return true;
  }

  /** Resolves when nothing waits and the consumer is done. */
  async drain(): Promise<void> {
    while (this.#busy !== undefined || this.#waiting.length > 0) {
      if (this.#busy === undefined) this.#flush();
      await this.#busy;
    }
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#busy !== undefined || this.#waiting.length === 0) return;
    const packets = this.#waiting;
    const senders = this.#senders;
    this.#waiting = [];
    this.#senders = [];
    this.#consumeNow(packets, (index) => senders[index] as DgramSender);
  }

  #consumeNow(packets: readonly Uint8Array[], senderOf: (index: number) => DgramSender): void {
    const done = this.#consume(packets, senderOf);
    if (done === undefined) return;
    this.#busy = done.then(() => {
      this.#busy = undefined;
      this.#flush();
    });
  }
}
