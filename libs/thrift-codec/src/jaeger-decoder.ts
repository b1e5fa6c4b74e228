import {
  decodeUtf8,
  EncodedProcess,
  type EncodedSpan,
  SpanBatchBuilder,
  SpanWireError,
  WireWriter,
} from "@spoor/span-wire";
import type { AgentDecoding } from "./agent-decoding.ts";
import { ThriftError } from "./errors.ts";
import { SpanTranscoder } from "./jaeger-span.ts";
import { TagTranscoder } from "./jaeger-tag.ts";
import type { ThriftLimits } from "./limits.ts";
import type { ThriftReader } from "./reader.ts";
import { checkStructs, inField, inStruct, missing } from "./struct-errors.ts";
import { TYPE } from "./types.ts";

/** What a client counted of its own losses since it started (jaeger.thrift `ClientStats`). */
export interface JaegerClientStats {
  readonly fullQueueDroppedSpans: bigint;
  readonly tooLargeDroppedSpans: bigint;
  readonly failedToEmitSpans: bigint;
}

/** A decoded jaeger.thrift `Batch`. */
export interface JaegerBatch {
  readonly spans: EncodedSpan[];
  /** The process of all `spans`. */
  readonly process: EncodedProcess;
  readonly seqNo: bigint | undefined;
  readonly stats: JaegerClientStats | undefined;
}

const GO_SPAN = "*jaeger.Span";

/** Transcodes jaeger.thrift structs from one reader into wire form; one decoder serves one message. */
export class JaegerDecoder {
  readonly #reader: ThriftReader;
  readonly #limits: ThriftLimits;
  readonly #builder: SpanBatchBuilder;
  readonly #tags: TagTranscoder;
  readonly #spans: SpanTranscoder;
  readonly #shared: AgentDecoding | undefined;
  #process: EncodedProcess | undefined;

  constructor(reader: ThriftReader, limits: ThriftLimits, shared?: AgentDecoding) {
    this.#shared = shared;
    this.#reader = reader;
    this.#limits = limits;
    // Protobuf is about as large as compact Thrift.
    const capacity = reader.end - reader.position + 512;
    this.#builder = shared?.begin(capacity) ?? new SpanBatchBuilder(capacity);
    this.#tags = new TagTranscoder(reader);
    this.#spans = new SpanTranscoder(reader, this.#builder, this.#tags);
  }

  /** Reads `Batch{1 process, 2 spans, 3 seqNo, 4 stats}`. */
  batch(): JaegerBatch {
    const reader = this.#reader;
    let spansAt = -1;
    let hasSpans = false;
    let seqNo: bigint | undefined;
    let stats: JaegerClientStats | undefined;
    let known = false;
    const saved = reader.structBegin();
    try {
      for (;;) {
        known = false;
        const type = reader.fieldBegin();
        if (type === TYPE.stop) break;
        known = true;
        const id = reader.fieldId;
        if (id === 1 && type === TYPE.struct) this.#readProcess();
        else if (id === 2 && type === TYPE.list) {
          hasSpans = true;
          if (this.#process === undefined) {
            // The spans need their process: come back when it was read.
            spansAt = reader.position;
            reader.skip(type);
          } else this.#readSpans(this.#process);
        } else if (id === 3 && type === TYPE.i64) seqNo = reader.i64AsBigInt();
        else if (id === 4 && type === TYPE.struct) stats = this.#readStats();
        else {
          known = false;
          reader.skip(type);
        }
      }
      if (this.#process === undefined) throw missing("Process");
      if (!hasSpans) throw missing("Spans");
      if (spansAt >= 0) this.#readLateSpans(spansAt, this.#process);
    } catch (error) {
      throw inField(asThriftError(error), reader, "*jaeger.Batch", known);
    }
    reader.structEnd(saved);
    return {
      spans: this.#shared === undefined ? this.#builder.finish() : this.#builder.take(),
      process: this.#process,
      seqNo,
      stats,
    };
  }

  #readLateSpans(at: number, process: EncodedProcess): void {
    const resume = this.#reader.position;
    this.#reader.position = at;
    this.#readSpans(process);
    this.#reader.position = resume;
  }

  #readSpans(process: EncodedProcess): void {
    if (this.#builder.length > 0) throw new ThriftError("MALFORMED", "batch has two lists of spans");
    const count = this.#reader.listBegin();
    if (count > this.#limits.maxSpans) {
      throw new ThriftError("LIMIT_EXCEEDED", `batch has more than ${this.#limits.maxSpans} spans`);
    }
    checkStructs(this.#reader, count, GO_SPAN);
    try {
      for (let i = 0; i < count; i++) this.#spans.transcode(process);
    } catch (error) {
      throw inStruct(error, GO_SPAN);
    }
  }

  #readProcess(): void {
    const { buffer, position, end } = this.#reader;
    const known = this.#shared?.processes.find(buffer, position, end);
    if (known !== undefined) {
      this.#reader.position += known.bytes.length;
      this.#process = known.process;
      return;
    }
    this.#process = readStruct("*jaeger.Process", () => this.#processStruct());
    this.#shared?.processes.remember(buffer, position, this.#reader.position, this.#process);
  }

  /** `Process{1 serviceName, 2 tags}` */
  #processStruct(): EncodedProcess {
    const reader = this.#reader;
    const writer = new WireWriter(512);
    let nameStart = -1;
    let nameEnd = 0;
    let known = false;
    const saved = reader.structBegin();
    try {
      for (;;) {
        known = false;
        const type = reader.fieldBegin();
        if (type === TYPE.stop) break;
        known = true;
        if (reader.fieldId === 1 && type === TYPE.string) {
          reader.string();
          nameStart = reader.stringStart;
          nameEnd = reader.stringEnd;
          if (nameEnd > nameStart) writer.bytesField(1, reader.buffer, nameStart, nameEnd);
        } else if (reader.fieldId === 2 && type === TYPE.list) this.#tags.transcodeList(writer, 2);
        else {
          known = false;
          reader.skip(type);
        }
      }
    } catch (error) {
      throw inField(error, reader, "*jaeger.Process", known);
    }
    reader.structEnd(saved);
    if (nameStart < 0) throw missing("ServiceName");
    return new EncodedProcess(writer.finish(), decodeUtf8(reader.buffer, nameStart, nameEnd));
  }

  /** `ClientStats{1 fullQueueDroppedSpans, 2 tooLargeDroppedSpans, 3 failedToEmitSpans}` */
  #readStats(): JaegerClientStats {
    return readStruct("*jaeger.ClientStats", () => {
      const reader = this.#reader;
      const values: (bigint | undefined)[] = [undefined, undefined, undefined];
      let known = false;
      const saved = reader.structBegin();
      try {
        for (let type = reader.fieldBegin(); type !== TYPE.stop; type = reader.fieldBegin()) {
          const id = reader.fieldId;
          known = id >= 1 && id <= 3 && type === TYPE.i64;
          if (known) values[id - 1] = reader.i64AsBigInt();
          else reader.skip(type);
          known = false;
        }
      } catch (error) {
        throw inField(error, reader, "*jaeger.ClientStats", known);
      }
      reader.structEnd(saved);
      const [fullQueueDroppedSpans, tooLargeDroppedSpans, failedToEmitSpans] = values;
      if (fullQueueDroppedSpans === undefined) throw missing("FullQueueDroppedSpans");
      if (tooLargeDroppedSpans === undefined) throw missing("TooLargeDroppedSpans");
      if (failedToEmitSpans === undefined) throw missing("FailedToEmitSpans");
      return { fullQueueDroppedSpans, tooLargeDroppedSpans, failedToEmitSpans };
    });
  }
}

/** Reads a struct that is a field, with Go's words in front of its errors. */
function readStruct<T>(goName: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw inStruct(error, goName);
  }
}

function asThriftError(error: unknown): unknown {
  return error instanceof SpanWireError && error.code === "INVALID_TIME"
    ? new ThriftError("INVALID_TIME", error.message, { cause: error })
    : error;
}
