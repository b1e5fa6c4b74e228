import { describe, expect, it } from "vitest";
import { belowBase, parseRoute } from "./router.ts";

describe("routes", () => {
  it("are those of v1", () => {
    expect(parseRoute("")).toEqual({ page: "search" });
    expect(parseRoute("search")).toEqual({ page: "search" });
    expect(parseRoute("dependencies/")).toEqual({ page: "dependencies" });
    expect(parseRoute("trace/00AB")).toEqual({ page: "trace", traceId: "00AB" });
    expect(parseRoute("trace/a...b")).toEqual({ page: "compare", a: "a", b: "b" });
    expect(parseRoute("trace/...b")).toEqual({ page: "compare", a: "", b: "b" });
    expect(parseRoute("nothing/here")).toEqual({ page: "unknown", path: "nothing/here" });
  });

  it("survive a broken escape", () => {
    expect(parseRoute("trace/%E0%A4%A")).toEqual({ page: "trace", traceId: "%E0%A4%A" });
  });

  it("are read below any base path", () => {
    expect(belowBase("/jaeger/trace/1", "/jaeger/")).toBe("trace/1");
    expect(belowBase("/jaeger", "/jaeger/")).toBe("");
    expect(belowBase("/search", "/")).toBe("search");
  });
});
