export type { Acks } from "./cluster/produce-protocol.ts";
export * from "./errors.ts";
export { kafkaConnectionFlags, readKafkaConnection } from "./flags.ts";
export * from "./options.ts";
export type { Delivery } from "./producer/delivery.ts";
export { openProducer, type Producer, type ProducerOptions } from "./producer/producer.ts";
export { DEFAULT_MAX_INFLATED_BYTES, registerCodecs } from "./records/codecs.ts";
export { COMPRESSION_LEVELS, COMPRESSIONS, type Compression } from "./records/compression.ts";
