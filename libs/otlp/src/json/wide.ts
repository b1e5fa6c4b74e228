import type { WireWriter } from "@spoor/span-wire";

/** Bytes kept for a length: enough for 256 MiB. */
const WIDTH = 4;

/**
 * Opens a nested message that is likely long, for a reader in this process: its length gets a varint of fixed width, so that closing
 * it never moves the content.
 */
export function beginWide(out: WireWriter, field: number): number {
  out.tag(field, 2);
  out.reserve(WIDTH);
  const mark = out.position;
  out.position += WIDTH;
  return mark;
}

export function endWide(out: WireWriter, mark: number): void {
  let length = out.position - mark - WIDTH;
  for (let i = 0; i < WIDTH; i++) {
    out.buffer[mark + i] = (length & 127) | (i < WIDTH - 1 ? 128 : 0);
    length >>>= 7;
  }
  if (length !== 0) throw new RangeError("message is too long");
}
