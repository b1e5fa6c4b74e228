import { ContentHash, type EncodedProcess, KeyValueCursor } from "@spoor/span-wire";
import { CqlWriter } from "../rows/cql-writer.ts";
import type { TagIndex } from "../rows/indexed-tags.ts";
import { processValue } from "../rows/span-row.ts";

/** What all spans of a process have in their rows. */
export interface ProcessRows {
  readonly serviceName: string;
  /** The value of the column `process`. */
  readonly value: Buffer;
  /** The service's name as a value with its length before it. */
  readonly service: Buffer;
  /** The partition keys of its tags in `tag_index`. */
  readonly tagKeys: readonly Buffer[];
  /** Tags that v1's rules leave out of the index. */
  readonly skippedTags: number;
  /** Of all its bytes. */
  readonly hash: { readonly high: number; readonly low: number };
}

const cursor = new KeyValueCursor();
const writer = new CqlWriter();

export function processRows(process: EncodedProcess, tagIndex: TagIndex | undefined): ProcessRows {
  const { serviceName } = process;
  writer.text(serviceName);
  const service = writer.take();
  const tagKeys: Buffer[] = [];
  let skippedTags = 0;
  if (tagIndex?.processTags) {
    cursor.openProcess(process);
    while (cursor.next()) {
      writer.raw(service);
      const outcome = tagIndex.write(writer, cursor);
      if (outcome === "written") tagKeys.push(writer.take());
      else writer.position = 0;
      if (outcome === "skipped") skippedTags++;
    }
  }
  const hash = new ContentHash();
  hash.add(process.bytes);
  return {
    serviceName,
    value: processValue(process),
    service,
    tagKeys,
    skippedTags,
    hash: { high: hash.high, low: hash.low },
  };
}
