import { errors, types } from "cassandra-driver";
import { describe, expect, test } from "vitest";
import { storageError } from "./errors.ts";

const target = { servers: "db:9042", keyspace: "ks", flagPrefix: "cassandra" };
const { responseErrorCodes: codes } = types;
const of = (error: unknown) => storageError(error, target);

describe("errors", () => {
  test.each([
    [codes.overloaded, "slow down", "OVERLOADED"],
    [codes.writeTimeout, "late", "UNAVAILABLE"],
    [codes.unavailableException, "few", "UNAVAILABLE"],
    [codes.unauthorized, "no", "UNAVAILABLE"],
    [codes.badCredentials, "who", "UNAVAILABLE"],
    [codes.invalid, "table traces does not exist", "UNAVAILABLE"],
    [codes.invalid, "Key length of 70000 is longer than maximum of 65535", "REJECTED"],
  ])("of a node, %i %s, are %s", (code, message, expected) => {
    expect(of(new errors.ResponseError(code, message)).code).toBe(expected);
  });

  test("name the flag at fault", () => {
    const refused = new errors.AuthenticationError("bad password");
    expect(of(new errors.NoHostAvailableError({ "1.2.3.4": refused })).message).toMatch(
      /db:9042 refuses the credentials \(--cassandra\.username, --cassandra\.password\)/,
    );
    expect(of(new errors.NoHostAvailableError({ "1.2.3.4": new Error("ECONNREFUSED") })).message).toMatch(
      /no node .*\(--cassandra\.servers\): ECONNREFUSED$/,
    );
  });

  test("that are mistakes of the program are not hidden", () => {
    expect(() => of(new TypeError("oops"))).toThrow("oops");
  });
});
