import type { TraceId } from "@spoor/span-model";
import { WireWriter } from "@spoor/span-wire";
import type { Completeness, DependencyLink, FoundTraces, Operation } from "@spoor/storage-api";
import {
  readBool,
  readFields,
  readText,
  readTraceIdField,
  readTwoTexts,
  writeBool,
  writeTraceIdField,
  writeTwoTexts,
} from "./fields.ts";

/**
 * Fields from here on are ours: they tell another Spoor what v1's messages cannot say. v1 steps over them, and a v1 server does not send
 * them.
 */
const OWN_FIELD = 1000;

/** `GetServicesResponse { services = 1 }`. */
export function encodeServices(names: readonly string[]): Uint8Array {
  const writer = new WireWriter();
  for (const name of names) writer.stringField(1, name);
  return writer.finish();
}

export function decodeServices(message: Uint8Array): string[] {
  const names: string[] = [];
  readFields({ 1: (reader, start, end) => names.push(readText(reader, start, end)) }, message);
  return names;
}

/** `GetOperationsResponse { operationNames = 1, operations = 2 }`; the names alone are deprecated, and v1 leaves them out, too. */
export function encodeOperations(operations: readonly Operation[]): Uint8Array {
  const writer = new WireWriter();
  for (const { name, spanKind } of operations) writeTwoTexts(writer, 2, name, spanKind);
  return writer.finish();
}

export function decodeOperations(message: Uint8Array): Operation[] {
  const operations: Operation[] = [];
  const names: string[] = [];
  readFields(
    {
      1: (reader, start, end) => names.push(readText(reader, start, end)),
      2: (reader, start, end) => {
        const [name, spanKind] = readTwoTexts(reader, start, end);
        operations.push({ name, spanKind });
      },
    },
    message,
  );
  return operations.length > 0 ? operations : names.map((name) => ({ name, spanKind: "" }));
}

/** `GetDependenciesResponse { dependencies = 1 { parent = 1, child = 2, call_count = 3, source = 4 } }`. */
export function encodeDependencies(links: readonly DependencyLink[]): Uint8Array {
  const writer = new WireWriter();
  for (const link of links) {
    const mark = writer.begin(1);
    writer.textField(1, link.parent);
    writer.textField(2, link.child);
    if (link.callCount !== 0) {
      writer.tag(3, 0);
      writer.varintBig(BigInt(link.callCount));
    }
    writer.textField(4, link.source);
    writer.end(mark);
  }
  return writer.finish();
}

export function decodeDependencies(message: Uint8Array): DependencyLink[] {
  const links: DependencyLink[] = [];
  readFields(
    {
      1: (reader, from, to) => {
        let [parent, child, source] = ["", "", ""];
        let callCount = 0;
        readFields(
          {
            1: (inner, start, end) => {
              parent = readText(inner, start, end);
            },
            2: (inner, start, end) => {
              child = readText(inner, start, end);
            },
            3: (inner) => {
              callCount = Number(BigInt.asUintN(64, inner.varint64()));
            },
            4: (inner, start, end) => {
              source = readText(inner, start, end);
            },
          },
          reader.buffer,
          from,
          to,
        );
        links.push({ parent, child, callCount, source });
      },
    },
    message,
  );
  return links;
}

/** `FindTraceIDsResponse { trace_ids = 1 }`, and what cut the answer off: `{ reason = 1, detail = 2 }`. */
export function encodeTraceIds({ traceIds, completeness }: FoundTraces): Uint8Array {
  const writer = new WireWriter(64 + traceIds.length * 18);
  for (const traceId of traceIds) writeTraceIdField(writer, 1, traceId);
  if (!completeness.complete) writeTwoTexts(writer, OWN_FIELD, completeness.reason, completeness.detail);
  return writer.finish();
}

const REASONS = ["limit", "time", "memory", "unreadable"] as const;

export function decodeTraceIds(message: Uint8Array): FoundTraces {
  const traceIds: TraceId[] = [];
  let completeness: Completeness = { complete: true };
  readFields(
    {
      1: (reader, start, end) => traceIds.push(readTraceIdField(reader, start, end)),
      [OWN_FIELD]: (reader, start, end) => {
        const [text, detail] = readTwoTexts(reader, start, end);
        const reason = REASONS.find((each) => each === text);
        if (reason !== undefined) completeness = { complete: false, reason, detail };
      },
    },
    message,
  );
  return { traceIds, completeness };
}

/** What a server can do. */
export interface RemoteCapabilities {
  readonly archive: boolean;
  readonly streamingWrites: boolean;
  /** What only a Spoor server says; `undefined` from another. */
  readonly store: { readonly persistent: boolean; readonly searchWithoutService: boolean } | undefined;
}

/** What a server has that does not know the question. */
export const NO_CAPABILITIES: RemoteCapabilities = { archive: false, streamingWrites: false, store: undefined };

/**
 * `CapabilitiesResponse { archiveSpanReader = 1, archiveSpanWriter = 2, streamingSpanWriter = 3 }`, and ours: `{ persistent = 1,
 * search_without_service = 2, streaming_span_writer = 3 }`. v1's field for streams stays false, as v1's own server leaves it: v1's collectors
 * take a span for stored once it is sent, and open streams that end with the request that the first span came in, so that spans are lost.
 */
export function encodeCapabilities({ archive, streamingWrites, store }: RemoteCapabilities): Uint8Array {
  const writer = new WireWriter(32);
  writeBool(writer, 1, archive);
  writeBool(writer, 2, archive);
  const mark = writer.begin(OWN_FIELD);
  writeBool(writer, 1, store?.persistent ?? false);
  writeBool(writer, 2, store?.searchWithoutService ?? false);
  writeBool(writer, 3, streamingWrites);
  writer.end(mark);
  return writer.finish();
}

export function decodeCapabilities(message: Uint8Array): RemoteCapabilities {
  let [archiveReader, archiveWriter, streamingWrites] = [false, false, false];
  let store: RemoteCapabilities["store"];
  readFields(
    {
      1: (reader) => {
        archiveReader = readBool(reader);
      },
      2: (reader) => {
        archiveWriter = readBool(reader);
      },
      3: (reader) => {
        streamingWrites = readBool(reader);
      },
      [OWN_FIELD]: (outer, start, end) => {
        let [persistent, searchWithoutService] = [false, false];
        readFields(
          {
            1: (reader) => {
              persistent = readBool(reader);
            },
            2: (reader) => {
              searchWithoutService = readBool(reader);
            },
            3: (reader) => {
              streamingWrites ||= readBool(reader);
            },
          },
          outer.buffer,
          start,
          end,
        );
        store = { persistent, searchWithoutService };
      },
    },
    message,
  );
  return { archive: archiveReader && archiveWriter, streamingWrites, store };
}
