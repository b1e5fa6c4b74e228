import { setTimeout as delay } from "node:timers/promises";
import { DaemonError, type Settings, type ToolDefinition } from "@spoor/daemon";
import { TRACEGEN_FLAGS } from "./flags.ts";
import { Random } from "./random.ts";
import { checkReachable } from "./reachable.ts";
import { shapeOf } from "./shapes.ts";
import { endpointOf, exporterOf, SpanSender } from "./span-sender.ts";
import { TraceEmitter } from "./trace-emitter.ts";

/** After spans could not be sent. */
const PAUSE_MS = 500;

export const TRACEGEN: ToolDefinition = {
  program: "jaeger-tracegen",
  summary: "Spoor tracegen: sends traces of an example shop (or of other shapes) over OTLP.",
  groups: TRACEGEN_FLAGS,
  notes: (command) => [
    "Examples:",
    `  ${command} --traces 100                  a hundred requests to the shop`,
    `  ${command} --duration 10m --rate 20      twenty a second for ten minutes`,
    `  ${command} --shape wide --spans 10000    one trace of 10,001 spans`,
    "",
    "Flags may have one dash, as v1's.",
  ],
  run: generate,
};

/** Generates until the number of traces, the time or the signal ends it. Resolves with 1 when spans could not be sent. */
export async function generate(settings: Settings, signal: AbortSignal): Promise<number> {
  const errorRate = settings.float("error-rate");
  if (!(errorRate >= 0 && errorRate <= 1)) throw new DaemonError("INVALID_VALUE", "--error-rate is between 0 and 1");
  const durationMs = settings.durationMs("duration");
  const maxTraces = durationMs > 0 ? Number.POSITIVE_INFINITY : settings.int("traces");
  const rate = settings.float("rate");
  const shape = shapeOf(settings);
  const exporter = exporterOf(settings);
  const endpoint = endpointOf(settings, process.env);
  if (endpoint !== undefined) await checkReachable(endpoint, signal);
  const sender = new SpanSender(exporter, (error) => tell(`Spans could not be sent, going on: ${error.message}`));
  const emitter = new TraceEmitter(sender);
  const startedMs = performance.now();
  const seed = settings.int("seed") || Date.now();
  let traces = 0;

  const work = async (random: Random): Promise<void> => {
    while (traces < maxTraces && !signal.aborted) {
      const elapsedMs = performance.now() - startedMs;
      if (durationMs > 0 && elapsedMs >= durationMs) return;
      const dueMs = rate > 0 ? (traces / rate) * 1000 : 0;
      traces++;
      if (dueMs > elapsedMs) {
        await sender.flush(dueMs - elapsedMs > 200);
        await delay(dueMs - elapsedMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
      }
      emitter.emit(shape(random), Date.now());
      const { failedSpans } = sender;
      await sender.flush(false);
      // A receiver that is away refuses at once; traces without end would follow.
      if (sender.failedSpans > failedSpans) await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  };
  const workers = Math.max(1, settings.int("workers"));
  await Promise.all(Array.from({ length: workers }, (_, i) => work(new Random(seed + i))));
  await sender.close();

  const seconds = (performance.now() - startedMs) / 1000;
  const failure =
    sender.failedSpans > 0 ? `, ${counted(sender.failedSpans, "span")} failed: ${sender.lastError?.message}` : "";
  tell(`${counted(traces, "trace")}, ${counted(sender.sentSpans, "span")} sent in ${seconds.toFixed(1)} s${failure}`);
  return sender.failedSpans > 0 ? 1 : 0;
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
