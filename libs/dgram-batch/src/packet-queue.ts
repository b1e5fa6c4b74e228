import type { DgramSender, PacketConsumer } from "./dgram-socket.ts";
import { Gather } from "./gather.ts";

/** Hands packets over in batches: what gathers since the last hand-over. One batch is out at a time. */
export class PacketQueue {
  readonly #limit: number;
  readonly #consume: PacketConsumer;
  readonly #gather: Gather;
  #waiting: Uint8Array[] = [];
  #senders: DgramSender[] = [];
  #busy: Promise<void> | undefined;

  constructor(limit: number, gatherMs: number, consume: PacketConsumer) {
    this.#limit = limit;
    this.#consume = consume;
    this.#gather = new Gather(gatherMs, () => this.#flush());
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** False: the queue is full, and the packet was not taken. */
  push(packet: Uint8Array, sender: DgramSender): boolean {
    if (this.#waiting.length >= this.#limit) return false;
    this.#waiting.push(packet);
    this.#senders.push(sender);
    if (this.#busy === undefined) this.#gather.came(this.#waiting.length);
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
      if (this.#busy === undefined) this.#gather.now();
      await this.#busy;
    }
  }

  #flush(): void {
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
