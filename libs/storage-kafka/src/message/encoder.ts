import type { KeyValue, Span } from "@spoor/span-model";
import {
  decodeProcess,
  decodeSpan,
  decodeUtf8,
  type EncodedProcess,
  EncodedSpan,
  encodeSpans,
  NO_FIELDS,
  NO_PROCESS,
  WireReader,
  type WireWriter,
  wholeSpanLength,
  writeWholeSpan,
} from "@spoor/span-wire";
import { processJson, spanJson } from "./json.ts";
import { shrinkSpan } from "./shrink-span.ts";

/** Field 11, length-delimited. */
const PROCESS_ID_TAG = (11 << 3) | 2;

/** v1's names of what a producer can write. */
export const ENCODINGS = ["protobuf", "json"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Writes values of messages: measure a span, then write it. */
export interface MessageEncoder {
  /** Bytes of the value; {@link write} writes the span that was measured last. */
  measure(span: EncodedSpan, commonFields: Uint8Array): number;
  /** The same for a span that is cut to at most `maxBytes`; `undefined` when it cannot be. */
  measureCut(span: EncodedSpan, commonFields: Uint8Array, maxBytes: number): number | undefined;
  write(writer: WireWriter): void;
}

export function createEncoder(encoding: Encoding): MessageEncoder {
  return encoding === "protobuf" ? new ProtobufEncoder() : new JsonEncoder();
}

/** The span's bytes as they came, the batch's common fields, and its process as field 10. Nothing is decoded. */
class ProtobufEncoder implements MessageEncoder {
  #span: EncodedSpan | undefined;
  #commonFields = NO_FIELDS;

  measure(span: EncodedSpan, commonFields: Uint8Array): number {
    this.#span = span;
    this.#commonFields = commonFields;
    return wholeSpanLength(span, commonFields);
  }

  measureCut(span: EncodedSpan, commonFields: Uint8Array, maxBytes: number): number | undefined {
    let cut: EncodedSpan | undefined;
    shrinkSpan(decoded(span, commonFields), (candidate) => {
      const [encoded] = encodeSpans([candidate]);
      if (encoded === undefined || wholeSpanLength(encoded, NO_FIELDS) > maxBytes) return false;
      cut = encoded;
      return true;
    });
    return cut === undefined ? undefined : this.measure(cut, NO_FIELDS);
  }

  write(writer: WireWriter): void {
    if (this.#span !== undefined) writeWholeSpan(writer, this.#span, this.#commonFields);
  }
}

class JsonEncoder implements MessageEncoder {
  #bytes: Buffer = Buffer.alloc(0);
  #process: EncodedProcess | undefined;
  #processJson = "";

  measure(span: EncodedSpan, commonFields: Uint8Array): number {
    if (this.#process !== span.process) {
      this.#process = span.process;
      this.#processJson = span.process === NO_PROCESS ? "" : processJson(decodeProcess(span.process));
    }
    this.#bytes = Buffer.from(spanJson(decoded(span, commonFields), this.#processJson, processIdOf(span)));
    return this.#bytes.length;
  }

  measureCut(span: EncodedSpan, commonFields: Uint8Array, maxBytes: number): number | undefined {
    const cut = shrinkSpan(decoded(span, commonFields), (candidate) => {
      const process = span.process === NO_PROCESS ? "" : processJson(candidate.process);
      this.#bytes = Buffer.from(spanJson(candidate, process, ""));
      return this.#bytes.length <= maxBytes;
    });
    return cut === undefined ? undefined : this.#bytes.length;
  }

  write(writer: WireWriter): void {
    writer.raw(this.#bytes, 0, this.#bytes.length);
  }
}

function decoded(span: EncodedSpan, commonFields: Uint8Array): Span {
  const tags = tagsOf(commonFields);
  const own = decodeSpan(span);
  return tags.length === 0 ? own : { ...own, tags: [...own.tags, ...tags] };
}

/** Field 11, which v1 carries along though the process itself is there; "" without it. */
function processIdOf({ buffer, start, end }: EncodedSpan): string {
  const reader = new WireReader(buffer, start, end);
  while (reader.position < end) {
    const tag = reader.varint32();
    if (tag !== PROCESS_ID_TAG) reader.skip(tag & 7);
    else return decodeUtf8(buffer, reader.bytes(), reader.position);
  }
  return "";
}

let lastFields: Uint8Array = NO_FIELDS;
let lastTags: readonly KeyValue[] = [];

/** The tags among a batch's common fields; the same for all its spans. */
function tagsOf(commonFields: Uint8Array): readonly KeyValue[] {
  if (commonFields !== lastFields) {
    lastFields = commonFields;
    lastTags = decodeSpan(new EncodedSpan(commonFields, 0, commonFields.length, NO_PROCESS, 0, 0, true)).tags;
  }
  return lastTags;
}
