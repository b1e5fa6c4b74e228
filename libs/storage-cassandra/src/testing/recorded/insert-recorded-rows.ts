import type { Session } from "../../session.ts";
import type { RecordedRow } from "./recorded-files.ts";

/** Stores recorded rows by CQL's own JSON form, past everything this store writes with. */
export async function insertRecordedRows(
  session: Session,
  tables: Readonly<Record<string, readonly RecordedRow[]>>,
): Promise<void> {
  for (const [table, rows] of Object.entries(tables)) {
    await Promise.all(
      rows.map((row) =>
        session.execute({
          query: `INSERT INTO ${table} JSON ?`,
          params: [JSON.stringify(row, (_, value) => json(value))],
        }),
      ),
    );
  }
}

function json(value: unknown): unknown {
  if (typeof value === "object" && value !== null && "base64" in value) {
    return `0x${Buffer.from(String(value.base64), "base64").toString("hex")}`;
  }
  return value;
}
