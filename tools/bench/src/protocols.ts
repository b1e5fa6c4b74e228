import type { Daemon } from "@spoor/test-harness";
import { encodeJaegerGrpc } from "./encode/jaeger-grpc.ts";
import { encodeOtlpRequest } from "./encode/otlp.ts";
import { encodeThriftBatch } from "./encode/thrift.ts";
import { encodeZipkinJson } from "./encode/zipkin-json.ts";
import { grpcFrame } from "./grpc-frame.ts";
import { grpcSender, httpSender, type Sender } from "./sender.ts";
import type { WorkloadBatch } from "./workload.ts";

/** A protocol whose requests are acknowledged. */
export interface Protocol {
  readonly name: string;
  encode(batch: WorkloadBatch): Buffer;
  connect(daemon: Daemon): Sender;
}

export const PROTOCOLS: readonly Protocol[] = [
  {
    name: "jaeger-grpc",
    encode: encodeJaegerGrpc,
    connect: (daemon) => grpcSender(daemon.ports.collectorGrpc, "/jaeger.api_v2.CollectorService/PostSpans"),
  },
  {
    name: "otlp-grpc",
    encode: (batch) => grpcFrame(encodeOtlpRequest(batch)),
    connect: (daemon) =>
      grpcSender(daemon.ports.otlpGrpc, "/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
  },
  {
    name: "otlp-http",
    encode: encodeOtlpRequest,
    connect: (daemon) => httpSender(daemon.ports.otlpHttp, "/v1/traces", "application/x-protobuf"),
  },
  {
    name: "thrift-http",
    encode: encodeThriftBatch,
    connect: (daemon) => httpSender(daemon.ports.collectorHttp, "/api/traces", "application/x-thrift"),
  },
  {
    name: "zipkin-json",
    encode: encodeZipkinJson,
    connect: (daemon) => httpSender(daemon.ports.zipkin, "/api/v2/spans", "application/json"),
  },
];
