import type { Span } from "@spoor/span-model";
import type { DependencyLink } from "@spoor/storage-api";
import { sortLinks } from "../naive-store.ts";
import { childOf } from "../span-generator.ts";
import { expect, it } from "../vitest.ts";
import { type ContractContext, NO_TENANT, write } from "./context.ts";

/** Who calls whom. */
export function dependenciesContract(context: ContractContext): void {
  const range = () => {
    const baseMs = Number(context.generator.baseTimeNs / 1_000_000n);
    return { startTimeMs: baseMs - 3_600_000, endTimeMs: baseMs + 7_200_000 };
  };
  const links = async (asked = range()) =>
    sortLinks(await context.storage.dependencies.getDependencies(asked, NO_TENANT));
  const link = (parent: string, child: string, callCount: number): DependencyLink => {
    return { parent, child, callCount, source: "" };
  };
  const span = (serviceName: string, parent?: Span): Span =>
    context.generator.span({
      process: { serviceName, tags: [] },
      tags: [],
      ...(parent === undefined ? {} : { traceId: parent.traceId, references: [childOf(parent)] }),
    });

  it("counts calls from one service to another, not within one", async () => {
    const root = span("front");
    const inner = span("front", root);
    await write(context, [root, inner, span("back", inner), span("back", root), span("front", inner)]);
    expect(await links()).toEqual([link("front", "back", 2)]);
  });

  it("counts a call whose two sides came in different batches, in either order", async () => {
    const first = span("front");
    const second = span("front");
    await write(context, [first]);
    await write(context, [span("back", first), span("back", second)]);
    await write(context, [second]);
    expect(await links()).toEqual([link("front", "back", 2)]);
  });

  it("counts a call once when its spans are written again", async () => {
    const root = span("front");
    const spans = [root, span("back", root)];
    await write(context, spans);
    await write(context, spans);
    expect(await links()).toEqual([link("front", "back", 1)]);
  });

  it("counts a call whose two sides share one span id, and calls of its server half", async () => {
    const { generator } = context;
    const { spans } = generator.sharedSpanIdTrace();
    await write(context, spans, 2);
    expect(await links()).toEqual([
      link(generator.serviceName(0), generator.serviceName(1), 1),
      link(generator.serviceName(1), generator.serviceName(2), 1),
    ]);
  });

  it("leaves out parents that are missing, in another trace or the span itself", async () => {
    const root = span("front");
    const self = span("self");
    await write(context, [
      root,
      {
        ...span("orphan", root),
        references: [{ type: "CHILD_OF", traceId: root.traceId, spanId: "00000000000000ff" }],
      },
      { ...span("stranger"), references: [childOf(root)] },
      { ...self, references: [childOf(self)] },
    ]);
    expect(await links()).toEqual([]);
  });

  it("answers nothing for a time without spans", async () => {
    const root = span("front");
    await write(context, [root, span("back", root)]);
    const { startTimeMs } = range();
    expect(await links({ startTimeMs: startTimeMs - 2_000_000, endTimeMs: startTimeMs - 1_000_000 })).toEqual([]);
  });

  it("counts the links of generated traces as a plain loop over all spans does", async () => {
    const { generator, naive } = context;
    const traces = Array.from({ length: 30 }, () => generator.trace({ spans: 12 }));
    await write(context, generator.random.shuffle(traces.flat()), 11);
    expect(await links()).toEqual(naive.dependencies(range()));
  });
}
