import { hashOfView } from "@spoor/span-wire";
import { BatchFrame, ENTRIES_START } from "../driver/batch-frame.ts";
import { CqlWriter } from "../rows/cql-writer.ts";
import { TABLES } from "./tables.ts";

/** Cassandra warns of batches above 5 KiB by default, where they have more than one partition. */
const MAX_MIXED_BYTES = 4608;
/** It warns of unlogged batches over more partitions by default. */
const MAX_PARTITIONS = 10;
/** One partition's rows are one mutation, however many they are. */
const MAX_SINGLE_BYTES = 64 * 1024;
/** What the server counts for a row, besides the values behind its partition key; and for a partition. */
const ROW_BYTES = 40;
const PARTITION_BYTES = 48;
const FIRST_BYTES = 256 * 1024;
const KEPT_BYTES = 4 * 1024 * 1024;
const FIRST_SLOTS = 4096;
const NO_SPAN = -1;
/** Longer runs are faster through the runtime's own copy. */
const LONG = 1024;

/** Rows that travel together. */
export interface RowBatch {
  readonly frame: BatchFrame;
  /** Rows by table number. */
  readonly rows: readonly number[];
  /** Of the first row. */
  readonly table: number;
}

/** The rows of one partition. */
interface Group {
  readonly table: number;
  readonly hash: number;
  /** Where the partition key of its first row is. */
  readonly keyStart: number;
  readonly keyLength: number;
  /** Start and end of each row, one after the other. */
  readonly places: number[];
  /** As the server counts them. */
  serverBytes: number;
  lastSpan: number;
}

/**
 * Gathers encoded rows into unlogged batches, which cost a small part of what as many requests would. Rows of one partition stay together: the
 * server applies them as a single mutation. A row is written into {@link out} between {@link begin} and {@link end}.
 */
export class RowGroups {
  readonly out = new CqlWriter(FIRST_BYTES);
  readonly #headers: readonly Buffer[];
  readonly #consistency: number;
  #groups: Group[] = [];
  /** Numbers of groups by hash, one more than they are; 0 is free. */
  #slots = new Int32Array(FIRST_SLOTS);
  #table = 0;
  #rowStart = 0;
  #keyStart = 0;
  #keyEnd = 0;
  #span = 0;

  /** `headers`: what stands before a row's values, by table. */
  constructor(headers: readonly Buffer[], consistency: number) {
    this.#headers = headers;
    this.#consistency = consistency;
  }

  /** The rows that follow are another span's. */
  nextSpan(): void {
    this.#span++;
  }

  /** Begins a row; the values of its partition key are to be written next. */
  begin(table: number): void {
    const { out } = this;
    this.#table = table;
    this.#rowStart = out.position;
    out.raw(this.#headers[table] as Buffer);
    this.#keyStart = out.position;
  }

  /** The partition key is written, its other values follow. */
  endKey(): void {
    this.#keyEnd = this.out.position;
  }

  /** A span has one row in a partition: a second one, which is the same, is left out. */
  end(): void {
    const { out } = this;
    const group = this.#group();
    if (group.lastSpan === this.#span) {
      this.cancel();
      return;
    }
    group.lastSpan = this.#span;
    group.places.push(this.#rowStart, out.position);
    group.serverBytes += ROW_BYTES + out.position - this.#keyEnd;
  }

  /** Takes back the row that was begun. */
  cancel(): void {
    this.out.position = this.#rowStart;
  }

  /** All rows in batches; nothing is left afterwards. */
  take(): readonly RowBatch[] {
    const batches: RowBatch[] = [];
    const singles = new Mixed();
    const others = new Mixed();
    for (const group of this.#groups) {
      if (group.serverBytes > MAX_MIXED_BYTES) this.#addLarge(group, batches);
      else {
        const mixed = group.places.length > 2 ? others : singles;
        if (!mixed.fits(group)) this.#addMixed(mixed, batches);
        mixed.add(group);
      }
    }
    this.#addMixed(others, batches);
    this.#addMixed(singles, batches);
    this.clear();
    return batches;
  }

  /** Forgets all rows. */
  clear(): void {
    this.#groups = [];
    this.#slots.fill(0);
    this.out.position = 0;
    this.out.shrink(KEPT_BYTES);
  }

  /** The group of the row that was begun. */
  #group(): Group {
    const { view } = this.out;
    const keyStart = this.#keyStart;
    const keyLength = this.#keyEnd - keyStart;
    const hash = hashOfView(view, keyStart, this.#keyEnd, this.#table);
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const number = slots[slot] as number;
      if (number === 0) break;
      const group = this.#groups[number - 1] as Group;
      if (group.hash === hash && group.table === this.#table && group.keyLength === keyLength) {
        if (isEqual(view, group.keyStart, keyStart, keyLength)) return group;
      }
      slot = (slot + 1) & mask;
    }
    const group: Group = {
      table: this.#table,
      hash,
      keyStart,
      keyLength,
      places: [],
      serverBytes: PARTITION_BYTES,
      lastSpan: NO_SPAN,
    };
    this.#groups.push(group);
    slots[slot] = this.#groups.length;
    if (this.#groups.length * 2 > slots.length) this.#grow();
    return group;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    this.#groups.forEach(({ hash }, i) => {
      let slot = hash & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = i + 1;
    });
    this.#slots = slots;
  }

  #addLarge({ table, places }: Group, batches: RowBatch[]): void {
    let from = 0;
    let bytes = 0;
    const add = (to: number) => {
      const rows = new Array<number>(TABLES.length).fill(0);
      rows[table] = (to - from) / 2;
      const frame = new BatchFrame((to - from) / 2, bytes, this.#consistency);
      this.#copy(places, from, to, frame, ENTRIES_START);
      batches.push({ frame, rows, table });
      from = to;
      bytes = 0;
    };
    for (let i = 0; i < places.length; i += 2) {
      const length = (places[i + 1] as number) - (places[i] as number);
      if (bytes > 0 && bytes + length > MAX_SINGLE_BYTES) add(i);
      bytes += length;
    }
    add(places.length);
  }

  #addMixed(mixed: Mixed, batches: RowBatch[]): void {
    const { groups } = mixed;
    const [first] = groups;
    if (first === undefined) return;
    const rows = new Array<number>(TABLES.length).fill(0);
    let count = 0;
    let bytes = 0;
    for (const { table, places } of groups) {
      rows[table] = (rows[table] as number) + places.length / 2;
      count += places.length / 2;
      for (let i = 0; i < places.length; i += 2) bytes += (places[i + 1] as number) - (places[i] as number);
    }
    const frame = new BatchFrame(count, bytes, this.#consistency);
    let at = ENTRIES_START;
    for (const { places } of groups) at = this.#copy(places, 0, places.length, frame, at);
    batches.push({ frame, rows, table: first.table });
    mixed.clear();
  }

  #copy(places: readonly number[], from: number, to: number, { buffer }: BatchFrame, start: number): number {
    const target = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    let at = start;
    for (let i = from; i < to; i += 2) {
      const begin = places[i] as number;
      const end = places[i + 1] as number;
      if (end - begin > LONG) this.out.buffer.copy(buffer, at, begin, end);
      else copyBytes(this.out.view, begin, end, target, at);
      at += end - begin;
    }
    return at;
  }
}

/** Groups that go into one batch. */
class Mixed {
  groups: Group[] = [];
  #serverBytes = 0;

  fits({ serverBytes }: Group): boolean {
    return this.groups.length < MAX_PARTITIONS && this.#serverBytes + serverBytes <= MAX_MIXED_BYTES;
  }

  add(group: Group): void {
    this.groups.push(group);
    this.#serverBytes += group.serverBytes;
  }

  clear(): void {
    this.groups = [];
    this.#serverBytes = 0;
  }
}

/** The runtime's own copy makes an object for every run of bytes. */
function copyBytes(source: DataView, from: number, to: number, target: DataView, start: number): void {
  let i = from;
  let at = start;
  for (; i + 4 <= to; i += 4, at += 4) target.setInt32(at, source.getInt32(i, true), true);
  for (; i < to; i++, at++) target.setUint8(at, source.getUint8(i));
}

function isEqual(view: DataView, a: number, b: number, length: number): boolean {
  let i = 0;
  for (; i + 4 <= length; i += 4) if (view.getInt32(a + i) !== view.getInt32(b + i)) return false;
  for (; i < length; i++) if (view.getUint8(a + i) !== view.getUint8(b + i)) return false;
  return true;
}
