import { type EncodedProcess, EncodedSpan } from "@spoor/span-wire";
import { META_WORDS, type PackedSpans } from "./packed-spans.ts";
import { decodeEntry, entryLength } from "./process-dictionary.ts";

/** The spans as the codec knows them; they share `packed.bytes`, and those of one process its object. */
export function unpackSpans(packed: PackedSpans): EncodedSpan[] {
  const processes: EncodedProcess[] = [];
  const entries = Buffer.from(packed.processes.buffer, packed.processes.byteOffset, packed.processes.byteLength);
  for (let at = 0; at < entries.length; ) {
    const end = at + entryLength(entries, at);
    processes.push(decodeEntry(entries, at, end).process);
    at = end;
  }
  const spans: EncodedSpan[] = [];
  let start = 0;
  for (let i = 0; i < packed.spanCount; i++) {
    const at = i * META_WORDS;
    const end = start + (packed.meta[at] as number);
    const word = packed.meta[at + 3] as number;
    const process = processes[packed.meta[at + 2] as number];
    if (process === undefined) throw new RangeError("packed spans name a process that is not there");
    const flags = packed.meta[at + 1] as number;
    spans.push(new EncodedSpan(packed.bytes, start, end, process, start + (word >>> 1), flags, (word & 1) === 1));
    start = end;
  }
  return spans;
}
