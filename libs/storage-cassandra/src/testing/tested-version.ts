import type { CassandraVersion } from "@spoor/services";

/** Tests run on 5.0; `SPOOR_CASSANDRA=4.1.10` runs them on that line instead. */
export function testedVersion(): CassandraVersion {
  return process.env.SPOOR_CASSANDRA === "4.1.10" ? "4.1.10" : "5.0.9";
}
