import * as fs from "node:fs";
import * as path from "node:path";
import * as zlib from "node:zlib";
import { META_WORDS, type PackedSpans } from "./packed-spans.ts";

/**
 * A record is a header of 32 bytes, then processes, meta and bytes as in PackedSpans. The header, little-endian:
 * u32 magic, u32 length of processes, u32 number of spans, u32 length of bytes, f64 arrival time in milliseconds,
 * u32 CRC-32 of the header's first 24 bytes and the content, u32 zero.
 */
const HEADER_LENGTH = 32;
const MAGIC = 0x314a5053;
const NAME = /^journal-(\d{12})\.log$/;

/** One file of the journal: the spans of one memtable in the order of their flushes. */
export class JournalSegment {
  readonly number: number;
  readonly path: string;
  readonly #fd: number;
  #length = 0;
  #broken = false;
  #syncing = 0;
  #closeWhenIdle = false;

  private constructor(number: number, path: string, fd: number) {
    this.number = number;
    this.path = path;
    this.#fd = fd;
  }

  static create(directory: string, number: number): JournalSegment {
    const file = segmentPath(directory, number);
    const fd = fs.openSync(file, "wx");
    syncDirectory(directory);
    return new JournalSegment(number, file, fd);
  }

  get length(): number {
    return this.#length;
  }

  /** True after an error that leaves it open what the file holds: it may be read but not be appended to. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Appends a record; it is durable once a {@link sync} that began later succeeded. Throws what the file system says. */
  append(packed: PackedSpans, arrivalMs: number): void {
    const meta = bytesOf(packed.meta.subarray(0, packed.spanCount * META_WORDS));
    const header = Buffer.alloc(HEADER_LENGTH);
    header.writeUInt32LE(MAGIC, 0);
    header.writeUInt32LE(packed.processes.length, 4);
    header.writeUInt32LE(packed.spanCount, 8);
    header.writeUInt32LE(packed.bytes.length, 12);
    header.writeDoubleLE(arrivalMs, 16);
    header.writeUInt32LE(checksum(header, packed.processes, meta, packed.bytes), 24);
    const parts = [header, packed.processes, meta, packed.bytes];
    const total = HEADER_LENGTH + packed.processes.length + meta.length + packed.bytes.length;
    try {
      const written = fs.writevSync(this.#fd, parts, this.#length);
      if (written < total) throw Object.assign(new Error(`wrote ${written} of ${total} bytes`), { code: "ENOSPC" });
    } catch (error) {
      this.#undo();
      throw error;
    }
    this.#length += total;
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#syncing++;
      fs.fdatasync(this.#fd, (error) => {
        this.#syncing--;
        if (this.#closeWhenIdle && this.#syncing === 0) fs.closeSync(this.#fd);
        if (error === null) return resolve();
        // The kernel may have dropped the pages: what the file holds is unknown.
        this.#broken = true;
        reject(error);
      });
    });
  }

  #undo(): void {
    try {
      fs.ftruncateSync(this.#fd, this.#length);
    } catch {
      this.#broken = true;
    }
  }

  /** Closes it, after the syncs under way. */
  close(): void {
    if (this.#syncing > 0) this.#closeWhenIdle = true;
    else fs.closeSync(this.#fd);
  }

  remove(): void {
    this.close();
    fs.rmSync(this.path, { force: true });
  }
}

export interface JournalRecord {
  readonly packed: PackedSpans;
  readonly arrivalMs: number;
}

export interface Replay {
  readonly records: readonly JournalRecord[];
  /** Bytes at the end that were being written when the process died; never acknowledged. */
  readonly tornBytes: number;
  /** Bytes before a good record that are no record: the disk has lost something. */
  readonly damagedBytes: number;
}

export function journalSegments(directory: string): number[] {
  const numbers: number[] = [];
  for (const name of fs.readdirSync(directory)) {
    const match = NAME.exec(name);
    if (match !== null) numbers.push(Number(match[1]));
  }
  return numbers.sort((a, b) => a - b);
}

export function segmentPath(directory: string, number: number): string {
  return path.join(directory, `journal-${String(number).padStart(12, "0")}.log`);
}

/** Every good record of a segment. Damage in the middle costs the records it hit and no more. */
export function replaySegment(file: string): Replay {
  const content = fs.readFileSync(file);
  const records: JournalRecord[] = [];
  let at = 0;
  let badFrom = -1;
  let damagedBytes = 0;
  while (at + HEADER_LENGTH <= content.length) {
    const record = readRecord(content, at);
    if (record !== undefined) {
      if (badFrom >= 0) damagedBytes += at - badFrom;
      badFrom = -1;
      records.push(record.record);
      at = record.end;
      continue;
    }
    if (badFrom < 0) badFrom = at;
    const next = content.indexOf(MAGIC_BYTES, at + 1);
    if (next < 0) break;
    at = next;
  }
  return { records, tornBytes: content.length - (badFrom >= 0 ? badFrom : at), damagedBytes };
}

const MAGIC_BYTES = Buffer.from([0x53, 0x50, 0x4a, 0x31]);

function readRecord(content: Buffer, at: number): { record: JournalRecord; end: number } | undefined {
  if (content.readUInt32LE(at) !== MAGIC) return undefined;
  const processLength = content.readUInt32LE(at + 4);
  const spanCount = content.readUInt32LE(at + 8);
  const byteLength = content.readUInt32LE(at + 12);
  const metaStart = at + HEADER_LENGTH + processLength;
  const bytesStart = metaStart + spanCount * META_WORDS * 4;
  const end = bytesStart + byteLength;
  if (end > content.length) return undefined;
  const processes = content.subarray(at + HEADER_LENGTH, metaStart);
  const meta = content.subarray(metaStart, bytesStart);
  const bytes = content.subarray(bytesStart, end);
  if (checksum(content.subarray(at, at + HEADER_LENGTH), processes, meta, bytes) !== content.readUInt32LE(at + 24)) {
    return undefined;
  }
  const words = new Uint32Array(spanCount * META_WORDS);
  bytesOf(words).set(meta);
  return {
    record: { packed: { processes, meta: words, bytes, spanCount }, arrivalMs: content.readDoubleLE(at + 16) },
    end,
  };
}

function checksum(header: Uint8Array, processes: Uint8Array, meta: Uint8Array, bytes: Uint8Array): number {
  return zlib.crc32(bytes, zlib.crc32(meta, zlib.crc32(processes, zlib.crc32(header.subarray(0, 24)))));
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** Makes created, renamed and removed names durable. */
export function syncDirectory(directory: string): void {
  const fd = fs.openSync(directory, "r");
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
