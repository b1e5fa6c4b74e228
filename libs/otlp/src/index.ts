export { decodeOtlpJson, decodeOtlpProtobuf, decodeOtlpTracesData } from "./decode.ts";
export { encodeOtlpJson, encodeOtlpProtobuf } from "./encode/index.ts";
export { OtlpError, type OtlpErrorCode } from "./errors.ts";
export { DEFAULT_OTLP_LIMITS, type OtlpLimits } from "./limits.ts";
export { EXPORT_RESPONSE_JSON, EXPORT_RESPONSE_PROTOBUF } from "./response.ts";
