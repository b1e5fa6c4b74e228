/** A compiled .proto file, as reflection hands it out. */
export interface DescriptorFile {
  readonly name: string;
  readonly dependencies: readonly string[];
  /** Full names of what the file defines. */
  readonly symbols: readonly string[];
  /** The `google.protobuf.FileDescriptorProto`. */
  readonly bytes: Uint8Array;
}

function file(
  name: string,
  dependencies: readonly string[],
  symbols: readonly string[],
  base64: string,
): DescriptorFile {
  return { name, dependencies, symbols, bytes: Buffer.from(base64, "base64") };
}

/**
 * The files in `proto/`, and what they import, compiled by protoc (`--include_imports --descriptor_set_out`). A test holds them to
 * their sources.
 */
export function descriptorFiles(): DescriptorFile[] {
  return [
    file(
      "google/protobuf/duration.proto",
      [],
      ["google.protobuf.Duration"],
      "Ch5nb29nbGUvcHJvdG9idWYvZHVyYXRpb24ucHJvdG8SD2dvb2dsZS5wcm90b2J1ZiI6CghEdXJhdGlvbhIYCgdzZWNvbmRzGAEgASgDUgdzZWNvbmRzEhQKBW5hbm9zGAIgASgFUgVuYW5vc0KDAQoTY29tLmdvb2dsZS5wcm90b2J1ZkINRHVyYXRpb25Qcm90b1ABWjFnb29nbGUuZ29sYW5nLm9yZy9wcm90b2J1Zi90eXBlcy9rbm93bi9kdXJhdGlvbnBi+AEBogIDR1BCqgIeR29vZ2xlLlByb3RvYnVmLldlbGxLbm93blR5cGVzYgZwcm90bzM=",
    ),
    file(
      "google/protobuf/timestamp.proto",
      [],
      ["google.protobuf.Timestamp"],
      "Ch9nb29nbGUvcHJvdG9idWYvdGltZXN0YW1wLnByb3RvEg9nb29nbGUucHJvdG9idWYiOwoJVGltZXN0YW1wEhgKB3NlY29uZHMYASABKANSB3NlY29uZHMSFAoFbmFub3MYAiABKAVSBW5hbm9zQoUBChNjb20uZ29vZ2xlLnByb3RvYnVmQg5UaW1lc3RhbXBQcm90b1ABWjJnb29nbGUuZ29sYW5nLm9yZy9wcm90b2J1Zi90eXBlcy9rbm93bi90aW1lc3RhbXBwYvgBAaICA0dQQqoCHkdvb2dsZS5Qcm90b2J1Zi5XZWxsS25vd25UeXBlc2IGcHJvdG8z",
    ),
    file(
      "model.proto",
      ["google/protobuf/duration.proto", "google/protobuf/timestamp.proto"],
      [
        "jaeger.api_v2.KeyValue",
        "jaeger.api_v2.Log",
        "jaeger.api_v2.SpanRef",
        "jaeger.api_v2.Process",
        "jaeger.api_v2.Span",
        "jaeger.api_v2.Batch",
        "jaeger.api_v2.DependencyLink",
        "jaeger.api_v2.ValueType",
        "jaeger.api_v2.SpanRefType",
      ],
      "Cgttb2RlbC5wcm90bxINamFlZ2VyLmFwaV92MhoeZ29vZ2xlL3Byb3RvYnVmL2R1cmF0aW9uLnByb3RvGh9nb29nbGUvcHJvdG9idWYvdGltZXN0YW1wLnByb3RvIsoBCghLZXlWYWx1ZRIQCgNrZXkYASABKAlSA2tleRIvCgZ2X3R5cGUYAiABKA4yGC5qYWVnZXIuYXBpX3YyLlZhbHVlVHlwZVIFdlR5cGUSEwoFdl9zdHIYAyABKAlSBHZTdHISFQoGdl9ib29sGAQgASgIUgV2Qm9vbBIXCgd2X2ludDY0GAUgASgDUgZ2SW50NjQSGwoJdl9mbG9hdDY0GAYgASgBUgh2RmxvYXQ2NBIZCgh2X2JpbmFyeRgHIAEoDFIHdkJpbmFyeSJwCgNMb2cSOAoJdGltZXN0YW1wGAEgASgLMhouZ29vZ2xlLnByb3RvYnVmLlRpbWVzdGFtcFIJdGltZXN0YW1wEi8KBmZpZWxkcxgCIAMoCzIXLmphZWdlci5hcGlfdjIuS2V5VmFsdWVSBmZpZWxkcyJ0CgdTcGFuUmVmEhkKCHRyYWNlX2lkGAEgASgMUgd0cmFjZUlkEhcKB3NwYW5faWQYAiABKAxSBnNwYW5JZBI1CghyZWZfdHlwZRgDIAEoDjIaLmphZWdlci5hcGlfdjIuU3BhblJlZlR5cGVSB3JlZlR5cGUiWQoHUHJvY2VzcxIhCgxzZXJ2aWNlX25hbWUYASABKAlSC3NlcnZpY2VOYW1lEisKBHRhZ3MYAiADKAsyFy5qYWVnZXIuYXBpX3YyLktleVZhbHVlUgR0YWdzIuMDCgRTcGFuEhkKCHRyYWNlX2lkGAEgASgMUgd0cmFjZUlkEhcKB3NwYW5faWQYAiABKAxSBnNwYW5JZBIlCg5vcGVyYXRpb25fbmFtZRgDIAEoCVINb3BlcmF0aW9uTmFtZRI2CgpyZWZlcmVuY2VzGAQgAygLMhYuamFlZ2VyLmFwaV92Mi5TcGFuUmVmUgpyZWZlcmVuY2VzEhQKBWZsYWdzGAUgASgNUgVmbGFncxI5CgpzdGFydF90aW1lGAYgASgLMhouZ29vZ2xlLnByb3RvYnVmLlRpbWVzdGFtcFIJc3RhcnRUaW1lEjUKCGR1cmF0aW9uGAcgASgLMhkuZ29vZ2xlLnByb3RvYnVmLkR1cmF0aW9uUghkdXJhdGlvbhIrCgR0YWdzGAggAygLMhcuamFlZ2VyLmFwaV92Mi5LZXlWYWx1ZVIEdGFncxImCgRsb2dzGAkgAygLMhIuamFlZ2VyLmFwaV92Mi5Mb2dSBGxvZ3MSMAoHcHJvY2VzcxgKIAEoCzIWLmphZWdlci5hcGlfdjIuUHJvY2Vzc1IHcHJvY2VzcxIdCgpwcm9jZXNzX2lkGAsgASgJUglwcm9jZXNzSWQSGgoId2FybmluZ3MYDCADKAlSCHdhcm5pbmdzImQKBUJhdGNoEikKBXNwYW5zGAEgAygLMhMuamFlZ2VyLmFwaV92Mi5TcGFuUgVzcGFucxIwCgdwcm9jZXNzGAIgASgLMhYuamFlZ2VyLmFwaV92Mi5Qcm9jZXNzUgdwcm9jZXNzInUKDkRlcGVuZGVuY3lMaW5rEhYKBnBhcmVudBgBIAEoCVIGcGFyZW50EhQKBWNoaWxkGAIgASgJUgVjaGlsZBIdCgpjYWxsX2NvdW50GAMgASgEUgljYWxsQ291bnQSFgoGc291cmNlGAQgASgJUgZzb3VyY2UqRQoJVmFsdWVUeXBlEgoKBlNUUklORxAAEggKBEJPT0wQARIJCgVJTlQ2NBACEgsKB0ZMT0FUNjQQAxIKCgZCSU5BUlkQBCotCgtTcGFuUmVmVHlwZRIMCghDSElMRF9PRhAAEhAKDEZPTExPV1NfRlJPTRABYgZwcm90bzM=",
    ),
    file(
      "collector.proto",
      ["model.proto"],
      [
        "jaeger.api_v2.PostSpansRequest",
        "jaeger.api_v2.PostSpansResponse",
        "jaeger.api_v2.CollectorService",
        "jaeger.api_v2.CollectorService.PostSpans",
      ],
      "Cg9jb2xsZWN0b3IucHJvdG8SDWphZWdlci5hcGlfdjIaC21vZGVsLnByb3RvIj4KEFBvc3RTcGFuc1JlcXVlc3QSKgoFYmF0Y2gYASABKAsyFC5qYWVnZXIuYXBpX3YyLkJhdGNoUgViYXRjaCITChFQb3N0U3BhbnNSZXNwb25zZTJiChBDb2xsZWN0b3JTZXJ2aWNlEk4KCVBvc3RTcGFucxIfLmphZWdlci5hcGlfdjIuUG9zdFNwYW5zUmVxdWVzdBogLmphZWdlci5hcGlfdjIuUG9zdFNwYW5zUmVzcG9uc2ViBnByb3RvMw==",
    ),
    file(
      "sampling.proto",
      [],
      [
        "jaeger.api_v2.ProbabilisticSamplingStrategy",
        "jaeger.api_v2.RateLimitingSamplingStrategy",
        "jaeger.api_v2.OperationSamplingStrategy",
        "jaeger.api_v2.PerOperationSamplingStrategies",
        "jaeger.api_v2.SamplingStrategyResponse",
        "jaeger.api_v2.SamplingStrategyParameters",
        "jaeger.api_v2.SamplingStrategyType",
        "jaeger.api_v2.SamplingManager",
        "jaeger.api_v2.SamplingManager.GetSamplingStrategy",
      ],
      "Cg5zYW1wbGluZy5wcm90bxINamFlZ2VyLmFwaV92MiJDCh1Qcm9iYWJpbGlzdGljU2FtcGxpbmdTdHJhdGVneRIiCgxzYW1wbGluZ1JhdGUYASABKAFSDHNhbXBsaW5nUmF0ZSJOChxSYXRlTGltaXRpbmdTYW1wbGluZ1N0cmF0ZWd5Ei4KEm1heFRyYWNlc1BlclNlY29uZBgBIAEoBVISbWF4VHJhY2VzUGVyU2Vjb25kIp0BChlPcGVyYXRpb25TYW1wbGluZ1N0cmF0ZWd5EhwKCW9wZXJhdGlvbhgBIAEoCVIJb3BlcmF0aW9uEmIKFXByb2JhYmlsaXN0aWNTYW1wbGluZxgCIAEoCzIsLmphZWdlci5hcGlfdjIuUHJvYmFiaWxpc3RpY1NhbXBsaW5nU3RyYXRlZ3lSFXByb2JhYmlsaXN0aWNTYW1wbGluZyLaAgoeUGVyT3BlcmF0aW9uU2FtcGxpbmdTdHJhdGVnaWVzEj4KGmRlZmF1bHRTYW1wbGluZ1Byb2JhYmlsaXR5GAEgASgBUhpkZWZhdWx0U2FtcGxpbmdQcm9iYWJpbGl0eRJKCiBkZWZhdWx0TG93ZXJCb3VuZFRyYWNlc1BlclNlY29uZBgCIAEoAVIgZGVmYXVsdExvd2VyQm91bmRUcmFjZXNQZXJTZWNvbmQSYAoWcGVyT3BlcmF0aW9uU3RyYXRlZ2llcxgDIAMoCzIoLmphZWdlci5hcGlfdjIuT3BlcmF0aW9uU2FtcGxpbmdTdHJhdGVneVIWcGVyT3BlcmF0aW9uU3RyYXRlZ2llcxJKCiBkZWZhdWx0VXBwZXJCb3VuZFRyYWNlc1BlclNlY29uZBgEIAEoAVIgZGVmYXVsdFVwcGVyQm91bmRUcmFjZXNQZXJTZWNvbmQihQMKGFNhbXBsaW5nU3RyYXRlZ3lSZXNwb25zZRJHCgxzdHJhdGVneVR5cGUYASABKA4yIy5qYWVnZXIuYXBpX3YyLlNhbXBsaW5nU3RyYXRlZ3lUeXBlUgxzdHJhdGVneVR5cGUSYgoVcHJvYmFiaWxpc3RpY1NhbXBsaW5nGAIgASgLMiwuamFlZ2VyLmFwaV92Mi5Qcm9iYWJpbGlzdGljU2FtcGxpbmdTdHJhdGVneVIVcHJvYmFiaWxpc3RpY1NhbXBsaW5nEl8KFHJhdGVMaW1pdGluZ1NhbXBsaW5nGAMgASgLMisuamFlZ2VyLmFwaV92Mi5SYXRlTGltaXRpbmdTYW1wbGluZ1N0cmF0ZWd5UhRyYXRlTGltaXRpbmdTYW1wbGluZxJbChFvcGVyYXRpb25TYW1wbGluZxgEIAEoCzItLmphZWdlci5hcGlfdjIuUGVyT3BlcmF0aW9uU2FtcGxpbmdTdHJhdGVnaWVzUhFvcGVyYXRpb25TYW1wbGluZyI+ChpTYW1wbGluZ1N0cmF0ZWd5UGFyYW1ldGVycxIgCgtzZXJ2aWNlTmFtZRgBIAEoCVILc2VydmljZU5hbWUqPAoUU2FtcGxpbmdTdHJhdGVneVR5cGUSEQoNUFJPQkFCSUxJU1RJQxAAEhEKDVJBVEVfTElNSVRJTkcQATJ8Cg9TYW1wbGluZ01hbmFnZXISaQoTR2V0U2FtcGxpbmdTdHJhdGVneRIpLmphZWdlci5hcGlfdjIuU2FtcGxpbmdTdHJhdGVneVBhcmFtZXRlcnMaJy5qYWVnZXIuYXBpX3YyLlNhbXBsaW5nU3RyYXRlZ3lSZXNwb25zZWIGcHJvdG8z",
    ),
    file(
      "grpc/health/v1/health.proto",
      [],
      [
        "grpc.health.v1.HealthCheckRequest",
        "grpc.health.v1.HealthCheckResponse",
        "grpc.health.v1.HealthCheckResponse.ServingStatus",
        "grpc.health.v1.Health",
        "grpc.health.v1.Health.Check",
        "grpc.health.v1.Health.Watch",
      ],
      "ChtncnBjL2hlYWx0aC92MS9oZWFsdGgucHJvdG8SDmdycGMuaGVhbHRoLnYxIi4KEkhlYWx0aENoZWNrUmVxdWVzdBIYCgdzZXJ2aWNlGAEgASgJUgdzZXJ2aWNlIrEBChNIZWFsdGhDaGVja1Jlc3BvbnNlEkkKBnN0YXR1cxgBIAEoDjIxLmdycGMuaGVhbHRoLnYxLkhlYWx0aENoZWNrUmVzcG9uc2UuU2VydmluZ1N0YXR1c1IGc3RhdHVzIk8KDVNlcnZpbmdTdGF0dXMSCwoHVU5LTk9XThAAEgsKB1NFUlZJTkcQARIPCgtOT1RfU0VSVklORxACEhMKD1NFUlZJQ0VfVU5LTk9XThADMq4BCgZIZWFsdGgSUAoFQ2hlY2sSIi5ncnBjLmhlYWx0aC52MS5IZWFsdGhDaGVja1JlcXVlc3QaIy5ncnBjLmhlYWx0aC52MS5IZWFsdGhDaGVja1Jlc3BvbnNlElIKBVdhdGNoEiIuZ3JwYy5oZWFsdGgudjEuSGVhbHRoQ2hlY2tSZXF1ZXN0GiMuZ3JwYy5oZWFsdGgudjEuSGVhbHRoQ2hlY2tSZXNwb25zZTABYgZwcm90bzM=",
    ),
    file(
      "grpc/reflection/v1/reflection.proto",
      [],
      [
        "grpc.reflection.v1.ServerReflectionRequest",
        "grpc.reflection.v1.ExtensionRequest",
        "grpc.reflection.v1.ServerReflectionResponse",
        "grpc.reflection.v1.FileDescriptorResponse",
        "grpc.reflection.v1.ExtensionNumberResponse",
        "grpc.reflection.v1.ListServiceResponse",
        "grpc.reflection.v1.ServiceResponse",
        "grpc.reflection.v1.ErrorResponse",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1.ServerReflection.ServerReflectionInfo",
      ],
      "CiNncnBjL3JlZmxlY3Rpb24vdjEvcmVmbGVjdGlvbi5wcm90bxISZ3JwYy5yZWZsZWN0aW9uLnYxIvMCChdTZXJ2ZXJSZWZsZWN0aW9uUmVxdWVzdBISCgRob3N0GAEgASgJUgRob3N0EioKEGZpbGVfYnlfZmlsZW5hbWUYAyABKAlIAFIOZmlsZUJ5RmlsZW5hbWUSNgoWZmlsZV9jb250YWluaW5nX3N5bWJvbBgEIAEoCUgAUhRmaWxlQ29udGFpbmluZ1N5bWJvbBJiChlmaWxlX2NvbnRhaW5pbmdfZXh0ZW5zaW9uGAUgASgLMiQuZ3JwYy5yZWZsZWN0aW9uLnYxLkV4dGVuc2lvblJlcXVlc3RIAFIXZmlsZUNvbnRhaW5pbmdFeHRlbnNpb24SQgodYWxsX2V4dGVuc2lvbl9udW1iZXJzX29mX3R5cGUYBiABKAlIAFIZYWxsRXh0ZW5zaW9uTnVtYmVyc09mVHlwZRIlCg1saXN0X3NlcnZpY2VzGAcgASgJSABSDGxpc3RTZXJ2aWNlc0IRCg9tZXNzYWdlX3JlcXVlc3QiZgoQRXh0ZW5zaW9uUmVxdWVzdBInCg9jb250YWluaW5nX3R5cGUYASABKAlSDmNvbnRhaW5pbmdUeXBlEikKEGV4dGVuc2lvbl9udW1iZXIYAiABKAVSD2V4dGVuc2lvbk51bWJlciKuBAoYU2VydmVyUmVmbGVjdGlvblJlc3BvbnNlEh0KCnZhbGlkX2hvc3QYASABKAlSCXZhbGlkSG9zdBJWChBvcmlnaW5hbF9yZXF1ZXN0GAIgASgLMisuZ3JwYy5yZWZsZWN0aW9uLnYxLlNlcnZlclJlZmxlY3Rpb25SZXF1ZXN0Ug9vcmlnaW5hbFJlcXVlc3QSZgoYZmlsZV9kZXNjcmlwdG9yX3Jlc3BvbnNlGAQgASgLMiouZ3JwYy5yZWZsZWN0aW9uLnYxLkZpbGVEZXNjcmlwdG9yUmVzcG9uc2VIAFIWZmlsZURlc2NyaXB0b3JSZXNwb25zZRJyCh5hbGxfZXh0ZW5zaW9uX251bWJlcnNfcmVzcG9uc2UYBSABKAsyKy5ncnBjLnJlZmxlY3Rpb24udjEuRXh0ZW5zaW9uTnVtYmVyUmVzcG9uc2VIAFIbYWxsRXh0ZW5zaW9uTnVtYmVyc1Jlc3BvbnNlEl8KFmxpc3Rfc2VydmljZXNfcmVzcG9uc2UYBiABKAsyJy5ncnBjLnJlZmxlY3Rpb24udjEuTGlzdFNlcnZpY2VSZXNwb25zZUgAUhRsaXN0U2VydmljZXNSZXNwb25zZRJKCg5lcnJvcl9yZXNwb25zZRgHIAEoCzIhLmdycGMucmVmbGVjdGlvbi52MS5FcnJvclJlc3BvbnNlSABSDWVycm9yUmVzcG9uc2VCEgoQbWVzc2FnZV9yZXNwb25zZSJMChZGaWxlRGVzY3JpcHRvclJlc3BvbnNlEjIKFWZpbGVfZGVzY3JpcHRvcl9wcm90bxgBIAMoDFITZmlsZURlc2NyaXB0b3JQcm90byJqChdFeHRlbnNpb25OdW1iZXJSZXNwb25zZRIkCg5iYXNlX3R5cGVfbmFtZRgBIAEoCVIMYmFzZVR5cGVOYW1lEikKEGV4dGVuc2lvbl9udW1iZXIYAiADKAVSD2V4dGVuc2lvbk51bWJlciJUChNMaXN0U2VydmljZVJlc3BvbnNlEj0KB3NlcnZpY2UYASADKAsyIy5ncnBjLnJlZmxlY3Rpb24udjEuU2VydmljZVJlc3BvbnNlUgdzZXJ2aWNlIiUKD1NlcnZpY2VSZXNwb25zZRISCgRuYW1lGAEgASgJUgRuYW1lIlMKDUVycm9yUmVzcG9uc2USHQoKZXJyb3JfY29kZRgBIAEoBVIJZXJyb3JDb2RlEiMKDWVycm9yX21lc3NhZ2UYAiABKAlSDGVycm9yTWVzc2FnZTKJAQoQU2VydmVyUmVmbGVjdGlvbhJ1ChRTZXJ2ZXJSZWZsZWN0aW9uSW5mbxIrLmdycGMucmVmbGVjdGlvbi52MS5TZXJ2ZXJSZWZsZWN0aW9uUmVxdWVzdBosLmdycGMucmVmbGVjdGlvbi52MS5TZXJ2ZXJSZWZsZWN0aW9uUmVzcG9uc2UoATABYgZwcm90bzM=",
    ),
    file(
      "grpc/reflection/v1alpha/reflection.proto",
      [],
      [
        "grpc.reflection.v1alpha.ServerReflectionRequest",
        "grpc.reflection.v1alpha.ExtensionRequest",
        "grpc.reflection.v1alpha.ServerReflectionResponse",
        "grpc.reflection.v1alpha.FileDescriptorResponse",
        "grpc.reflection.v1alpha.ExtensionNumberResponse",
        "grpc.reflection.v1alpha.ListServiceResponse",
        "grpc.reflection.v1alpha.ServiceResponse",
        "grpc.reflection.v1alpha.ErrorResponse",
        "grpc.reflection.v1alpha.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection.ServerReflectionInfo",
      ],
      "CihncnBjL3JlZmxlY3Rpb24vdjFhbHBoYS9yZWZsZWN0aW9uLnByb3RvEhdncnBjLnJlZmxlY3Rpb24udjFhbHBoYSL4AgoXU2VydmVyUmVmbGVjdGlvblJlcXVlc3QSEgoEaG9zdBgBIAEoCVIEaG9zdBIqChBmaWxlX2J5X2ZpbGVuYW1lGAMgASgJSABSDmZpbGVCeUZpbGVuYW1lEjYKFmZpbGVfY29udGFpbmluZ19zeW1ib2wYBCABKAlIAFIUZmlsZUNvbnRhaW5pbmdTeW1ib2wSZwoZZmlsZV9jb250YWluaW5nX2V4dGVuc2lvbhgFIAEoCzIpLmdycGMucmVmbGVjdGlvbi52MWFscGhhLkV4dGVuc2lvblJlcXVlc3RIAFIXZmlsZUNvbnRhaW5pbmdFeHRlbnNpb24SQgodYWxsX2V4dGVuc2lvbl9udW1iZXJzX29mX3R5cGUYBiABKAlIAFIZYWxsRXh0ZW5zaW9uTnVtYmVyc09mVHlwZRIlCg1saXN0X3NlcnZpY2VzGAcgASgJSABSDGxpc3RTZXJ2aWNlc0IRCg9tZXNzYWdlX3JlcXVlc3QiZgoQRXh0ZW5zaW9uUmVxdWVzdBInCg9jb250YWluaW5nX3R5cGUYASABKAlSDmNvbnRhaW5pbmdUeXBlEikKEGV4dGVuc2lvbl9udW1iZXIYAiABKAVSD2V4dGVuc2lvbk51bWJlciLHBAoYU2VydmVyUmVmbGVjdGlvblJlc3BvbnNlEh0KCnZhbGlkX2hvc3QYASABKAlSCXZhbGlkSG9zdBJbChBvcmlnaW5hbF9yZXF1ZXN0GAIgASgLMjAuZ3JwYy5yZWZsZWN0aW9uLnYxYWxwaGEuU2VydmVyUmVmbGVjdGlvblJlcXVlc3RSD29yaWdpbmFsUmVxdWVzdBJrChhmaWxlX2Rlc2NyaXB0b3JfcmVzcG9uc2UYBCABKAsyLy5ncnBjLnJlZmxlY3Rpb24udjFhbHBoYS5GaWxlRGVzY3JpcHRvclJlc3BvbnNlSABSFmZpbGVEZXNjcmlwdG9yUmVzcG9uc2USdwoeYWxsX2V4dGVuc2lvbl9udW1iZXJzX3Jlc3BvbnNlGAUgASgLMjAuZ3JwYy5yZWZsZWN0aW9uLnYxYWxwaGEuRXh0ZW5zaW9uTnVtYmVyUmVzcG9uc2VIAFIbYWxsRXh0ZW5zaW9uTnVtYmVyc1Jlc3BvbnNlEmQKFmxpc3Rfc2VydmljZXNfcmVzcG9uc2UYBiABKAsyLC5ncnBjLnJlZmxlY3Rpb24udjFhbHBoYS5MaXN0U2VydmljZVJlc3BvbnNlSABSFGxpc3RTZXJ2aWNlc1Jlc3BvbnNlEk8KDmVycm9yX3Jlc3BvbnNlGAcgASgLMiYuZ3JwYy5yZWZsZWN0aW9uLnYxYWxwaGEuRXJyb3JSZXNwb25zZUgAUg1lcnJvclJlc3BvbnNlQhIKEG1lc3NhZ2VfcmVzcG9uc2UiTAoWRmlsZURlc2NyaXB0b3JSZXNwb25zZRIyChVmaWxlX2Rlc2NyaXB0b3JfcHJvdG8YASADKAxSE2ZpbGVEZXNjcmlwdG9yUHJvdG8iagoXRXh0ZW5zaW9uTnVtYmVyUmVzcG9uc2USJAoOYmFzZV90eXBlX25hbWUYASABKAlSDGJhc2VUeXBlTmFtZRIpChBleHRlbnNpb25fbnVtYmVyGAIgAygFUg9leHRlbnNpb25OdW1iZXIiWQoTTGlzdFNlcnZpY2VSZXNwb25zZRJCCgdzZXJ2aWNlGAEgAygLMiguZ3JwYy5yZWZsZWN0aW9uLnYxYWxwaGEuU2VydmljZVJlc3BvbnNlUgdzZXJ2aWNlIiUKD1NlcnZpY2VSZXNwb25zZRISCgRuYW1lGAEgASgJUgRuYW1lIlMKDUVycm9yUmVzcG9uc2USHQoKZXJyb3JfY29kZRgBIAEoBVIJZXJyb3JDb2RlEiMKDWVycm9yX21lc3NhZ2UYAiABKAlSDGVycm9yTWVzc2FnZTKTAQoQU2VydmVyUmVmbGVjdGlvbhJ/ChRTZXJ2ZXJSZWZsZWN0aW9uSW5mbxIwLmdycGMucmVmbGVjdGlvbi52MWFscGhhLlNlcnZlclJlZmxlY3Rpb25SZXF1ZXN0GjEuZ3JwYy5yZWZsZWN0aW9uLnYxYWxwaGEuU2VydmVyUmVmbGVjdGlvblJlc3BvbnNlKAEwAWIGcHJvdG8z",
    ),
  ];
}
