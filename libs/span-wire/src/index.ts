export { ByteCopier } from "./byte-copier.ts";
export { ContentHash, hashOfView } from "./content-hash.ts";
export * from "./decode.ts";
export * from "./encode.ts";
export * from "./encoded-span.ts";
export * from "./errors.ts";
export * from "./ids.ts";
export * from "./key-value.ts";
export * from "./key-value-cursor.ts";
export { KeyValuePlaces } from "./key-value-places.ts";
export * from "./limits.ts";
export { viewOf } from "./numbers.ts";
export { NO_PROCESS, ProcessTable } from "./process-table.ts";
export { WireReader } from "./reader.ts";
export * from "./scan.ts";
export { type MessageShape, messageShape } from "./shapes.ts";
export * from "./span-batch.ts";
export * from "./span-batch-builder.ts";
export * from "./span-fields.ts";
export * from "./span-header.ts";
export {
  NO_TIME_SECONDS,
  writeDurationNs,
  writeDurationUnits,
  writeSecondsNanos,
  writeTimestampNs,
  writeTimestampUnits,
} from "./time.ts";
export { decodeUtf8, utf8SequenceLength } from "./utf8.ts";
export * from "./value-text.ts";
export * from "./whole-span.ts";
export * from "./writer.ts";
