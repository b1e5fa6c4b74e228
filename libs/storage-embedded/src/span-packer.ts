import type { EncodedProcess, EncodedSpan } from "@spoor/span-wire";
import { META_WORDS, type PackedSpans } from "./packed-spans.ts";
import { encodeEntry } from "./process-dictionary.ts";

/** Copies encoded spans into one run of bytes, to be handed over as a whole. */
export class SpanPacker {
  #bytes: Buffer;
  #meta: Uint32Array;
  #byteCount = 0;
  #spanCount = 0;
  readonly #entries: Buffer[] = [];
  readonly #numbers = new Map<string, Map<EncodedProcess, number>>();

  constructor(bytes: ArrayBuffer = new ArrayBuffer(4096), meta: ArrayBuffer = new ArrayBuffer(64 * META_WORDS * 4)) {
    this.#bytes = Buffer.from(bytes);
    this.#meta = new Uint32Array(meta);
  }

  get spanCount(): number {
    return this.#spanCount;
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  /** Appends a span with `commonFields` behind it. */
  add(span: EncodedSpan, commonFields: Uint8Array, tenant: string): void {
    const { buffer, start, end } = span;
    const length = end - start + commonFields.length;
    const at = this.#byteCount;
    if (at + length > this.#bytes.length) this.#growBytes(at + length);
    const bytes = this.#bytes;
    bytes.set(start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end), at);
    for (let i = 0, to = at + end - start; i < commonFields.length; i++) bytes[to + i] = commonFields[i] as number;
    const word = this.#spanCount * META_WORDS;
    if (word === this.#meta.length) this.#growMeta();
    this.#meta[word] = length;
    this.#meta[word + 1] = span.flags;
    this.#meta[word + 2] = this.#processNumber(tenant, span.process);
    this.#meta[word + 3] = (span.traceIdStart - start) * 2 + (span.isRoot ? 1 : 0);
    this.#byteCount = at + length;
    this.#spanCount++;
  }

  /** Hands over what was packed; the packer is spent. Both buffers begin at their memory's start and may be transferred. */
  finish(): PackedSpans {
    return {
      processes: new Uint8Array(Buffer.concat(this.#entries)),
      meta: this.#meta,
      bytes: this.#bytes.subarray(0, this.#byteCount),
      spanCount: this.#spanCount,
    };
  }

  #processNumber(tenant: string, process: EncodedProcess): number {
    let numbers = this.#numbers.get(tenant);
    if (numbers === undefined) {
      numbers = new Map();
      this.#numbers.set(tenant, numbers);
    }
    let number = numbers.get(process);
    if (number === undefined) {
      number = this.#entries.length;
      this.#entries.push(encodeEntry(tenant, process));
      numbers.set(process, number);
    }
    return number;
  }

  #growBytes(needed: number): void {
    const grown = Buffer.from(new ArrayBuffer(Math.max(needed, this.#bytes.length * 2)));
    grown.set(this.#bytes.subarray(0, this.#byteCount));
    this.#bytes = grown;
  }

  #growMeta(): void {
    const grown = new Uint32Array(this.#meta.length * 2);
    grown.set(this.#meta);
    this.#meta = grown;
  }
}
