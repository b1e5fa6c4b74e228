import { type MessageShape, messageShape } from "@spoor/span-wire";

/** OTLP's messages with v1's names of their fields; see `WireReader.skipField`. */
export const REQUEST: MessageShape = messageShape("ExportTraceServiceRequest", { 1: ["ResourceSpans", 2] });
export const RESOURCE_SPANS: MessageShape = messageShape("ResourceSpans", {
  1: ["Resource", 2],
  2: ["ScopeSpans", 2],
  3: ["SchemaUrl", 2],
});
export const RESOURCE: MessageShape = messageShape("Resource", {
  1: ["Attributes", 2],
  2: ["DroppedAttributesCount", 0],
});
export const SCOPE_SPANS: MessageShape = messageShape("ScopeSpans", {
  1: ["Scope", 2],
  2: ["Spans", 2],
  3: ["SchemaUrl", 2],
});
export const SCOPE: MessageShape = messageShape("InstrumentationScope", { 1: ["Name", 2], 2: ["Version", 2] });
export const SPAN: MessageShape = messageShape("Span", {
  1: ["TraceId", 2],
  2: ["SpanId", 2],
  3: ["TraceState", 2],
  4: ["ParentSpanId", 2],
  5: ["Name", 2],
  6: ["Kind", 0],
  7: ["StartTimeUnixNano", 1],
  8: ["EndTimeUnixNano", 1],
  9: ["Attributes", 2],
  10: ["DroppedAttributesCount", 0],
  11: ["Events", 2],
  12: ["DroppedEventsCount", 0],
  13: ["Links", 2],
  14: ["DroppedLinksCount", 0],
  15: ["Status", 2],
  16: ["Flags", 5],
});
export const STATUS: MessageShape = messageShape("Status", { 2: ["Message", 2], 3: ["Code", 0] });
export const EVENT: MessageShape = messageShape("Span_Event", {
  1: ["TimeUnixNano", 1],
  2: ["Name", 2],
  3: ["Attributes", 2],
  4: ["DroppedAttributesCount", 0],
});
export const LINK: MessageShape = messageShape("Span_Link", {
  1: ["TraceId", 2],
  2: ["SpanId", 2],
  3: ["TraceState", 2],
  4: ["Attributes", 2],
  5: ["DroppedAttributesCount", 0],
  6: ["Flags", 5],
});
export const KEY_VALUE: MessageShape = messageShape("KeyValue", { 1: ["Key", 2], 2: ["Value", 2] });
export const ARRAY_VALUE: MessageShape = messageShape("ArrayValue", { 1: ["Values", 2] });
export const KEY_VALUE_LIST: MessageShape = messageShape("KeyValueList", { 1: ["Values", 2] });
export const ANY_VALUE: MessageShape = messageShape("AnyValue", {
  1: ["StringValue", 2],
  2: ["BoolValue", 0],
  3: ["IntValue", 0],
  4: ["DoubleValue", 1],
  5: ["ArrayValue", 2],
  6: ["KvlistValue", 2],
  7: ["BytesValue", 2],
});
