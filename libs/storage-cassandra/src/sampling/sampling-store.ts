import { randomInt } from "node:crypto";
import type { OperationProbability, SamplingStore, Throughput } from "@spoor/storage-api";
import { types } from "cassandra-driver";
import { pagesOf } from "../paging.ts";
import type { Session } from "../session.ts";
import { plainDecimal, readCsv, writeCsv } from "./csv.ts";

const BUCKETS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const PROBABILITIES_BUCKET = 1;
const ROWS_A_PAGE = 1000;
const FIELDS = 4;

/**
 * What collectors tell each other to sample adaptively, in v1's tables `operation_throughput` and `sampling_probabilities`. Rows and fields that
 * cannot be read are left out.
 */
export class CassandraSamplingStore implements SamplingStore {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async insertThroughput(throughput: readonly Throughput[], nowMs: number = Date.now()): Promise<void> {
    const text = writeCsv(
      throughput.map((each) => [
        each.serviceName,
        each.operationName,
        String(each.count),
        each.probabilities.join(","),
      ]),
    );
    await this.#session.execute({
      query: "INSERT INTO operation_throughput (bucket, ts, throughput) VALUES (?, ?, ?)",
      params: [randomInt(BUCKETS.length), types.TimeUuid.fromDate(new Date(nowMs)), text],
    });
  }

  /** Of the time after `startTimeMs`, up to and with `endTimeMs`. */
  async getThroughput(range: {
    readonly startTimeMs: number;
    readonly endTimeMs: number;
  }): Promise<readonly Throughput[]> {
    const found: Throughput[] = [];
    const bounds = [range.startTimeMs, range.endTimeMs].map((ms) => types.TimeUuid.max(new Date(ms), 9999));
    for (const bucket of BUCKETS) {
      const statement = {
        query: "SELECT throughput FROM operation_throughput WHERE bucket = ? AND ts > ? AND ts <= ?",
        params: [bucket, ...bounds],
      };
      for await (const rows of pagesOf(this.#session, statement, { fetchSize: ROWS_A_PAGE })) {
        for (const row of rows) found.push(...throughputOf(String(row.get("throughput") ?? "")));
      }
    }
    return found;
  }

  async insertProbabilities(
    hostname: string,
    probabilities: readonly OperationProbability[],
    nowMs: number = Date.now(),
  ): Promise<void> {
    const text = writeCsv(
      probabilities.map((each) => [
        each.serviceName,
        each.operationName,
        plainDecimal(each.probability),
        plainDecimal(each.qps),
      ]),
    );
    await this.#session.execute({
      query: "INSERT INTO sampling_probabilities (bucket, ts, hostname, probabilities) VALUES (?, ?, ?, ?)",
      params: [PROBABILITIES_BUCKET, types.TimeUuid.fromDate(new Date(nowMs)), hostname, text],
    });
  }

  /** What was written last; empty before anything was. */
  async getLatestProbabilities(): Promise<readonly OperationProbability[]> {
    const { rows } = await this.#session.execute({
      query: "SELECT probabilities FROM sampling_probabilities WHERE bucket = ? LIMIT 1",
      params: [PROBABILITIES_BUCKET],
    });
    return readCsv(String(rows[0]?.get("probabilities") ?? "")).flatMap((row) => {
      const [serviceName = "", operationName = "", probability = "", qps = ""] = row;
      if (row.length !== FIELDS || !isNumber(probability) || !isNumber(qps)) return [];
      return [{ serviceName, operationName, probability: Number(probability), qps: Number(qps) }];
    });
  }
}

function throughputOf(text: string): readonly Throughput[] {
  return readCsv(text).flatMap((row) => {
    const [serviceName = "", operationName = "", count = "", probabilities = ""] = row;
    if (row.length !== FIELDS || !/^-?\d+$/.test(count)) return [];
    const each = probabilities === "" ? [] : probabilities.split(",");
    return [{ serviceName, operationName, count: Number(count), probabilities: each }];
  });
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}
