import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatLogfmt, parseLogfmt } from "./logfmt.ts";

describe("tags in logfmt", () => {
  it("are split at spaces and the first equals sign", () => {
    expect(parseLogfmt("http.status_code=200  error=true url=/a?b=c").tags).toEqual({
      "http.status_code": "200",
      error: "true",
      url: "/a?b=c",
    });
  });

  it("take quoted values with escapes", () => {
    expect(parseLogfmt('db="select \\"a\\" from t" x=1').tags).toEqual({ db: 'select "a" from t', x: "1" });
    expect(parseLogfmt('empty=""').tags).toEqual({ empty: "" });
  });

  it("read a key alone as true", () => {
    expect(parseLogfmt("error").tags).toEqual({ error: "true" });
  });

  it("say what is wrong", () => {
    expect(parseLogfmt('a="b').error).toContain("character 3");
    expect(parseLogfmt("=b").error).toContain("name");
    expect(parseLogfmt("   ").tags).toEqual({});
  });

  it("come back the same after being written", () => {
    const key = fc.stringMatching(/^[a-z][a-z0-9_.]{0,10}$/);
    fc.assert(
      fc.property(fc.dictionary(key, fc.string()), (tags) => {
        expect(parseLogfmt(formatLogfmt(tags)).tags).toEqual({ ...tags });
      }),
    );
  });
});
