import { WireWriter } from "@spoor/span-wire";

const CAPACITY = 1024;
const MOST_KEPT = 64 * 1024;

let scratch: WireWriter | undefined;

/**
 * An empty writer for a short message that is copied out (`finish`) before anybody asks for the next one: most requests hold few spans, and
 * fresh buffers would cost more than the spans themselves.
 */
export function scratchWriter(): WireWriter {
  if (scratch === undefined || scratch.buffer.length > MOST_KEPT) scratch = new WireWriter(CAPACITY);
  scratch.reset();
  return scratch;
}
