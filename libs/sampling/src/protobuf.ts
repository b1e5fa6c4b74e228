import { WireReader, WireWriter } from "@spoor/span-wire";
import type { OperationStrategy, PerOperationStrategies, SamplingStrategy } from "./strategy.ts";

/*
 * jaeger.api_v2.SamplingStrategyResponse { strategyType = 1, probabilisticSampling = 2 { samplingRate double = 1 },
 *   rateLimitingSampling = 3 { maxTracesPerSecond int32 = 1 },
 *   operationSampling = 4 { defaultSamplingProbability = 1, defaultLowerBound… = 2,
 *     perOperationStrategies = 3 { operation = 1, probabilisticSampling = 2 }, defaultUpperBound… = 4 } }
 * jaeger.api_v2.SamplingStrategyParameters { serviceName = 1 }
 */

/** A `SamplingStrategyResponse`, fields in order and zero values left out. */
export function encodeStrategy(strategy: SamplingStrategy): Uint8Array {
  const writer = new WireWriter(256);
  if (strategy.type === "ratelimiting") {
    writer.tag(1, 0);
    writer.varint32(1);
    const mark = writer.begin(3);
    if (strategy.maxTracesPerSecond !== 0) {
      writer.tag(1, 0);
      writer.varintBig(BigInt(strategy.maxTracesPerSecond));
    }
    writer.end(mark);
  } else if (strategy.type === "probabilistic") {
    writeProbability(writer, 2, strategy.samplingRate);
  }
  if (strategy.operationSampling !== undefined) writeOperations(writer, strategy.operationSampling);
  return writer.finish();
}

function writeOperations(writer: WireWriter, operations: PerOperationStrategies): void {
  const mark = writer.begin(4);
  writeDouble(writer, 1, operations.defaultSamplingProbability);
  writeDouble(writer, 2, operations.defaultLowerBoundTracesPerSecond);
  for (const strategy of operations.perOperationStrategies) {
    const inner = writer.begin(3);
    writer.textField(1, strategy.operation);
    writeProbability(writer, 2, strategy.samplingRate);
    writer.end(inner);
  }
  writeDouble(writer, 4, operations.defaultUpperBoundTracesPerSecond);
  writer.end(mark);
}

function writeProbability(writer: WireWriter, field: number, rate: number): void {
  const mark = writer.begin(field);
  writeDouble(writer, 1, rate);
  writer.end(mark);
}

function writeDouble(writer: WireWriter, field: number, value: number): void {
  if (value === 0) return;
  writer.tag(field, 1);
  writer.double(value);
}

/** Reads a `SamplingStrategyResponse`; malformed bytes throw span-wire's `MALFORMED`. */
export function decodeStrategy(bytes: Uint8Array): SamplingStrategy {
  const reader = new WireReader(bytes);
  let type = 0;
  let samplingRate: number | undefined;
  let maxTracesPerSecond: number | undefined;
  let operationSampling: PerOperationStrategies | undefined;
  forEachField(reader, (field, wireType) => {
    if (field === 1 && wireType === 0) type = reader.varint32();
    else if (field === 2 && wireType === 2) samplingRate = readDoubleMessage(nested(reader));
    else if (field === 3 && wireType === 2) maxTracesPerSecond = readIntMessage(nested(reader));
    else if (field === 4 && wireType === 2) operationSampling = readOperations(nested(reader));
    else return false;
    return true;
  });
  const operations = operationSampling === undefined ? {} : { operationSampling };
  if (type === 1) return { type: "ratelimiting", maxTracesPerSecond: maxTracesPerSecond ?? 0, ...operations };
  if (samplingRate === undefined && operationSampling !== undefined) return { type: "operations", ...operations };
  return { type: "probabilistic", samplingRate: samplingRate ?? 0, ...operations };
}

/** The service name of a `SamplingStrategyParameters` message. */
export function decodeStrategyParameters(bytes: Uint8Array): string {
  const reader = new WireReader(bytes);
  let service = "";
  forEachField(reader, (field, wireType) => {
    if (field !== 1 || wireType !== 2) return false;
    service = readText(reader);
    return true;
  });
  return service;
}

/** A `SamplingStrategyParameters` message. */
export function encodeStrategyParameters(service: string): Uint8Array {
  const writer = new WireWriter(64);
  writer.textField(1, service);
  return writer.finish();
}

function readOperations(reader: WireReader): PerOperationStrategies {
  const values = [0, 0, 0, 0, 0];
  const perOperationStrategies: OperationStrategy[] = [];
  forEachField(reader, (field, wireType) => {
    if (wireType === 1 && field <= 4) values[field] = readDouble(reader);
    else if (field === 3 && wireType === 2) perOperationStrategies.push(readOperation(nested(reader)));
    else return false;
    return true;
  });
  return {
    defaultSamplingProbability: values[1] ?? 0,
    defaultLowerBoundTracesPerSecond: values[2] ?? 0,
    defaultUpperBoundTracesPerSecond: values[4] ?? 0,
    perOperationStrategies,
  };
}

function readOperation(reader: WireReader): OperationStrategy {
  let operation = "";
  let samplingRate = 0;
  forEachField(reader, (field, wireType) => {
    if (wireType !== 2) return false;
    if (field === 1) operation = readText(reader);
    else if (field === 2) samplingRate = readDoubleMessage(nested(reader));
    else return false;
    return true;
  });
  return { operation, samplingRate };
}

function readDoubleMessage(reader: WireReader): number {
  let value = 0;
  forEachField(reader, (field, wireType) => {
    if (field !== 1 || wireType !== 1) return false;
    value = readDouble(reader);
    return true;
  });
  return value;
}

function readIntMessage(reader: WireReader): number {
  let value = 0;
  forEachField(reader, (field, wireType) => {
    if (field !== 1 || wireType !== 0) return false;
    value = Number(BigInt.asIntN(32, reader.varint64()));
    return true;
  });
  return value;
}

/** Calls `read` per field; what it does not take is skipped. */
function forEachField(reader: WireReader, read: (field: number, wireType: number) => boolean): void {
  while (reader.position < reader.end) {
    const tag = reader.varint32();
    if (!read(tag >>> 3, tag & 7)) reader.skip(tag & 7);
  }
}

function nested(reader: WireReader): WireReader {
  const length = reader.length();
  const inner = new WireReader(reader.buffer, reader.position, reader.position + length);
  reader.position += length;
  return inner;
}

function readText(reader: WireReader): string {
  const inner = nested(reader);
  return Buffer.from(inner.buffer.buffer, inner.buffer.byteOffset, inner.buffer.byteLength).toString(
    "utf8",
    inner.position,
    inner.end,
  );
}

function readDouble(reader: WireReader): number {
  const at = reader.position;
  reader.skip(1);
  return new DataView(reader.buffer.buffer, reader.buffer.byteOffset + at, 8).getFloat64(0, true);
}
