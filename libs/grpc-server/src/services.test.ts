import { answerOf, framed } from "@spoor/grpc-testkit";
import { descriptorFiles } from "@spoor/proto-descriptors";
import { afterEach, describe, expect, test } from "vitest";
import { healthService, ServingState } from "./health.ts";
import { REFLECTION_SERVICES, reflectionServices } from "./reflection.ts";
import { closeStarted, start } from "./testing/start.ts";

const HEALTH = "/grpc.health.v1.Health";
const REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const SERVICE = "test.Echo";

afterEach(closeStarted);

async function startServices() {
  const state = new ServingState();
  const services = [healthService(state, [SERVICE]), ...reflectionServices([SERVICE], descriptorFiles())];
  return { state, ...(await start({ services })) };
}

describe("health", () => {
  test("of the server, of a service, and of an unknown one", async () => {
    const { state, client } = await startServices();
    const check = (name: string) => client.call({ path: `${HEALTH}/Check`, body: framed(named(1, name)) });
    expect((await check("")).messages).toEqual([Buffer.from([8, 1])]);
    expect((await check(SERVICE)).messages).toEqual([Buffer.from([8, 1])]);
    expect(await check("nope")).toMatchObject({ code: 5, message: "unknown service" });
    state.set(false);
    expect((await check(SERVICE)).messages).toEqual([Buffer.from([8, 2])]);
  });

  test("a watcher hears of each change, and of the end as UNAVAILABLE", async () => {
    const { state, server, client } = await startServices();
    const stream = client.open({ path: `${HEALTH}/Watch`, body: framed(Buffer.alloc(0)) });
    const answer = answerOf(stream);
    await new Promise((resolve) => stream.once("data", resolve));
    state.set(false);
    state.set(false);
    state.set(true);
    await server.close();
    const { messages, code } = await answer;
    expect(messages.map((message) => message[1])).toEqual([1, 2, 1]);
    expect(code).toBe(14);
  });

  test("a watcher of an unknown service is told so and may wait", async () => {
    const { client } = await startServices();
    const stream = client.open({ path: `${HEALTH}/Watch`, body: framed(named(1, "nope")) });
    const first = await new Promise<Buffer>((resolve) => stream.once("data", resolve));
    expect([...first]).toEqual([0, 0, 0, 0, 2, 8, 3]);
    stream.close();
  });
});

describe("reflection", () => {
  test.each(REFLECTION_SERVICES)("%s lists the services", async (name) => {
    const { client } = await startServices();
    const answer = await client.call({ path: `/${name}/ServerReflectionInfo`, body: framed(Buffer.from([0x3a, 0])) });
    expect(answer.messages[0]?.toString("latin1")).toContain(SERVICE);
  });

  test("finds the file of a service with all it imports, each once a stream", async () => {
    const { client } = await startServices();
    const symbol = named(4, "jaeger.api_v2.CollectorService");
    const answer = await client.call({ path: REFLECTION, body: Buffer.concat([framed(symbol), framed(symbol)]) });
    const [first, second] = answer.messages.map((message) => message.toString("latin1"));
    for (const name of ["collector.proto", "model.proto", "google/protobuf/timestamp.proto"]) {
      expect(first).toContain(name);
    }
    expect(second).toContain("PostSpansRequest");
    expect(second).not.toContain("google.protobuf.Timestamp");
  });

  test("says what it cannot find", async () => {
    const { client } = await startServices();
    const answer = await client.call({ path: REFLECTION, body: framed(named(4, "nope")) });
    expect(answer.messages[0]?.toString("latin1")).toContain("not found");
    expect(answer.code).toBe(0);
  });
});

/** A message of one string field. */
function named(field: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([field * 8 + 2, text.length]), Buffer.from(text)]);
}
