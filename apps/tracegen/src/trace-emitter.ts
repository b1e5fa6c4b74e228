import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AlwaysOnSampler, BasicTracerProvider, type SpanProcessor } from "@opentelemetry/sdk-trace-node";
import type { CallKind, PlannedSpan } from "./call-plan.ts";
import type { SpanSender } from "./span-sender.ts";

const KIND: Readonly<Record<CallKind, SpanKind>> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/** Turns planned traces into spans of the OpenTelemetry SDK, each service with a resource of its own. */
export class TraceEmitter {
  readonly #tracers = new Map<string, Tracer>();
  readonly #processor: SpanProcessor;

  constructor(sender: SpanSender) {
    this.#processor = {
      onStart: () => undefined,
      onEnd: (span) => sender.add(span),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    };
  }

  /** The trace ends at `endMs`, milliseconds since the epoch. */
  emit(root: PlannedSpan, endMs: number): void {
    this.#span(root, endMs - root.endMs, ROOT_CONTEXT);
  }

  #span(planned: PlannedSpan, originMs: number, parent: Context): void {
    const span = this.#tracer(planned.service).startSpan(
      planned.name,
      {
        kind: KIND[planned.kind],
        startTime: originMs + planned.startMs,
        attributes: { ...planned.attributes },
      },
      parent,
    );
    const within = trace.setSpan(parent, span);
    for (const child of planned.children) this.#span(child, originMs, within);
    if (planned.error !== undefined) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: planned.error });
      span.addEvent(
        "exception",
        { "exception.type": "Error", "exception.message": planned.error },
        originMs + planned.endMs,
      );
    }
    span.end(originMs + planned.endMs);
  }

  #tracer(service: string): Tracer {
    let tracer = this.#tracers.get(service);
    if (tracer === undefined) {
      const provider = new BasicTracerProvider({
        sampler: new AlwaysOnSampler(),
        resource: resourceFromAttributes({
          "service.name": service,
          "service.version": "1.4.2",
          "host.name": `${service}-7d9f`,
        }),
        spanProcessors: [this.#processor],
      });
      tracer = provider.getTracer("tracegen");
      this.#tracers.set(service, tracer);
    }
    return tracer;
  }
}
