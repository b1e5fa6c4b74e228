import { describe, expect, it } from "vitest";
import { EXPORT_RESPONSE_JSON, EXPORT_RESPONSE_PROTOBUF } from "./response.ts";

describe("replies to OTLP", () => {
  it("to success have v1's bytes", () => {
    expect(Buffer.from(EXPORT_RESPONSE_PROTOBUF).toString("hex")).toBe("0a00");
    expect(EXPORT_RESPONSE_JSON).toBe('{"partialSuccess":{}}');
  });
});
