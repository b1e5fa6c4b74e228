export { InflateError, type InflateErrorCode } from "./errors.ts";
export { type Encoding, encodingOf, inflate } from "./inflate.ts";
export { decodeSnappyBlock } from "./snappy.ts";
