import { SpanBatchBuilder } from "@spoor/span-wire";
import { ProcessCache } from "./process-cache.ts";

/** A datagram's spans take some of it; a buffer for each would cost the collector of garbage more than decoding does. */
const SLAB_BYTES = 256 * 1024;

/**
 * What the messages that come to one port in one Thrift protocol share: processes that come again, and buffers that hold the spans of
 * many messages. For messages whose spans live about equally long: a buffer goes when its last span does.
 */
export class AgentDecoding {
  readonly processes: ProcessCache;
  readonly #builder = new SpanBatchBuilder(0);

  constructor(maxProcesses?: number) {
    this.processes = new ProcessCache(maxProcesses);
  }

  /** A builder with room for `capacity` bytes, for one message; its spans are to be had from `take`. */
  begin(capacity: number): SpanBatchBuilder {
    // What needs more makes the buffer grow, which copies what is in it.
    this.#builder.begin(capacity + (capacity >> 1), SLAB_BYTES);
    return this.#builder;
  }
}
