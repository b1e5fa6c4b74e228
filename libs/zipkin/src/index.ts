export { type ZipkinDecoder, type ZipkinOptions, zipkinDecoder } from "./decode.ts";
export { ZipkinError, type ZipkinErrorCode } from "./errors.ts";
export { DEFAULT_ZIPKIN_LIMITS, type ZipkinLimits } from "./limits.ts";
