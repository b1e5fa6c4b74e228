import { DaemonError, type Settings } from "@spoor/daemon";
import { type Attributes, type Operation, type PlannedSpan, planCall } from "./call-plan.ts";
import type { Random } from "./random.ts";
import { shopRequest } from "./shop.ts";

/** Plans the next trace. */
export type Shape = (random: Random) => PlannedSpan;

/** The shape that the flags ask for. */
export function shapeOf(settings: Settings): Shape {
  const asked = settings.string("shape");
  const isV1 = settings.sourceOf("shape") === "default" && settings.sourceOf("service") !== "default";
  const errorRate = settings.float("error-rate");
  const spans = settings.int("spans");
  const nextService = serviceNames(settings.string("service"), settings.int("services"));
  switch (isV1 ? "simple" : asked) {
    case "shop":
      return (random) => planCall(shopRequest(random), random, errorRate);
    case "deep":
      return (random) => planCall(chain(nextService(), Math.max(1, spans)), random, errorRate);
    case "wide":
      return (random) => planCall(fan(nextService(), spans), random, errorRate);
    case "simple":
      return simple(settings, nextService);
    default:
      throw new DaemonError("INVALID_VALUE", `unknown shape "${asked}": use shop, deep, wide or simple`);
  }
}

function serviceNames(name: string, count: number): () => string {
  let next = 0;
  return () => {
    if (count <= 1) return name;
    const suffix = String(next % count).padStart(2, "0");
    next++;
    return `${name}-${suffix}`;
  };
}

function chain(service: string, depth: number): Operation {
  let inner: Operation = { service, name: `level ${depth}`, kind: "internal", workMs: 0.2 };
  for (let level = depth - 1; level >= 1; level--) {
    inner = {
      service,
      name: level === 1 ? "root" : `level ${level}`,
      kind: level === 1 ? "server" : "internal",
      workMs: 0.2,
      calls: [{ to: inner }],
      failsLate: true,
    };
  }
  return inner;
}

function fan(service: string, children: number): Operation {
  const leaf: Operation = {
    service,
    name: "child",
    kind: "client",
    workMs: 2,
    attributes: (random) => ({ "item.id": random.integer(10_000) }),
  };
  return {
    service,
    name: "root",
    kind: "server",
    workMs: 5,
    calls: [{ to: leaf, times: () => children, parallel: true }],
    failsLate: true,
  };
}

const FAKE_CHILD_MS = 0.123;

/** v1's traces (jaegertracing/jaeger `internal/tracegen/worker.go`). */
function simple(settings: Settings, nextService: () => string): Shape {
  const pauseMs = settings.durationMs("pause");
  const [attrs, keys, values] = [settings.int("attrs"), settings.int("attr-keys"), settings.int("attr-values")];
  const childMs = pauseMs === 0 ? FAKE_CHILD_MS : pauseMs;
  let counter = 0;
  const attributes = (): Attributes => {
    const made: Record<string, string> = {};
    for (let i = 0; i < attrs; i++, counter++) {
      made[`key_${String(counter % Math.max(1, keys)).padStart(2, "0")}`] =
        `value_${String(counter % Math.max(1, values)).padStart(2, "0")}`;
    }
    return made;
  };
  return () => {
    const service = nextService();
    const children = Array.from({ length: settings.int("spans") }, (_, i): PlannedSpan => {
      const startMs = i * childMs;
      return {
        service,
        name: `child-span-${String(i).padStart(2, "0")}`,
        kind: "client",
        startMs,
        endMs: startMs + childMs,
        attributes: attributes(),
        error: undefined,
        children: [],
      };
    });
    return {
      service,
      name: "lets-go",
      kind: "server",
      startMs: 0,
      endMs: Math.max(childMs, children.length * childMs),
      attributes: {
        "peer.service": "tracegen-server",
        "peer.host.ipv4": "1.1.1.1",
        ...(settings.bool("debug") ? { "jaeger.debug": true } : {}),
        ...(settings.bool("firehose") ? { "jaeger.firehose": true } : {}),
      },
      error: undefined,
      children,
    };
  };
}
