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
  if (putShortText(out, field, key, src, start, end)) return;
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

/** The same for a short text of ASCII; else leaves the writer where it is and gives false. */
function putShortText(
  out: WireWriter,
  field: number,
  key: Uint8Array,
  src: Uint8Array,
  start: number,
  end: number,
): boolean {
  const length = end - start;
  const size = key.length + length + 4;
  if (length === 0 || size > 127) return false;
  out.reserve(size + 2);
  const to = out.buffer;
  let at = out.position;
  to[at++] = (field << 3) | 2;
  to[at++] = size;
  to[at++] = 0x0a;
  to[at++] = key.length;
  for (let i = 0; i < key.length; i++) to[at++] = key[i] as number;
  to[at++] = 0x1a;
  to[at++] = length;
  let bits = 0;
  for (let i = start; i < end; i++) {
    const byte = src[i] as number;
    bits |= byte;
    to[at++] = byte;
  }
  if (bits > 127) return false;
  out.position = at;
  return true;
}
