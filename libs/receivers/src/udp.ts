import { bindDgram, type DgramSender } from "@spoor/dgram-batch";
import { decodeProcess, type EncodedSpan, NO_FIELDS } from "@spoor/span-wire";
import {
  AgentDecoding,
  type AgentMessage,
  DEFAULT_THRIFT_LIMITS,
  decodeAgentMessage,
  ThriftError,
} from "@spoor/thrift-codec";
import { refusalCounter } from "./metrics.ts";
import type { UdpOptions } from "./options.ts";
import type { Receiver } from "./receiver.ts";
import { type Drop, DropLog } from "./udp/drop-log.ts";
import { UdpMetrics, type UdpSource } from "./udp/metrics.ts";
import { writeFailure } from "./write-failure.ts";

const DEFAULT_QUEUE_SIZE = 1_000;
const DEFAULT_MAX_PACKET_BYTES = 65_000;
const DEFAULT_WORKERS = 10;
/** The usual default of a system holds a dozen full datagrams; the kernel takes no more of this than it allows. */
const DEFAULT_SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;
/** Datagrams of one turn are written together up to here. */
const MAX_BATCH_BYTES = 1024 * 1024;
const CLIENT_ID_TAG = "client-uuid";

/**
 * One UDP port of an agent (5775, 6831, 6832): a datagram is an `emitBatch` or `emitZipkinBatch` message. There is nobody to
 * answer: what cannot be decoded or written is counted and lost.
 */
export async function startUdp(options: UdpOptions): Promise<Receiver> {
  const { protocol, model } = options;
  const drops = new DropLog(options.logger, {
    // v1's name of the port in flags.
    processor: `${model}-${protocol}`,
    port: String(options.port),
  });
  const worker = new UdpWorker(options, drops);
  const socket = await bindDgram({
    host: options.host,
    port: options.port,
    maxPacketBytes: options.maxPacketBytes || DEFAULT_MAX_PACKET_BYTES,
    maxQueuedPackets: options.queueSize || DEFAULT_QUEUE_SIZE,
    receiveBufferBytes: options.socketBufferBytes || DEFAULT_SOCKET_BUFFER_BYTES,
    reuseAddress: options.reuseAddress ?? true,
    onPackets: (packets, senderOf) => worker.take(packets, senderOf),
    onNoNative: (reason) => options.logger.debug({ reason }, "UDP is read one datagram at a time"),
    onReadError: (error) => options.logger.warn({ err: error }, "UDP read failed"),
  });
  const metrics = UdpMetrics.of(options.registry);
  const source: UdpSource = {
    labels: { protocol, model },
    socket,
    get handlerErrors() {
      return worker.handlerErrors + socket.stats().truncated;
    },
  };
  const untrack = metrics.track(source);
  return {
    address: socket.address,
    close: async () => {
      const startedMs = performance.now();
      await socket.close();
      await worker.drain();
      drops.close();
      metrics.closed(source, (performance.now() - startedMs) / 1000);
      await untrack();
    },
  };
}

class UdpWorker {
  readonly #options: UdpOptions;
  readonly #refused: (reason: string) => void;
  readonly #maxWrites: number;
  readonly #writes = new Set<Promise<void>>();
  readonly #drops: DropLog;
  readonly #decoding = new AgentDecoding();
  handlerErrors = 0;

  constructor(options: UdpOptions, drops: DropLog) {
    this.#options = options;
    this.#drops = drops;
    this.#maxWrites = options.writerIsBounded === true ? Number.POSITIVE_INFINITY : options.workers || DEFAULT_WORKERS;
    this.#refused = refusalCounter(options.registry, "udp");
  }

  /** Decodes and writes; the promise, if any, resolves when another write may begin. */
  take(packets: readonly Uint8Array[], senderOf: (index: number) => DgramSender): void | Promise<void> {
    let spans: EncodedSpan[] = [];
    let bytes = 0;
    let count = 0;
    for (const [i, packet] of packets.entries()) {
      const found = this.#decode(packet, () => senderOf(i));
      if (found === undefined || found.length === 0) continue;
      if (bytes > 0 && bytes + packet.length > MAX_BATCH_BYTES) {
        this.#write(spans, bytes, count);
        [spans, bytes, count] = [[], 0, 0];
      }
      if (spans.length === 0) spans = found;
      else for (const span of found) spans.push(span);
      bytes += packet.length;
      count++;
    }
    if (spans.length > 0) this.#write(spans, bytes, count);
    if (this.#writes.size >= this.#maxWrites) return this.#slot();
  }

  async drain(): Promise<void> {
    await Promise.all(this.#writes);
  }

  async #slot(): Promise<void> {
    while (this.#writes.size >= this.#maxWrites) await Promise.race(this.#writes);
  }

  #decode(packet: Uint8Array, sender: () => DgramSender): EncodedSpan[] | undefined {
    try {
      const message = decodeAgentMessage(packet, this.#options.protocol, DEFAULT_THRIFT_LIMITS, this.#decoding);
      this.#recordClient(message);
      return message.spans;
    } catch (error) {
      // Anything else than a ThriftError is a defect of ours.
      const reason = error instanceof ThriftError ? "malformed" : "failed";
      this.#dropped({ reason, error, packets: 1, sender: senderText(sender()) });
      return undefined;
    }
  }

  #recordClient(message: AgentMessage): void {
    if (message.kind !== "jaeger") return;
    const { seqNo, stats, process } = message;
    const clientId = seqNo === undefined ? undefined : clientIdOf(decodeProcess(process).tags);
    UdpMetrics.of(this.#options.registry).clientStats.record({ clientId, seqNo, stats }, Date.now());
  }

  #write(spans: EncodedSpan[], bytes: number, packets: number): void {
    const written = this.#options.writer
      // Its spans share buffers with those of other batches, which `spanBatch` would count as a whole.
      .write({ spans, commonFields: NO_FIELDS, format: "proto", transport: "udp", tenant: "", byteLength: bytes })
      .catch((error) => this.#dropped({ reason: writeFailure(error).reason, error, packets, sender: undefined }))
      .then(() => {
        this.#writes.delete(written);
      });
    this.#writes.add(written);
  }

  #dropped(drop: Drop): void {
    this.handlerErrors += drop.packets;
    this.#refused(drop.reason);
    this.#drops.add(drop);
  }
}

/** An IPv4 address stays one on a socket for both IP versions. */
function senderText({ address, port }: DgramSender): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, "");
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}

function clientIdOf(tags: ReturnType<typeof decodeProcess>["tags"]): string | undefined {
  const tag = tags.find(({ key, type }) => key === CLIENT_ID_TAG && type === "string");
  return tag?.type === "string" ? tag.value : undefined;
}
