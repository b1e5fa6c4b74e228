import { NO_TIME_SECONDS, type WireReader, type WireWriter, writeDurationNs, writeTimestampNs } from "@spoor/span-wire";
import { readFields } from "./fields.ts";

const BILLION = 1_000_000_000n;
const FIRST_TIMESTAMP_NS = BigInt(NO_TIME_SECONDS) * BILLION;
/** The last nanosecond of the year 9999. */
const LAST_TIMESTAMP_NS = 253_402_300_800n * BILLION - 1n;
const LONGEST_NS = 2n ** 63n - 1n;

/** A Timestamp or Duration (seconds = 1, nanos = 2) in nanoseconds. */
export function readTime(outer: WireReader, start: number, end: number): bigint {
  let [seconds, nanos] = [0n, 0n];
  readFields(
    {
      1: (reader) => {
        seconds = reader.varint64();
      },
      2: (reader) => {
        nanos = BigInt.asIntN(32, reader.varint64());
      },
    },
    outer.buffer,
    start,
    end,
  );
  return seconds * BILLION + nanos;
}

/** A Timestamp; `undefined` for the first second of the year 1, with which Go says that there is none. */
export function readInstant(reader: WireReader, start: number, end: number): bigint | undefined {
  const timeNs = readTime(reader, start, end);
  return timeNs === FIRST_TIMESTAMP_NS ? undefined : timeNs;
}

/** Writes a Timestamp; one beyond what the message can say becomes the nearest that it can. */
export function writeInstant(writer: WireWriter, field: number, timeNs: bigint): void {
  writeTimestampNs(writer, field, clamp(timeNs, FIRST_TIMESTAMP_NS, LAST_TIMESTAMP_NS));
}

export function writeSpanOfTime(writer: WireWriter, field: number, durationNs: bigint): void {
  writeDurationNs(writer, field, clamp(durationNs, -LONGEST_NS, LONGEST_NS));
}

function clamp(value: bigint, least: bigint, most: bigint): bigint {
  if (value < least) return least;
  return value > most ? most : value;
}
