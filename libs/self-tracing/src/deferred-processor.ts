import type { Context } from "@opentelemetry/api";
import type { ReadableSpan, Span, SpanProcessor } from "@opentelemetry/sdk-trace-node";

const MAX_HELD = 1000;

/** Holds ended spans until there is somewhere to send them; a start is traced before anything listens. */
export class DeferredProcessor implements SpanProcessor {
  #target: SpanProcessor | undefined;
  #held: ReadableSpan[] = [];

  forwardTo(target: SpanProcessor): void {
    this.#target = target;
    for (const span of this.#held.splice(0)) target.onEnd(span);
  }

  onStart(span: Span, parent: Context): void {
    this.#target?.onStart(span, parent);
  }

  onEnd(span: ReadableSpan): void {
    if (this.#target !== undefined) this.#target.onEnd(span);
    else if (this.#held.length < MAX_HELD) this.#held.push(span);
  }

  async forceFlush(): Promise<void> {
    await this.#target?.forceFlush();
  }

  async shutdown(): Promise<void> {
    await this.#target?.shutdown();
  }
}
