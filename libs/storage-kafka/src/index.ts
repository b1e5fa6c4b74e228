export type { OversizePolicy } from "./kafka-writer.ts";
export { ENCODINGS, type Encoding } from "./message/encoder.ts";
export { TRUNCATED_TAG } from "./message/shrink-span.ts";
export { createMetrics as createKafkaMetrics } from "./metrics.ts";
export { openKafkaStorage } from "./open-kafka-storage.ts";
export {
  DEFAULT_LINGER_MS,
  DEFAULT_MAX_BUFFERED_BYTES,
  DEFAULT_MAX_MESSAGE_BYTES,
  DEFAULT_TOPIC,
  type KafkaStorageOptions,
} from "./options.ts";
