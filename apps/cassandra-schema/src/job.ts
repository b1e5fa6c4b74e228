import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { DaemonError, type Environment, errorText } from "@spoor/daemon";
import { applySchema, type CassandraConnectionOptions, runStatements } from "@spoor/storage-cassandra";
import { type JobParameters, readParameters } from "./parameters.ts";
import { templateStatements } from "./template.ts";

const RETRY_MS = 1000;

/** Waits for the cluster, then creates or upgrades the keyspace. Gives a line for the operator. */
export async function runJob(
  environment: Environment,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  const parameters = readParameters(environment);
  const connection = { ...parameters.connection, ...tlsOf(parameters) };
  const { keyspace } = parameters.schema;
  if (parameters.template !== "" && existsSync(parameters.template)) {
    const statements = templateStatements(readFileSync(parameters.template, "utf8"), parameters.schema);
    await untilReachable(parameters, log, signal, () => runStatements(connection, statements));
    return `keyspace ${keyspace}: ran ${statements.length} statements of ${parameters.template}`;
  }
  const { createdTables, copiedRows } = await untilReachable(parameters, log, signal, () =>
    applySchema(connection, {
      ...parameters.schema,
      ...(parameters.cassandraMajor === undefined ? {} : { cassandraMajor: parameters.cassandraMajor }),
    }),
  );
  if (createdTables.length === 0) return `keyspace ${keyspace}: everything was there already`;
  const copied = copiedRows === 0 ? "" : `; ${copiedRows} rows of older tables copied`;
  return `keyspace ${keyspace}: created ${createdTables.join(", ")}${copied}`;
}

/** A cluster that starts at the same time as the job is not there yet; one that refuses the credentials will not change its mind. */
async function untilReachable<T>(
  { waitTimeoutMs }: JobParameters,
  log: (line: string) => void,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + waitTimeoutMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const text = errorText(error);
      if (Date.now() >= deadline || !/can be reached|did not answer/.test(text)) throw error;
      log(`waiting for Cassandra: ${text}`);
      await delay(RETRY_MS, undefined, { ...(signal === undefined ? {} : { signal }) });
    }
  }
}

function tlsOf({ tls }: JobParameters): Pick<CassandraConnectionOptions, "tls"> {
  if (tls === undefined) return {};
  const { authorityFile, skipHostVerify } = tls;
  if (authorityFile !== "" && !existsSync(authorityFile)) {
    throw new DaemonError("INVALID_SETTINGS", `SSL_CERTFILE: ${authorityFile} does not exist`);
  }
  return { tls: { ...(authorityFile === "" ? {} : { ca: readFileSync(authorityFile) }), skipHostVerify } };
}
