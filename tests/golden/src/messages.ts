type Field = readonly [number: number, type: string];

/**
 * Enough of the protobuf messages to compare replies field by field. A type that ends in `*` is repeated; `id` is bytes
 * shown in hex.
 */
export const MESSAGES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  Ts: { seconds: [1, "int64"], nanos: [2, "int32"] },
  KV: {
    key: [1, "string"],
    v_type: [2, "enum"],
    v_str: [3, "string"],
    v_bool: [4, "bool"],
    v_int64: [5, "int64"],
    v_float64: [6, "double"],
    v_binary: [7, "bytes"],
  },
  Log: { timestamp: [1, "Ts"], fields: [2, "KV*"] },
  Ref: { trace_id: [1, "id"], span_id: [2, "id"], ref_type: [3, "enum"] },
  Process: { service_name: [1, "string"], tags: [2, "KV*"] },
  JSpan: {
    trace_id: [1, "id"],
    span_id: [2, "id"],
    operation_name: [3, "string"],
    references: [4, "Ref*"],
    flags: [5, "uint32"],
    start_time: [6, "Ts"],
    duration: [7, "Ts"],
    tags: [8, "KV*"],
    logs: [9, "Log*"],
    process: [10, "Process"],
    process_id: [11, "string"],
    warnings: [12, "string*"],
  },
  PostSpansResponse: {},
  Archive2Response: {},
  Empty: {},
  Chunk: { spans: [1, "JSpan*"] },
  Services: { services: [1, "string*"] },
  Op: { name: [1, "string"], span_kind: [2, "string"] },
  Ops2: { operationNames: [1, "string*"], operations: [2, "Op*"] },
  Ops3: { operations: [1, "Op*"] },
  Dep: { parent: [1, "string"], child: [2, "string"], call_count: [3, "uint64"], source: [4, "string"] },
  Deps: { dependencies: [1, "Dep*"] },
  Prob: { samplingRate: [1, "double"] },
  Rate: { maxTracesPerSecond: [1, "int32"] },
  OpStrat: { operation: [1, "string"], probabilisticSampling: [2, "Prob"] },
  PerOp: {
    defaultSamplingProbability: [1, "double"],
    defaultLowerBoundTracesPerSecond: [2, "double"],
    perOperationStrategies: [3, "OpStrat*"],
    defaultUpperBoundTracesPerSecond: [4, "double"],
  },
  SampResponse: {
    strategyType: [1, "enum"],
    probabilisticSampling: [2, "Prob"],
    rateLimitingSampling: [3, "Rate"],
    operationSampling: [4, "PerOp"],
  },
  HealthResp: { status: [1, "enum"] },
  Any: {
    string_value: [1, "string"],
    bool_value: [2, "bool"],
    int_value: [3, "int64"],
    double_value: [4, "double"],
    array_value: [5, "Arr"],
    kvlist_value: [6, "KvList"],
    bytes_value: [7, "bytes"],
  },
  Arr: { values: [1, "Any*"] },
  KvList: { values: [1, "OKV*"] },
  OKV: { key: [1, "string"], value: [2, "Any"] },
  Resource: { attributes: [1, "OKV*"], dropped_attributes_count: [2, "uint32"] },
  Scope: {
    name: [1, "string"],
    version: [2, "string"],
    attributes: [3, "OKV*"],
    dropped_attributes_count: [4, "uint32"],
  },
  Event: {
    time_unix_nano: [1, "fixed64"],
    name: [2, "string"],
    attributes: [3, "OKV*"],
    dropped_attributes_count: [4, "uint32"],
  },
  Link: {
    trace_id: [1, "id"],
    span_id: [2, "id"],
    trace_state: [3, "string"],
    attributes: [4, "OKV*"],
    dropped_attributes_count: [5, "uint32"],
    flags: [6, "fixed32"],
  },
  Status: { message: [2, "string"], code: [3, "enum"] },
  OSpan: {
    trace_id: [1, "id"],
    span_id: [2, "id"],
    trace_state: [3, "string"],
    parent_span_id: [4, "id"],
    name: [5, "string"],
    kind: [6, "enum"],
    start_time_unix_nano: [7, "fixed64"],
    end_time_unix_nano: [8, "fixed64"],
    attributes: [9, "OKV*"],
    dropped_attributes_count: [10, "uint32"],
    events: [11, "Event*"],
    dropped_events_count: [12, "uint32"],
    links: [13, "Link*"],
    dropped_links_count: [14, "uint32"],
    status: [15, "Status"],
    flags: [16, "fixed32"],
  },
  ScopeSpans: { scope: [1, "Scope"], spans: [2, "OSpan*"], schema_url: [3, "string"] },
  ResourceSpans: { resource: [1, "Resource"], scope_spans: [2, "ScopeSpans*"], schema_url: [3, "string"] },
  TracesData: { resource_spans: [1, "ResourceSpans*"] },
  Partial: { rejected_spans: [1, "int64"], error_message: [2, "string"] },
  ExportResponse: { partial_success: [1, "Partial"] },
};

/** Decodes a reply into plain values that JSON can hold. Integers beyond 2^53 become text; unknown fields are kept as `?N`. */
export function decodeMessage(type: string, buffer: Buffer): Record<string, unknown> {
  const fields = new Map(
    Object.entries(MESSAGES[type] ?? {}).map(([name, [number, kind]]) => [number, { name, kind }]),
  );
  const message: Record<string, unknown> = {};
  const cursor = { at: 0 };
  while (cursor.at < buffer.length) {
    const tag = Number(readVarint(buffer, cursor));
    const raw = readRaw(buffer, cursor, tag & 7);
    const field = fields.get(tag >> 3);
    if (field === undefined) {
      append(message, `?${tag >> 3}`, Buffer.isBuffer(raw) ? raw.toString("base64") : String(raw));
      continue;
    }
    const value = convert(field.kind.replace("*", ""), raw);
    if (field.kind.endsWith("*")) append(message, field.name, value);
    else message[field.name] = value;
  }
  return message;
}

function append(message: Record<string, unknown>, name: string, value: unknown): void {
  const list = message[name];
  if (Array.isArray(list)) list.push(value);
  else message[name] = [value];
}

interface Cursor {
  at: number;
}

function readVarint(buffer: Buffer, cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = buffer[cursor.at++];
    if (byte === undefined) throw new Error("message ends early");
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

function readRaw(buffer: Buffer, cursor: Cursor, wireType: number): bigint | Buffer {
  if (wireType === 0) return readVarint(buffer, cursor);
  const length = wireType === 1 ? 8 : wireType === 5 ? 4 : wireType === 2 ? Number(readVarint(buffer, cursor)) : -1;
  if (length < 0) throw new Error(`wire type ${wireType}`);
  const raw = buffer.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return raw;
}

function convert(kind: string, raw: bigint | Buffer): unknown {
  if (Buffer.isBuffer(raw)) {
    if (kind === "string") return raw.toString("utf8");
    if (kind === "bytes") return raw.toString("base64");
    if (kind === "id") return raw.toString("hex");
    if (kind === "double") {
      const value = raw.readDoubleLE();
      return Number.isFinite(value) ? value : String(value);
    }
    if (kind === "fixed64") return integer(raw.readBigUInt64LE());
    if (kind === "fixed32") return raw.readUInt32LE();
    return decodeMessage(kind, raw);
  }
  if (kind === "bool") return raw !== 0n;
  if (kind === "int64" || kind === "int32") return integer(BigInt.asIntN(64, raw));
  if (kind === "enum") return Number(BigInt.asIntN(32, raw));
  return integer(raw);
}

function integer(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
