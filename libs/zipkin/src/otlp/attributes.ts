import type { WireWriter } from "@spoor/span-wire";

/** Value of an OTLP attribute: text, text as it came (not checked for UTF-8), bool, integer, double. */
export type AttributeValue = string | Uint8Array | boolean | bigint | { readonly double: number };

/** Writes an OTLP KeyValue field: `key=1 value=2{ string=1 bool=2 int=3 double=4 }`. */
export function writeAttribute(out: WireWriter, field: number, key: string, value: AttributeValue): void {
  const mark = out.begin(field);
  out.stringField(1, key);
  const any = out.begin(2);
  if (typeof value === "string") out.stringField(1, value);
  else if (value instanceof Uint8Array) out.bytesField(1, value, 0, value.length);
  else if (typeof value === "boolean") {
    out.tag(2, 0);
    out.varint32(value ? 1 : 0);
  } else if (typeof value === "bigint") {
    out.tag(3, 0);
    out.varintBig(value);
  } else {
    out.tag(4, 1);
    out.double(value.double);
  }
  out.end(any);
  out.end(mark);
}
