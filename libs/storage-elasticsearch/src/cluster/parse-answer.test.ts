import { describe, expect, it } from "vitest";
import { parseAnswer } from "./parse-answer.ts";

describe("an answer of the server", () => {
  it("to a bulk that has no errors comes without its list, every other one whole", () => {
    expect(parseAnswer('{"errors":false,"items":[{"create":{"status":201}}]}')).toEqual({ errors: false });
    const others = [
      '{"errors":true,"items":[{"create":{"status":201}},{"create":{"status":429}}]}',
      '{"took":3,"errors":false,"items":[{"create":{"status":201}}]}',
    ];
    for (const json of others) expect(parseAnswer(json)).toEqual(JSON.parse(json));
    expect(parseAnswer('{"n":9223372036854775807}')).toEqual({ n: 9223372036854775807n });
  });
});
