import { describe, expect, test } from "vitest";
import { consoleLine } from "./console-log.ts";
import { createLogger } from "./logger.ts";

function logged(level: string, encoding: "json" | "console", log: (logger: ReturnType<typeof createLogger>) => void) {
  let text = "";
  const destination = {
    write: (line: string) => {
      text += line;
    },
  };
  log(createLogger({ level, encoding, destination }));
  return text;
}

describe("the log", () => {
  test("has v1's keys: level as a word, ts in seconds, msg", () => {
    const line = logged("info", "json", (logger) => logger.info({ port: 1 }, "hello"));
    const fields = JSON.parse(line) as Record<string, unknown>;
    expect(Object.keys(fields)).toEqual(["level", "ts", "port", "msg"]);
    expect(fields).toMatchObject({ level: "info", port: 1, msg: "hello" });
    expect(fields.ts).toBeGreaterThan(1_600_000_000);
    expect(fields.ts).toBeLessThan(100_000_000_000);
  });

  test("tells an error and its causes as one text", () => {
    const error = new Error("write failed", { cause: new Error("disk full") });
    for (const key of ["err", "error"]) {
      const line = logged("info", "json", (logger) => logger.error({ [key]: error }, "no"));
      expect(JSON.parse(line)).toMatchObject({ level: "error", error: "write failed: disk full" });
    }
  });

  test("leaves out what is below its level", () => {
    expect(logged("warn", "json", (logger) => logger.info("x"))).toBe("");
    expect(logged("dpanic", "json", (logger) => logger.error("x"))).toBe("");
  });

  test("is readable on a console", () => {
    const line = logged("info", "console", (logger) => logger.warn({ a: "b c", n: 1 }, "careful"));
    expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}careful {2}a="b c" n=1\n$/);
    const at = logged("info", "console", (logger) =>
      logger.info({ address: { host: "::", port: 4317 }, none: null }, "x"),
    );
    expect(at).toMatch(/ x {2}address=\[::\]:4317 none=null\n$/);
    expect(consoleLine("no json\n", false)).toBe("no json\n");
  });
});
