import { type KeyValue, parentReference, type Span } from "@spoor/span-model";
import type { JaegerBatchInput } from "../encode-jaeger.ts";
import { TAG_TYPE } from "../jaeger-tag.ts";
import type { Tree } from "./oracle.ts";

type Fields = readonly (readonly [number, Tree])[];

/** The Thrift value of a batch, as jaeger.thrift lays it out. `order` may shuffle the fields of spans and of the batch. */
export function batchTree(batch: JaegerBatchInput, order: (fields: Fields) => Fields = (fields) => fields): Tree {
  const process: Tree = {
    type: "struct",
    fields: [[1, text(batch.process.serviceName)], ...optionalList(2, batch.process.tags.map(tagTree))],
  };
  return {
    type: "struct",
    fields: order([
      [1, process],
      [2, list(batch.spans.map((span) => spanTree(span, order)))],
      ...(batch.seqNo === undefined ? [] : [[3, i64(batch.seqNo)] as const]),
    ]),
  };
}

function spanTree(span: Span, order: (fields: Fields) => Fields): Tree {
  const references = span.references.map(
    ({ type, traceId, spanId }): Tree => ({
      type: "struct",
      fields: [
        [1, i32(type === "FOLLOWS_FROM" ? 1 : 0)],
        [2, id(traceId.slice(16))],
        [3, id(traceId.slice(0, 16))],
        [4, id(spanId)],
      ],
    }),
  );
  const logs = span.logs.map(
    ({ timestampNs, fields }): Tree => ({
      type: "struct",
      fields: [
        [1, i64(timestampNs / 1000n)],
        [2, list(fields.map(tagTree))],
      ],
    }),
  );
  return {
    type: "struct",
    fields: order([
      [1, id(span.traceId.slice(16))],
      [2, id(span.traceId.slice(0, 16))],
      [3, id(span.spanId)],
      [4, id(parentReference(span.traceId, span.references)?.spanId ?? "0")],
      [5, text(span.operationName)],
      ...optionalList(6, references),
      [7, i32(span.flags | 0)],
      [8, i64(span.startTimeNs / 1000n)],
      [9, i64(span.durationNs / 1000n)],
      ...optionalList(10, span.tags.map(tagTree)),
      ...optionalList(11, logs),
    ]),
  };
}

function tagTree(tag: KeyValue): Tree {
  return { type: "struct", fields: [[1, text(tag.key)], ...valueFields(tag)] };
}

function valueFields(tag: KeyValue): Fields {
  switch (tag.type) {
    case "string":
      return [
        [2, i32(TAG_TYPE.string)],
        [3, text(tag.value)],
      ];
    case "float64":
      return [
        [2, i32(TAG_TYPE.double)],
        [4, { type: "double", value: tag.value }],
      ];
    case "bool":
      return [
        [2, i32(TAG_TYPE.bool)],
        [5, { type: "bool", value: tag.value }],
      ];
    case "int64":
      return [
        [2, i32(TAG_TYPE.long)],
        [6, i64(tag.value)],
      ];
    case "binary":
      return [
        [2, i32(TAG_TYPE.binary)],
        [7, { type: "string", value: tag.value }],
      ];
    default:
      return [[2, i32(tag.code)]];
  }
}

function optionalList(fieldId: number, items: readonly Tree[]): Fields {
  return items.length === 0 ? [] : [[fieldId, list(items)]];
}

function list(items: readonly Tree[]): Tree {
  return { type: "list", of: "struct", items };
}

function text(value: string): Tree {
  return { type: "string", value };
}

function i32(value: number): Tree {
  return { type: "i32", value };
}

function i64(value: bigint): Tree {
  return { type: "i64", value };
}

function id(hex: string): Tree {
  return i64(BigInt.asIntN(64, BigInt(`0x${hex}`)));
}
