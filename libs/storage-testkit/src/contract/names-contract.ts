import type { Span } from "@spoor/span-model";
import { expect, it } from "../vitest.ts";
import { type ContractContext, NO_TENANT, write } from "./context.ts";

/** Names of services and operations. */
export function namesContract(context: ContractContext): void {
  const span = (serviceName: string, operationName: string, kind?: string): Span =>
    context.generator.span({
      operationName,
      process: { serviceName, tags: [] },
      tags: kind === undefined ? [] : [{ key: "span.kind", type: "string", value: kind }],
    });

  it("lists services once and in alphabetical order", async () => {
    await write(context, [span("b", "x"), span("a", "x"), span("c", "x"), span("a", "y")], 2);
    expect(await context.storage.reader.getServices(NO_TENANT)).toEqual(["a", "b", "c"]);
  });

  it("keeps names as they are: slashes, spaces, other alphabets, case", async () => {
    const names = ["A", "a", "a b/c +x", "über", "сервис", "🦓", "a:b", 'q"q'];
    await write(
      context,
      names.map((name) => span(name, name)),
    );
    expect(new Set(await context.storage.reader.getServices(NO_TENANT))).toEqual(new Set(names));
    for (const name of names) {
      expect(await context.storage.reader.getOperations({ serviceName: name }, NO_TENANT)).toEqual([
        { name, spanKind: "" },
      ]);
    }
  });

  it("lists the operations of a service with their span kinds", async () => {
    await write(context, [
      span("a", "get", "server"),
      span("a", "get", "client"),
      span("a", "get", "server"),
      span("a", "add"),
      span("b", "other", "server"),
    ]);
    const { reader } = context.storage;
    expect(await reader.getOperations({ serviceName: "a" }, NO_TENANT)).toEqual([
      { name: "add", spanKind: "" },
      { name: "get", spanKind: "client" },
      { name: "get", spanKind: "server" },
    ]);
    expect(await reader.getOperations({ serviceName: "a", spanKind: "server" }, NO_TENANT)).toEqual([
      { name: "get", spanKind: "server" },
    ]);
    expect(await reader.getOperations({ serviceName: "a", spanKind: "consumer" }, NO_TENANT)).toEqual([]);
    expect(await reader.getOperations({ serviceName: "nobody" }, NO_TENANT)).toEqual([]);
  });

  it("lists the names of generated traces as a plain loop over all spans does", async () => {
    const { generator, naive, storage } = context;
    await write(context, Array.from({ length: 30 }, () => generator.trace()).flat(), 9);
    expect(await storage.reader.getServices(NO_TENANT)).toEqual(naive.services());
    for (const serviceName of naive.services()) {
      expect(await storage.reader.getOperations({ serviceName }, NO_TENANT)).toEqual(naive.operations(serviceName));
    }
  });
}
