import { type FlagDefinition, Settings } from "@spoor/daemon";
import { pino } from "pino";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { GRPC_FLAGS, readGrpcOptions } from "./grpc-flags.ts";

const TENANCY: readonly FlagDefinition[] = [
  { name: "multi-tenancy.enabled", type: "bool", default: false, description: "" },
  { name: "multi-tenancy.header", type: "string", default: "x-tenant", description: "" },
];

const logger = pino({ level: "silent" });

function read(values: Record<string, string>, flags = [...GRPC_FLAGS.flags, ...TENANCY]) {
  const commandLine = new Map(Object.entries(values).map(([name, text]) => [name, [text]]));
  return readGrpcOptions(
    new Settings(new Map(flags.map((flag) => [flag.name, flag])), {
      commandLine,
      environment: {},
      configFile: new Map(),
    }),
    { logger, registry: new Registry() },
  );
}

describe("the flags of a remote storage", () => {
  test("name the server", () => {
    expect(read({ "grpc-storage.server": "storage:17271" })).toEqual({
      server: "storage:17271",
      connectionTimeoutMs: 5000,
      logger,
    });
    expect(() => read({})).toThrow("no remote storage to connect to");
  });

  test("may name another for archived traces", () => {
    const values = { "grpc-storage.server": "a:1", "grpc-storage-archive.enabled": "true" };
    expect(() => read(values)).toThrowError(
      expect.objectContaining({ hint: expect.stringContaining("-archive.server") }),
    );
    const archived = {
      ...values,
      "grpc-storage-archive.server": "b:2",
      "grpc-storage-archive.connection-timeout": "1s",
    };
    expect(read(archived).archive).toEqual({ server: "b:2", connectionTimeoutMs: 1000 });
  });

  test("tell the header of tenants when there are tenants", () => {
    const values = { "grpc-storage.server": "a:1", "multi-tenancy.header": "X-Org" };
    expect(read(values).tenantHeader).toBeUndefined();
    expect(read({ ...values, "multi-tenancy.enabled": "true" }).tenantHeader).toBe("x-org");
    expect(read({ "grpc-storage.server": "a:1" }, [...GRPC_FLAGS.flags]).tenantHeader).toBeUndefined();
  });

  test("refuse TLS members without TLS", () => {
    expect(() => read({ "grpc-storage.server": "a:1", "grpc-storage.tls.ca": "/x" })).toThrow(
      "grpc-storage.tls.* options cannot be used when grpc-storage.tls.enabled is false",
    );
    const options = read({
      "grpc-storage.server": "a:1",
      "grpc-storage.tls.enabled": "true",
      "grpc-storage.tls.skip-host-verify": "true",
    });
    expect(options).toMatchObject({ tls: { skipHostVerify: true }, watchTls: expect.any(Function) });
  });
});
