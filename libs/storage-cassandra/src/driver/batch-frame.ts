/** Of protocol versions 3 and later (native_protocol_v4.spec, section 2). */
const HEADER_BYTES = 9;
/** Behind the header: the batch's kind and the number of its statements. */
export const ENTRIES_START: number = HEADER_BYTES + 3;
/** Behind the statements: consistency; flags, which have four bytes in versions of DataStax; timestamp. */
const TAIL_BYTES = 2 + 4 + 8;
const WITH_TIMESTAMP = 0x20;
const OPCODE_BATCH = 0x0d;
const UNLOGGED = 1;
const PREPARED = 1;
const FIRST_DATASTAX_VERSION = 0x40;
const OLDEST_VERSION = 3;

let lastMicroseconds = 0;

/** The time in microseconds, later with each call. */
function timestamp(): bigint {
  lastMicroseconds = Math.max(Date.now() * 1000, lastMicroseconds + 1);
  return BigInt(lastMicroseconds);
}

/**
 * An unlogged batch of prepared statements as the bytes that go over the wire. Statements are written into {@link buffer} from
 * {@link ENTRIES_START} on, `statementsBytes` of them; the driver fills in the rest when it sends them, again for every attempt.
 */
export class BatchFrame {
  readonly buffer: Buffer;
  readonly statements: number;
  /** The driver reports it. */
  readonly length: number;
  readonly #consistency: number;
  readonly #entriesEnd: number;

  constructor(statements: number, statementsBytes: number, consistency: number) {
    this.statements = statements;
    this.#entriesEnd = ENTRIES_START + statementsBytes;
    this.length = statementsBytes + 3 + TAIL_BYTES;
    this.#consistency = consistency;
    this.buffer = Buffer.allocUnsafe(this.#entriesEnd + TAIL_BYTES);
    this.buffer[HEADER_BYTES] = UNLOGGED;
    this.buffer.writeUInt16BE(statements, HEADER_BYTES + 1);
  }

  /**
   * Called by the driver for every attempt. Each has a timestamp of its own: a list that is written again with a timestamp that is not later
   * does not replace the first one but has all elements twice, and nodes' clocks differ. All attempts share their memory: the driver copies what it
   * gets before it lets go of the turn.
   */
  write(encoder: { readonly protocolVersion: number }, streamId: number): Buffer {
    const { buffer } = this;
    const version = encoder.protocolVersion;
    if (version < OLDEST_VERSION)
      throw new RangeError(`protocol version ${version} is too old, ${OLDEST_VERSION} is needed`);
    let end = buffer.writeUInt16BE(this.#consistency, this.#entriesEnd);
    end =
      version >= FIRST_DATASTAX_VERSION
        ? buffer.writeInt32BE(WITH_TIMESTAMP, end)
        : buffer.writeInt8(WITH_TIMESTAMP, end);
    end = buffer.writeBigInt64BE(timestamp(), end);
    buffer[0] = version;
    buffer[1] = 0;
    buffer.writeInt16BE(streamId, 2);
    buffer[4] = OPCODE_BATCH;
    buffer.writeInt32BE(end - HEADER_BYTES, 5);
    return buffer.subarray(0, end);
  }

  /** Called by the driver before it tries again; nothing in here changes between attempts. */
  clone(): this {
    return this;
  }

  /** Every statement in a batch of its own. */
  *split(): Generator<BatchFrame> {
    const { buffer } = this;
    for (let at = ENTRIES_START; at < this.#entriesEnd; ) {
      const end = entryEnd(buffer, at);
      const single = new BatchFrame(1, end - at, this.#consistency);
      buffer.copy(single.buffer, ENTRIES_START, at, end);
      yield single;
      at = end;
    }
  }

  /** Whether the first statement begins with these bytes. */
  startsWith(bytes: Buffer): boolean {
    return this.buffer.compare(bytes, 0, bytes.length, ENTRIES_START, ENTRIES_START + bytes.length) === 0;
  }

  /** The first `count` values of the first statement. */
  firstValues(count: number): readonly Buffer[] {
    const { buffer } = this;
    const values: Buffer[] = [];
    let at = valuesStart(buffer, ENTRIES_START);
    for (let i = 0; i < count; i++) {
      const length = buffer.readInt32BE(at);
      values.push(buffer.subarray(at + 4, at + 4 + Math.max(0, length)));
      at += 4 + Math.max(0, length);
    }
    return values;
  }
}

/** What stands before the values of a statement in a batch. */
export function statementHeader(queryId: Buffer, values: number): Buffer {
  const header = Buffer.alloc(1 + 2 + queryId.length + 2);
  header[0] = PREPARED;
  header.writeUInt16BE(queryId.length, 1);
  queryId.copy(header, 3);
  header.writeUInt16BE(values, 3 + queryId.length);
  return header;
}

function valuesStart(buffer: Buffer, entry: number): number {
  return entry + 1 + 2 + buffer.readUInt16BE(entry + 1) + 2;
}

function entryEnd(buffer: Buffer, entry: number): number {
  let at = valuesStart(buffer, entry);
  for (let left = buffer.readUInt16BE(at - 2); left > 0; left--) at += 4 + Math.max(0, buffer.readInt32BE(at));
  return at;
}
