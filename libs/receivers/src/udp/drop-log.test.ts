import type { BaseLogger } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SILENT_LOGGER } from "../testing/receiver-options.ts";
import { DropLog } from "./drop-log.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function recording() {
  const lines: { readonly level: string; readonly fields: Record<string, unknown>; readonly text: string }[] = [];
  const write = (level: string) => (fields: Record<string, unknown>, text: string) =>
    lines.push({ level, fields, text });
  const logger = { ...SILENT_LOGGER, warn: write("warn"), error: write("error") } as unknown as BaseLogger;
  return { lines, log: new DropLog(logger, { processor: "jaeger-compact" }) };
}

const garbage = { reason: "malformed", error: new Error("no Thrift"), packets: 1, sender: "10.0.0.7:4711" };

test("the first is told at once, with port, sender and reason", () => {
  const { lines, log } = recording();
  log.add(garbage);
  expect(lines).toEqual([
    {
      level: "warn",
      fields: {
        processor: "jaeger-compact",
        sender: "10.0.0.7:4711",
        reason: "malformed",
        packets: 1,
        err: garbage.error,
      },
      text: "Dropped a datagram",
    },
  ]);
});

test("a flood is one line every ten seconds, which counts the others", () => {
  const { lines, log } = recording();
  for (let i = 0; i < 1000; i++) log.add(garbage);
  expect(lines).toHaveLength(1);
  vi.advanceTimersByTime(10_000);
  expect(lines.map(({ fields }) => fields.packets)).toEqual([1, 999]);
  for (let i = 0; i < 5; i++) log.add(garbage);
  vi.advanceTimersByTime(10_000);
  expect(lines.map(({ fields }) => fields.packets)).toEqual([1, 999, 5]);
});

test("after a quiet time the next is told at once again", () => {
  const { lines, log } = recording();
  log.add(garbage);
  vi.advanceTimersByTime(10_000);
  log.add(garbage);
  expect(lines).toHaveLength(2);
});

test("one reason does not hide another", () => {
  const { lines, log } = recording();
  log.add(garbage);
  log.add({ reason: "unavailable", error: new Error("down"), packets: 3, sender: undefined });
  expect(lines.map(({ level, fields }) => [level, fields.reason])).toEqual([
    ["warn", "malformed"],
    ["error", "unavailable"],
  ]);
});

test("what was held back is told at the end", () => {
  const { lines, log } = recording();
  log.add(garbage);
  log.add(garbage);
  log.close();
  expect(lines.map(({ fields }) => fields.packets)).toEqual([1, 1]);
  expect(vi.getTimerCount()).toBe(0);
});
