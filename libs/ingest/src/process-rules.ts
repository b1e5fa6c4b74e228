import type { KeyValue, Process } from "@spoor/span-model";
import { decodeProcess, type EncodedProcess, encodeProcess, NO_PROCESS } from "@spoor/span-wire";
import { compareKeyValues } from "./key-value-order.ts";

/** v1's names for spans that do not say who sent them (jaegertracing/jaeger `cmd/collector/app/sanitizer`). */
const NO_PROCESS_NAME = "null-process-and-service-name";
const EMPTY_NAME = "empty-service-name";
const REPLACEMENT_CHARACTER = "\ufffd";

const MAX_CACHED = 1024;
const MAX_CACHED_BYTES = 4 * 1024 * 1024;

export interface CollectorTag {
  readonly key: string;
  readonly value: string;
}

/**
 * How collector tags join a process's own. v1 has two ways: on its Jaeger ports a tag is left out when key and value are there
 * already, and all tags are sorted; on OTLP and Zipkin an existing key wins and tags are appended.
 */
export type TagStyle = "jaeger" | "otlp";

/**
 * Makes a process fit to be stored: a name, valid UTF-8, and the collector's tags. Clients send the same process again and again,
 * so results are remembered by its bytes.
 */
export class ProcessRules {
  readonly #tags: readonly KeyValue[];
  readonly #cache: Readonly<Record<TagStyle, Map<string, EncodedProcess>>> = { jaeger: new Map(), otlp: new Map() };
  #cachedBytes = 0;

  constructor(tags: readonly CollectorTag[]) {
    this.#tags = tags.map(({ key, value }) => ({ key, type: "string", value }));
  }

  /** The same object when nothing has to change. */
  apply(process: EncodedProcess, style: TagStyle): EncodedProcess {
    const name = process.serviceName;
    if (this.#tags.length === 0 && name !== "" && !name.includes(REPLACEMENT_CHARACTER)) return process;
    const key = process === NO_PROCESS ? "none" : `=${latin1(process.bytes)}`;
    const cache = this.#cache[style];
    const known = cache.get(key);
    if (known !== undefined) return known;
    const changed = encodeProcess(this.#changed(process, style));
    this.#remember(cache, key, changed);
    return changed;
  }

  #changed(process: EncodedProcess, style: TagStyle): Process {
    if (process === NO_PROCESS) return { serviceName: NO_PROCESS_NAME, tags: this.#merge([], style) };
    const { serviceName, tags } = decodeProcess(process);
    // Decoding put U+FFFD where the bytes were no UTF-8, which every store can take.
    return { serviceName: serviceName === "" ? EMPTY_NAME : serviceName, tags: this.#merge(tags, style) };
  }

  #merge(own: readonly KeyValue[], style: TagStyle): readonly KeyValue[] {
    if (this.#tags.length === 0) return own;
    const keys = new Set(own.map(({ key }) => key));
    const isNew = (tag: KeyValue) =>
      style === "otlp" ? !keys.has(tag.key) : !own.some((other) => compareKeyValues(other, tag) === 0);
    const merged = [...own, ...this.#tags.filter(isNew)];
    return style === "otlp" ? merged : merged.sort(compareKeyValues);
  }

  #remember(cache: Map<string, EncodedProcess>, key: string, process: EncodedProcess): void {
    const size = key.length + process.bytes.length;
    if (cache.size >= MAX_CACHED || this.#cachedBytes + size > MAX_CACHED_BYTES) {
      for (const each of Object.values(this.#cache)) each.clear();
      this.#cachedBytes = 0;
    }
    if (size > MAX_CACHED_BYTES / 16) return;
    cache.set(key, process);
    this.#cachedBytes += size;
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
