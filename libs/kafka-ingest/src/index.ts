export * from "./errors.ts";
export { INGESTER_FLAGS, type IngesterSettings, readDownsampling, readIngesterOptions } from "./flags.ts";
export { type Ingester, type IngesterOptions, startIngester } from "./ingester.ts";
export { CONSUMER_ENCODINGS, type ConsumerEncoding, createDecoder, type MessageDecoder } from "./message/decode.ts";
