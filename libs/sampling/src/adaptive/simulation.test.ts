import type { EncodedSpan } from "@spoor/span-wire";
import { pino } from "pino";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import type { SamplingStrategy } from "../strategy.ts";
import { AdaptiveSampling } from "./adaptive-sampling.ts";
import { MemorySamplingStorage } from "./memory-sampling-storage.ts";
import { ADAPTIVE_DEFAULTS } from "./options.ts";
import { batchOf, eventCount, randomNumbers, rootSpan } from "./testing.ts";

const SERVICES = 20;
/** Root spans a second that the operations of a service start, before sampling. */
const CALL_RATES = [0.2, 4, 40, 900];
const DURATION_SECONDS = 2 * 3600;
/** The rates of the last minutes are looked at. */
const LAST_SECONDS = 30 * 60;
const CLIENT_POLL_SECONDS = 60;

interface Operation {
  readonly service: string;
  readonly name: string;
  readonly rate: number;
  probability: number;
  /** Traces that the client's lower bound sampler may start. */
  credit: number;
  readonly span: (type: string, probability: number) => EncodedSpan;
  sampledAtTheEnd: number;
}

/** Runs the fleet on a clock of its own: no timer, no waiting. */
class Simulation {
  nowMs = Date.UTC(2026, 0, 1);
  readonly collectors: readonly AdaptiveSampling[];
  readonly random = randomNumbers("adaptive");
  readonly operations: readonly Operation[];

  constructor(
    collectors: number,
    span: (
      service: string,
      operation: string,
      sampler: { readonly type: string; readonly param: number },
    ) => EncodedSpan,
  ) {
    const nowMs = () => this.nowMs;
    const storage = new MemorySamplingStorage({ nowMs });
    this.collectors = Array.from({ length: collectors }, (_, i) => {
      const registry = new Registry();
      const logger = pino({ level: "silent" });
      const own = { store: storage.store, lock: storage.lockOf(`collector-${i}`) };
      return new AdaptiveSampling({ sampling: ADAPTIVE_DEFAULTS, storage: own, logger, registry, nowMs });
    });
    this.operations = Array.from({ length: SERVICES }, (_, i) =>
      CALL_RATES.map((rate, j): Operation => {
        const [service, name] = [`service-${i}`, `operation-${j}`];
        const spans = new Map<string, EncodedSpan>();
        return {
          service,
          name,
          rate,
          probability: 0,
          credit: 1,
          sampledAtTheEnd: 0,
          span: (type, probability) => {
            const key = `${type} ${probability}`;
            const known = spans.get(key) ?? span(service, name, { type, param: probability });
            spans.set(key, known);
            return known;
          },
        };
      }),
    ).flat();
  }

  async run(): Promise<void> {
    const writers = this.collectors.map((collector) => collector.counting({ write: async () => undefined }));
    const nextStand = this.collectors.map(() => 0);
    for (let second = 0; second < DURATION_SECONDS; second++) {
      for (const [i, collector] of this.collectors.entries()) {
        if (second >= (nextStand[i] as number)) nextStand[i] = second + (await collector.stand()) / 1000;
        // Not all at once, as in a fleet.
        if (second % 60 === 7 * i) await collector.runInterval();
        if (second % 20 === 3 * i) await collector.follow();
      }
      for (let i = 0; i < SERVICES; i++) {
        if (second % CLIENT_POLL_SECONDS === i * 3) await this.#poll(`service-${i}`);
      }
      for (const [i, spans] of this.#sampledSpans(second).entries()) await writers[i]?.write(batchOf(spans));
      this.nowMs += 1000;
    }
  }

  async #poll(service: string): Promise<void> {
    const strategy = await this.#anyCollector().getStrategy(service);
    for (const operation of this.operations) {
      if (operation.service === service) operation.probability = probabilityOf(strategy, operation.name);
    }
  }

  #anyCollector(): AdaptiveSampling {
    return this.collectors[Math.floor(this.random() * this.collectors.length)] as AdaptiveSampling;
  }

  /** Root spans of one second, by the collector they are sent to. */
  #sampledSpans(second: number): readonly (readonly EncodedSpan[])[] {
    const sent: EncodedSpan[][] = this.collectors.map(() => []);
    const send = (span: EncodedSpan) => sent[Math.floor(this.random() * sent.length)]?.push(span);
    for (const operation of this.operations) {
      const { probability, rate } = operation;
      const count = eventCount(rate * probability, this.random);
      if (second >= DURATION_SECONDS - LAST_SECONDS) operation.sampledAtTheEnd += count;
      for (let n = 0; n < count; n++) send(operation.span("probabilistic", probability));
      // jaeger-client's GuaranteedThroughputProbabilisticSampler: what probability samples takes from the lower bound's credit as well.
      operation.credit = Math.min(1, operation.credit + ADAPTIVE_DEFAULTS.minSamplesPerSecond) - Math.min(1, count);
      const isLowerBound = operation.credit >= 1 && eventCount(rate * (1 - probability), this.random) > 0;
      operation.credit = Math.max(0, operation.credit - (isLowerBound ? 1 : 0));
      if (isLowerBound) send(operation.span("lowerbound", probability));
    }
    return sent;
  }
}

/** A root span as jaeger-clients tag it. */
function tagged(
  service: string,
  operation: string,
  sampler: { readonly type: string; readonly param: number },
): EncodedSpan {
  return rootSpan(service, operation, [
    { key: "sampler.type", type: "string", value: sampler.type },
    { key: "sampler.param", type: "float64", value: sampler.param },
  ]);
}

function probabilityOf({ operationSampling }: SamplingStrategy, operation: string): number {
  const own = operationSampling?.perOperationStrategies.find((each) => each.operation === operation);
  return own?.samplingRate ?? operationSampling?.defaultSamplingProbability ?? 0;
}

function expectConverged({ operations }: Simulation): void {
  const { targetSamplesPerSecond, deltaTolerance } = ADAPTIVE_DEFAULTS;
  for (const { service, name, rate, probability, sampledAtTheEnd } of operations) {
    const what = `${service} ${name}, ${rate}/s`;
    if (rate <= targetSamplesPerSecond * (1 - deltaTolerance)) expect(probability, what).toBe(1);
    else {
      const mean = sampledAtTheEnd / LAST_SECONDS;
      expect(mean, what).toBeGreaterThan(targetSamplesPerSecond * (1 - deltaTolerance));
      expect(mean, what).toBeLessThan(targetSamplesPerSecond * (1 + deltaTolerance));
    }
  }
}

describe("two hours of 20 services and 3 collectors", () => {
  it("lead every operation of jaeger-clients to the target rate", async () => {
    const simulation = new Simulation(3, tagged);
    await simulation.run();
    expectConverged(simulation);
    expect(simulation.collectors.filter(({ isLeader }) => isLeader)).toHaveLength(1);
  }, 60_000);

  it("lead every operation of OpenTelemetry SDKs, which do not say how they sampled, to it as well", async () => {
    const simulation = new Simulation(3, (service, operation) => rootSpan(service, operation, []));
    await simulation.run();
    expectConverged(simulation);
  }, 60_000);
});

it("a collector alone leads, and gives out what it calculated", async () => {
  const simulation = new Simulation(1, tagged);
  await simulation.run();
  expectConverged(simulation);
}, 60_000);
