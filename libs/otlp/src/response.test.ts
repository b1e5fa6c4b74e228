import { describe, expect, it } from "vitest";
import { EXPORT_RESPONSE_PROTOBUF, statusJson, statusProtobuf } from "./response.ts";
import { RpcStatus } from "./testing/otlp-proto.ts";

describe("replies to OTLP", () => {
  it("to success have v1's bytes", () => {
    expect(Buffer.from(EXPORT_RESPONSE_PROTOBUF).toString("hex")).toBe("0a00");
  });

  it("to errors are a google.rpc.Status in both encodings", () => {
    expect(RpcStatus.toObject(RpcStatus.decode(statusProtobuf(3, "bad é")))).toEqual({ code: 3, message: "bad é" });
    expect(statusJson(3, 'bad "x"')).toBe('{"code":3,"message":"bad \\"x\\""}');
    expect(statusProtobuf(0, "")).toHaveLength(0);
  });
});
