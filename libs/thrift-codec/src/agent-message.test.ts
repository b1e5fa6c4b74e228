import { decodeSpan } from "@spoor/span-wire";
import { describe, expect, it } from "vitest";
import { decodeAgentMessage } from "./agent-message.ts";
import { encodeEmitBatch, encodeJaegerBatch } from "./encode-jaeger.ts";
import { encodeEmitZipkinBatch } from "./encode-zipkin.ts";
import { ThriftError } from "./errors.ts";
import { oracleWrite } from "./testing/oracle.ts";
import { MESSAGE_TYPE, type ThriftProtocol } from "./types.ts";
import type { ZipkinCoreSpan } from "./zipkin-core.ts";

const PROTOCOLS: readonly ThriftProtocol[] = ["binary", "compact"];
const process = { serviceName: "shop", tags: [] };
const span = {
  traceId: "0".repeat(31).concat("7"),
  spanId: "0".repeat(15).concat("9"),
  operationName: "op",
  references: [],
  flags: 1,
  startTimeNs: 1_795_423_020_000_000_000n,
  durationNs: 5000n,
  tags: [],
  logs: [],
  process,
  warnings: [],
};
const zipkinSpan: ZipkinCoreSpan = {
  traceId: 7n,
  traceIdHigh: undefined,
  id: 9n,
  parentId: undefined,
  name: "op",
  annotations: [
    {
      timestampUs: 1_795_423_020_000_000n,
      value: "sr",
      host: { ipv4: 0, port: 0, serviceName: "shop", ipv6: undefined },
    },
  ],
  binaryAnnotations: [],
  debug: false,
  timestampUs: 1_795_423_020_000_000n,
  durationUs: 5n,
};

function code(read: () => unknown): string | undefined {
  try {
    read();
  } catch (error) {
    if (error instanceof ThriftError) return error.code;
    throw error;
  }
  return undefined;
}

describe.each(PROTOCOLS)("messages to an agent in the %s protocol", (protocol) => {
  it("are read whatever their message type and sequence number", () => {
    for (const type of Object.values(MESSAGE_TYPE)) {
      const bytes = encodeEmitBatch({ process, spans: [span] }, protocol, { type, sequence: 70_000 });
      const message = decodeAgentMessage(bytes, protocol);
      expect(message.kind).toBe("jaeger");
      expect(message.spans.map(decodeSpan)).toEqual([span]);
    }
  });

  it("begin as npm's thrift begins a message", () => {
    const bytes = encodeEmitBatch({ process, spans: [] }, protocol, { sequence: 300 });
    const header = oracleWrite(protocol, (output) => {
      output.writeMessageBegin("emitBatch", MESSAGE_TYPE.oneway, 300);
      output.writeMessageEnd();
    });
    expect(bytes.subarray(0, header.length)).toEqual(header);
    expect(bytes.subarray(header.length + (protocol === "binary" ? 3 : 1), -1)).toEqual(
      encodeJaegerBatch({ process, spans: [] }, protocol),
    );
  });

  it("may carry Zipkin spans, which are converted", () => {
    const message = decodeAgentMessage(encodeEmitZipkinBatch([zipkinSpan], protocol), protocol);
    expect(message.kind).toBe("zipkin");
    const kind = { key: "span.kind", type: "string", value: "server" };
    expect(message.spans.map(decodeSpan)).toEqual([{ ...span, flags: 0, tags: [kind] }]);
  });

  it("are read although bytes follow", () => {
    const bytes = Buffer.concat([encodeEmitBatch({ process, spans: [span] }, protocol), Buffer.from("more")]);
    expect(decodeAgentMessage(bytes, protocol).spans).toHaveLength(1);
  });

  it("are refused when they call an unknown method", () => {
    const bytes = oracleWrite(protocol, (output) => output.writeMessageBegin("emitBatches", MESSAGE_TYPE.oneway, 0));
    expect(code(() => decodeAgentMessage(bytes, protocol))).toBe("UNKNOWN_METHOD");
  });

  it("are refused when they hold no batch", () => {
    const bytes = oracleWrite(protocol, (output) => {
      output.writeMessageBegin("emitBatch", MESSAGE_TYPE.oneway, 0);
      output.writeStructBegin("");
      output.writeFieldStop();
      output.writeStructEnd();
    });
    expect(code(() => decodeAgentMessage(bytes, protocol))).toBe("MISSING_FIELD");
  });

  it("are refused in the other protocol", () => {
    const other = protocol === "binary" ? "compact" : "binary";
    const bytes = encodeEmitBatch({ process, spans: [span] }, other);
    expect(code(() => decodeAgentMessage(bytes, protocol))).toBe("MALFORMED");
  });
});

it("a binary message without the strict header is read", () => {
  const strict = encodeEmitBatch({ process, spans: [span] }, "binary");
  const name = Buffer.from("emitBatch");
  const lengthOfName = Buffer.from([0, 0, 0, name.length]);
  const typeAndSequence = Buffer.from([MESSAGE_TYPE.oneway, 0, 0, 0, 0]);
  const bytes = Buffer.concat([lengthOfName, name, typeAndSequence, strict.subarray(4 + 4 + name.length + 4)]);
  expect(decodeAgentMessage(bytes, "binary").spans.map(decodeSpan)).toEqual([span]);
});
