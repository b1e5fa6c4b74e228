/** The part of jaeger-client (which ships no types) that the tests use. */
declare module "jaeger-client" {
  interface Span {
    log(fields: Readonly<Record<string, unknown>>): void;
    finish(): void;
  }
  interface Tracer {
    startSpan(name: string, options?: { childOf?: Span; tags?: Readonly<Record<string, unknown>> }): Span;
    close(done: () => void): void;
  }
  const jaeger: { initTracer(config: object, options: object): Tracer };
  export = jaeger;
}
