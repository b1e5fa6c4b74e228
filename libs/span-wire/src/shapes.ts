/** What a message's validation needs to know of it: Go's names, for the texts of errors, and its wire types. */
export interface MessageShape {
  readonly name: string;
  /** Go's field name and the wire type, by field number. */
  readonly fields: ReadonlyMap<number, readonly [name: string, wireType: number]>;
}

/** `fields` gives Go's field name and the wire type by field number. */
export function messageShape(name: string, fields: Readonly<Record<number, readonly [string, number]>>): MessageShape {
  return { name, fields: new Map(Object.entries(fields).map(([number, field]) => [Number(number), field])) };
}

export const REQUEST = messageShape("PostSpansRequest", { 1: ["Batch", 2] });
export const BATCH = messageShape("Batch", { 1: ["Spans", 2], 2: ["Process", 2] });
export const SPAN = messageShape("Span", {
  1: ["TraceID", 2],
  2: ["SpanID", 2],
  3: ["OperationName", 2],
  4: ["References", 2],
  5: ["Flags", 0],
  6: ["StartTime", 2],
  7: ["Duration", 2],
  8: ["Tags", 2],
  9: ["Logs", 2],
  10: ["Process", 2],
  11: ["ProcessID", 2],
  12: ["Warnings", 2],
});
export const SPAN_REF = messageShape("SpanRef", { 1: ["TraceID", 2], 2: ["SpanID", 2], 3: ["RefType", 0] });
export const LOG = messageShape("Log", { 1: ["Timestamp", 2], 2: ["Fields", 2] });
export const PROCESS = messageShape("Process", { 1: ["ServiceName", 2], 2: ["Tags", 2] });
export const KEY_VALUE = messageShape("KeyValue", {
  1: ["Key", 2],
  2: ["VType", 0],
  3: ["VStr", 2],
  4: ["VBool", 0],
  5: ["VInt64", 0],
  6: ["VFloat64", 1],
  7: ["VBinary", 2],
});
export const TIMESTAMP = messageShape("Timestamp", { 1: ["Seconds", 0], 2: ["Nanos", 0] });
export const DURATION = messageShape("Duration", { 1: ["Seconds", 0], 2: ["Nanos", 0] });
