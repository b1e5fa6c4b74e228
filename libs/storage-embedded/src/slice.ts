import * as fs from "node:fs";
import * as path from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type BlockHeader, FORMAT_VERSION, type RowKind, rowId } from "./block-format.ts";
import type { EdgeCounts } from "./edge-counts.ts";
import type { Name } from "./name-index.ts";

/** Opens a SQLite file; given from outside so that no file but the worker's entry imports node:sqlite at its start. */
export type OpenDatabase = (file: string) => DatabaseSync;

const APPLICATION_ID = 0x53504f52;
const FILE_NAME = /^slice-(\d{8})-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.sqlite$/;

/** Ends the name of a slice that is being made. */
const UNFINISHED = ".new";

const SCHEMA = `
CREATE TABLE block (
  id INTEGER PRIMARY KEY, span_count INTEGER NOT NULL, trace_count INTEGER NOT NULL, process_count INTEGER NOT NULL,
  min_start_ms REAL NOT NULL, max_start_ms REAL NOT NULL, last_arrival_ms REAL NOT NULL, last_segment INTEGER NOT NULL,
  key_bits INTEGER NOT NULL, trace_bits INTEGER NOT NULL, tenants TEXT NOT NULL, row_first BLOB NOT NULL, column_ranges BLOB NOT NULL
) STRICT;
CREATE TABLE row (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE name (
  tenant TEXT NOT NULL, service TEXT NOT NULL, operation TEXT NOT NULL, kind TEXT NOT NULL,
  PRIMARY KEY (tenant, service, operation, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE edge (
  tenant TEXT NOT NULL, minute INTEGER NOT NULL, parent TEXT NOT NULL, child TEXT NOT NULL, calls INTEGER NOT NULL,
  PRIMARY KEY (tenant, minute, parent, child)
) STRICT, WITHOUT ROWID;
`;

export interface SliceName {
  readonly file: string;
  /** Grows by one a slice. Slices are in its order, for a clock may have been wrong. */
  readonly number: number;
  /** When its first spans arrived, to the second. */
  readonly createdMs: number;
}

/** The slice files of a directory, oldest first. */
export function sliceNames(directory: string): SliceName[] {
  const names: SliceName[] = [];
  for (const file of fs.readdirSync(directory)) {
    const match = FILE_NAME.exec(file);
    if (match === null) continue;
    const [number = 0, year = 0, month = 0, day, hour, minute, second] = match.slice(1).map(Number);
    const createdMs = Date.UTC(year, month - 1, day, hour, minute, second);
    names.push({ file: path.join(directory, file), number, createdMs });
  }
  return names.sort((a, b) => a.number - b.number);
}

/** Removes what a crash left of slices that were being made; they held nothing yet. */
export function removeUnfinishedSlices(directory: string): void {
  for (const file of fs.readdirSync(directory)) {
    const base = file.replace(/-journal$/, "");
    if (!base.endsWith(UNFINISHED) || !FILE_NAME.test(base.slice(0, -UNFINISHED.length))) continue;
    fs.rmSync(path.join(directory, file), { force: true });
  }
}

/** The name of a slice: `slice-NUMBER-yyyymmddThhmmssZ.sqlite`. */
export function sliceName(directory: string, number: number, createdMs: number): SliceName {
  const time = new Date(createdMs).toISOString().replace(/[-:]|\.\d+/g, "");
  return { file: path.join(directory, `slice-${String(number).padStart(8, "0")}-${time}.sqlite`), number, createdMs };
}

/** One SQLite file: the blocks that arrived in a period, with their names and calls. Goes as a whole. */
export class Slice {
  readonly name: SliceName;
  readonly blocks: BlockHeader[] = [];
  #db: DatabaseSync | undefined;
  readonly #readRow: StatementSync;

  private constructor(name: SliceName, db: DatabaseSync) {
    this.name = name;
    this.#db = db;
    this.#readRow = db.prepare("SELECT data FROM row WHERE id = ?");
  }

  /** Makes the file under another name first: one that a crash left unfinished is no slice, and no damaged one. */
  static create(open: OpenDatabase, name: SliceName): Slice {
    const unfinished = `${name.file}${UNFINISHED}`;
    removeSliceFiles(unfinished);
    try {
      const db = open(unfinished);
      try {
        configure(db);
        db.exec("BEGIN IMMEDIATE");
        db.exec(SCHEMA);
        db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
        db.exec(`PRAGMA user_version = ${FORMAT_VERSION}`);
        db.exec("COMMIT");
      } finally {
        db.close();
      }
      fs.renameSync(unfinished, name.file);
      return Slice.open(open, name);
    } catch (error) {
      removeSliceFiles(unfinished);
      removeSliceFiles(name.file);
      throw error;
    }
  }

  /** Throws when the file is no slice, damaged where it can be seen without reading all of it, or of another version. */
  static open(open: OpenDatabase, name: SliceName): Slice {
    const db = open(name.file);
    try {
      configure(db);
      const version = numberOf(db, "PRAGMA user_version");
      if (numberOf(db, "PRAGMA application_id") !== APPLICATION_ID) throw new Error("the file is no slice");
      if (version !== FORMAT_VERSION) throw new Error(`format version ${version}, expected ${FORMAT_VERSION}`);
      const expected = numberOf(db, "PRAGMA page_count") * numberOf(db, "PRAGMA page_size");
      const size = fs.statSync(name.file).size;
      if (size < expected) throw new Error(`the file is cut off: ${size} of ${expected} bytes`);
      const slice = new Slice(name, db);
      for (const row of db.prepare("SELECT * FROM block ORDER BY id").all()) slice.blocks.push(headerOf(row));
      return slice;
    } catch (error) {
      db.close();
      throw error;
    }
  }

  get file(): string {
    return this.name.file;
  }

  get isOpen(): boolean {
    return this.#db !== undefined;
  }

  get lastArrivalMs(): number {
    return this.blocks.reduce((last, block) => Math.max(last, block.lastArrivalMs), Number.NEGATIVE_INFINITY);
  }

  get lastSegment(): number {
    return this.blocks.reduce((last, block) => Math.max(last, block.lastSegment), 0);
  }

  get byteLength(): number {
    return fs.statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** The bytes of a row; they are the caller's. Throws when there is none or the slice was dropped. */
  read(block: number, kind: RowKind, number: number): Uint8Array {
    this.#open();
    const row = this.#readRow.get(rowId(block, kind, number));
    if (!(row?.data instanceof Uint8Array)) throw new DamagedRowError(`block ${block} has no row ${kind}/${number}`);
    return row.data;
  }

  nextBlockId(): number {
    return (this.blocks.at(-1)?.id ?? 0) + 1;
  }

  /** Everything that `fill` inserts becomes durable at once, or nothing does. `fill` may rest between inserts. */
  async transaction(fill: (insert: BlockInserter) => Promise<BlockHeader>): Promise<BlockHeader> {
    const db = this.#open();
    const inserter = new BlockInserter(db);
    db.exec("BEGIN IMMEDIATE");
    try {
      const header = await fill(inserter);
      inserter.block(header);
      db.exec("COMMIT");
      this.blocks.push(header);
      return header;
    } catch (error) {
      if (db.isOpen && db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }

  names(): Name[] {
    const rows = this.#open().prepare("SELECT tenant, service, operation, kind FROM name").all();
    return rows.map((row) => ({
      tenant: String(row.tenant),
      service: String(row.service),
      operation: String(row.operation),
      spanKind: String(row.kind),
    }));
  }

  /** Adds the calls of these minutes, inclusive, to `into`. */
  addCalls(
    tenant: string,
    fromMinute: number,
    toMinute: number,
    into: (parent: string, child: string, calls: number) => void,
  ): void {
    const rows = this.#open()
      .prepare(
        "SELECT parent, child, sum(calls) AS calls FROM edge WHERE tenant = ? AND minute BETWEEN ? AND ? GROUP BY parent, child",
      )
      .all(tenant, fromMinute, toMinute);
    for (const row of rows) into(String(row.parent), String(row.child), Number(row.calls));
  }

  close(): void {
    this.#db?.close();
    this.#db = undefined;
  }

  /** Closes and deletes the file. */
  remove(): void {
    this.close();
    removeSliceFiles(this.file);
  }

  #open(): DatabaseSync {
    if (this.#db === undefined) throw new SliceGoneError(`slice ${path.basename(this.file)} was dropped`);
    return this.#db;
  }
}

/** The inserts of one block. */
export class BlockInserter {
  readonly #db: DatabaseSync;
  readonly #insertRow: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insertRow = db.prepare("INSERT INTO row (id, data) VALUES (?, ?)");
  }

  row(block: number, kind: RowKind, number: number, data: Uint8Array): void {
    this.#insertRow.run(rowId(block, kind, number), data);
  }

  names(names: readonly Name[]): void {
    const insert = this.#db.prepare("INSERT OR IGNORE INTO name VALUES (?, ?, ?, ?)");
    for (const name of names) insert.run(name.tenant, name.service, name.operation, name.spanKind);
  }

  calls(counts: EdgeCounts): void {
    const insert = this.#db.prepare(
      "INSERT INTO edge VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET calls = calls + excluded.calls",
    );
    for (const edge of counts.values()) insert.run(edge.tenant, edge.minute, edge.parent, edge.child, edge.calls);
  }

  block(header: BlockHeader): void {
    this.#db
      .prepare("INSERT INTO block VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .run(
        header.id,
        header.spanCount,
        header.traceCount,
        header.processCount,
        header.minStartMs,
        header.maxStartMs,
        header.lastArrivalMs,
        header.lastSegment,
        header.keyBits,
        header.traceBits,
        JSON.stringify(header.tenants),
        bytesOf(header.rowFirst),
        bytesOf(header.columnRanges),
      );
  }
}

/** The slice was dropped while something was about to read it: its spans are past their time. */
export class SliceGoneError extends Error {
  override readonly name = "SliceGoneError";
}

/** A row is missing or does not hold what it should. */
export class DamagedRowError extends Error {
  override readonly name = "DamagedRowError";
}

function configure(db: DatabaseSync): void {
  // Blocks are written in one big transaction of new pages, which a rollback journal does not copy; EXTRA makes the
  // commit itself durable, so that the spans' own journal may go.
  db.exec("PRAGMA page_size = 16384");
  db.exec("PRAGMA locking_mode = EXCLUSIVE");
  db.exec("PRAGMA journal_mode = DELETE");
  db.exec("PRAGMA synchronous = EXTRA");
  db.exec("PRAGMA cache_size = -2048");
  db.exec("PRAGMA temp_store = MEMORY");
}

export function removeSliceFiles(file: string): void {
  fs.rmSync(file, { force: true });
  fs.rmSync(`${file}-journal`, { force: true });
}

function numberOf(db: DatabaseSync, pragma: string): number {
  return Number(Object.values(db.prepare(pragma).get() ?? {})[0]);
}

function headerOf(row: Record<string, unknown>): BlockHeader {
  return {
    id: Number(row.id),
    spanCount: Number(row.span_count),
    traceCount: Number(row.trace_count),
    processCount: Number(row.process_count),
    minStartMs: Number(row.min_start_ms),
    maxStartMs: Number(row.max_start_ms),
    lastArrivalMs: Number(row.last_arrival_ms),
    lastSegment: Number(row.last_segment),
    keyBits: Number(row.key_bits),
    traceBits: Number(row.trace_bits),
    tenants: JSON.parse(String(row.tenants)) as string[],
    rowFirst: wordsOf(row.row_first),
    columnRanges: wordsOf(row.column_ranges),
  };
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function wordsOf(value: unknown): Uint32Array {
  if (!(value instanceof Uint8Array)) throw new Error("a block's header is damaged");
  return new Uint32Array(value.slice().buffer);
}
