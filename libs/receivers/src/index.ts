export { startCollectorGrpc, startOtlpGrpc } from "./grpc-receivers.ts";
export * from "./limits.ts";
export * from "./options.ts";
export { startOtlpHttp } from "./otlp-http.ts";
export * from "./receiver.ts";
export { startSamplingHttp } from "./sampling-http.ts";
export { startThriftHttp } from "./thrift-http.ts";
export { startUdp } from "./udp.ts";
export { startZipkinHttp } from "./zipkin-http.ts";
