import type { WireWriter } from "@spoor/span-wire";
import { isUtf8Range } from "./bytes.ts";

/** A KeyValue field with the text `src[start, end)`; when that is not UTF-8, with the same bytes as binary. */
export function writeTextTag(
  out: WireWriter,
  field: number,
  key: Uint8Array,
  src: Uint8Array,
  start: number,
  end: number,
): void {
  const mark = out.begin(field);
  out.bytesField(1, key, 0, key.length);
  if (isUtf8Range(src, start, end)) {
    if (end > start) out.bytesField(3, src, start, end);
  } else {
    out.tag(2, 0);
    out.varint32(4);
    out.bytesField(7, src, start, end);
  }
  out.end(mark);
}
