import {
  DEFAULT_WIRE_LIMITS,
  type EncodedSpan,
  NO_FIELDS,
  NO_PROCESS,
  type ProcessTable,
  scanSpan,
  WireWriter,
  wholeSpanLength,
  writeWholeSpan,
} from "@spoor/span-wire";
import { readFields } from "./fields.ts";

/** v1's number of spans in a chunk. */
const SPANS_A_CHUNK = 1000;
/** And bytes, about: v1's clients take messages of up to 4 MiB. */
const CHUNK_BYTES = 1024 * 1024;

/** `WriteSpanRequest { span = 1 }`. */
export function encodeWriteSpan(span: EncodedSpan, commonFields: Uint8Array): Uint8Array {
  const writer = new WireWriter(wholeSpanLength(span, commonFields) + 8);
  writeSpanField(writer, span, commonFields);
  return writer.buffer.subarray(0, writer.position);
}

/** The span of a `WriteSpanRequest`, its bytes still those of the message; `undefined` without one. */
export function decodeWriteSpan(message: Uint8Array, processes: ProcessTable): EncodedSpan | undefined {
  let span: EncodedSpan | undefined;
  readFields(
    {
      1: (reader, start, end) => {
        span = scanSpan(reader.buffer, start, end, DEFAULT_WIRE_LIMITS, NO_PROCESS, processes);
      },
    },
    message,
  );
  return span;
}

/** `SpansResponseChunk { spans = 1 }` messages of at most 1000 spans and, unless a single span is longer, about a megabyte. */
export function* encodeChunks(spans: readonly EncodedSpan[]): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < spans.length; ) {
    let bytes = 0;
    let end = at;
    while (end < spans.length && end - at < SPANS_A_CHUNK) {
      const length = wholeSpanLength(spans[end] as EncodedSpan, NO_FIELDS) + 6;
      if (end > at && bytes + length > CHUNK_BYTES) break;
      bytes += length;
      end++;
    }
    const writer = new WireWriter(bytes);
    for (; at < end; at++) writeSpanField(writer, spans[at] as EncodedSpan, NO_FIELDS);
    yield writer.buffer.subarray(0, writer.position);
  }
}

/** The spans of a `SpansResponseChunk`, their bytes still those of the message. */
export function decodeChunk(message: Uint8Array, processes: ProcessTable): EncodedSpan[] {
  const spans: EncodedSpan[] = [];
  readFields(
    {
      1: (reader, start, end) =>
        spans.push(scanSpan(reader.buffer, start, end, DEFAULT_WIRE_LIMITS, NO_PROCESS, processes)),
    },
    message,
  );
  return spans;
}

function writeSpanField(writer: WireWriter, span: EncodedSpan, commonFields: Uint8Array): void {
  writer.tag(1, 2);
  writer.varint32(wholeSpanLength(span, commonFields));
  writeWholeSpan(writer, span, commonFields);
}
