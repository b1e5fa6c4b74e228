import {
  DEFAULT_WIRE_LIMITS,
  type EncodedSpan,
  encodeSpans,
  NO_PROCESS,
  ProcessTable,
  scanSpan,
} from "@spoor/span-wire";
import { zipkinDecoder } from "@spoor/zipkin";
import { MessageError } from "../errors.ts";
import { parseSpanJson } from "./json-span.ts";

/** v1's names of what a consumer can read. */
export const CONSUMER_ENCODINGS = ["protobuf", "json", "zipkin-thrift"] as const;
export type ConsumerEncoding = (typeof CONSUMER_ENCODINGS)[number];

/** Reads one message's value; throws a MessageError. */
export type MessageDecoder = (value: Buffer | null) => EncodedSpan;

export function createDecoder(encoding: ConsumerEncoding): MessageDecoder {
  const decode = decoderOf(encoding);
  return (value) => {
    if (value === null || value.length === 0) throw new MessageError("EMPTY", "the message is empty");
    try {
      return decode(value);
    } catch (error) {
      if (error instanceof MessageError) throw error;
      throw new MessageError("UNDECODABLE", `not a span in ${encoding}: ${(error as Error).message}`, { cause: error });
    }
  };
}

function decoderOf(encoding: ConsumerEncoding): (value: Buffer) => EncodedSpan {
  switch (encoding) {
    case "protobuf": {
      // Spans of one process share it, however many messages they come in.
      let processes = new ProcessTable();
      let spans = 0;
      return (value) => {
        if (++spans % SPANS_A_PROCESS_TABLE === 0) processes = new ProcessTable();
        return scanSpan(value, 0, value.length, DEFAULT_WIRE_LIMITS, NO_PROCESS, processes);
      };
    }
    case "json":
      return (value) => first(encodeSpans([parseSpanJson(value.toString("utf8"))]));
    case "zipkin-thrift": {
      const decoder = zipkinDecoder("/api/v1/spans", "application/x-thrift");
      // v1 takes the first span of the list.
      return (value) => first(decoder(value));
    }
  }
}

/** So that a table of many processes does not live for ever. */
const SPANS_A_PROCESS_TABLE = 10_000;

function first(spans: readonly EncodedSpan[]): EncodedSpan {
  const [span] = spans;
  if (span === undefined) throw new MessageError("UNDECODABLE", "the list of spans is empty");
  return span;
}
