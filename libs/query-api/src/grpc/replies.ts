import type { Span } from "@spoor/span-model";
import { encodeSpans, NO_FIELDS, WireWriter, writeWholeSpan } from "@spoor/span-wire";
import type { DependencyLink, Operation } from "@spoor/storage-api";

/** v1's number of spans in a `SpansResponseChunk`; clients written for it may count on small ones. */
const SPANS_A_CHUNK = 10;

/** `SpansResponseChunk { spans = 1 }` messages of one trace. */
export function* spanChunks(spans: Iterable<Span>): Generator<Uint8Array, void, undefined> {
  let group: Span[] = [];
  for (const span of spans) {
    group.push(span);
    if (group.length < SPANS_A_CHUNK) continue;
    yield chunkOf(group);
    group = [];
  }
  if (group.length > 0) yield chunkOf(group);
}

function chunkOf(spans: readonly Span[]): Uint8Array {
  const writer = new WireWriter(SPANS_A_CHUNK * 512);
  for (const span of encodeSpans(spans)) {
    const mark = writer.begin(1);
    writeWholeSpan(writer, span, NO_FIELDS);
    writer.end(mark);
  }
  return writer.finish();
}

/** `GetServicesResponse { services = 1 }`, the same in v2 and v3. */
export function servicesReply(names: readonly string[]): Uint8Array {
  const writer = new WireWriter();
  for (const name of names) writer.stringField(1, name);
  return writer.finish();
}

/** v2's `GetOperationsResponse { operationNames = 1, operations = 2 }`; the names are deprecated and still filled. */
export function operationsReplyV2(operations: readonly Operation[]): Uint8Array {
  const writer = new WireWriter();
  for (const name of new Set(operations.map((operation) => operation.name))) writer.stringField(1, name);
  for (const operation of operations) writeOperation(writer, 2, operation);
  return writer.finish();
}

/** v3's `GetOperationsResponse { operations = 1 }`. */
export function operationsReplyV3(operations: readonly Operation[]): Uint8Array {
  const writer = new WireWriter();
  for (const operation of operations) writeOperation(writer, 1, operation);
  return writer.finish();
}

/** `GetDependenciesResponse { dependencies = 1 { parent = 1, child = 2, call_count = 3, source = 4 } }`. */
export function dependenciesReply(links: readonly DependencyLink[]): Uint8Array {
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

/** `Operation { name = 1, span_kind = 2 }`. */
function writeOperation(writer: WireWriter, field: number, operation: Operation): void {
  const mark = writer.begin(field);
  writer.textField(1, operation.name);
  writer.textField(2, operation.spanKind);
  writer.end(mark);
}
