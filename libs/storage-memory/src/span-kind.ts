import { KeyValueCursor } from "@spoor/span-wire";

const KEY = Buffer.from("span.kind");
const KINDS = ["client", "server", "producer", "consumer", "internal"].map((text) => ({
  text,
  bytes: Buffer.from(text),
}));

const cursor = new KeyValueCursor();

/** The text of the first tag `span.kind` among encoded fields of Span; "" without one. */
export function spanKindOf(buffer: Uint8Array, start: number, end: number): string {
  cursor.openFields(buffer, start, end, false);
  while (cursor.next()) {
    if (!cursor.hasKey(KEY)) continue;
    const known = KINDS.find((kind) => cursor.hasStringValue(kind.bytes));
    return known === undefined ? cursor.valueText() : known.text;
  }
  return "";
}
