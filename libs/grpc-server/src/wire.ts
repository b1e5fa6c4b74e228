import { decodeUtf8, SpanWireError, type WireReader } from "@spoor/span-wire";
import { GRPC_STATUS, GrpcError } from "./status.ts";

/** Calls `read` for each length-delimited field with its range; other fields are stepped over. */
export function forEachBytesField(reader: WireReader, read: (field: number, start: number, end: number) => void): void {
  try {
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      if ((tag & 7) !== 2) {
        reader.skip(tag & 7);
        continue;
      }
      const length = reader.length();
      const start = reader.position;
      reader.position += length;
      read(tag >>> 3, start, reader.position);
    }
  } catch (cause) {
    if (!(cause instanceof SpanWireError)) throw cause;
    // Go's words, its no-break space included.
    const reason = "grpc: error unmarshalling request: proto:\u00a0cannot parse invalid wire-format data";
    throw new GrpcError(GRPC_STATUS.INTERNAL, reason, { cause });
  }
}

/** The last value of a string field, "" without one. */
export function readStringField(reader: WireReader, field: number): string {
  let text = "";
  forEachBytesField(reader, (number, start, end) => {
    if (number === field) text = decodeUtf8(reader.buffer, start, end);
  });
  return text;
}
