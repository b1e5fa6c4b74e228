export * from "./errors.ts";
export { INGESTER_FLAGS, type IngesterSettings, readDownsampling, readIngesterOptions } from "./flags.ts";
export { type Ingester, startIngester } from "./ingester.ts";
export type { IngesterOptions } from "./ingester-options.ts";
export { CONSUMER_ENCODINGS, type ConsumerEncoding, createDecoder, type MessageDecoder } from "./message/decode.ts";
