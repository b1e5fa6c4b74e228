import { INSERT_SPAN } from "../rows/span-row.ts";

/** A table that every span has rows in. */
export interface RowTable {
  readonly name: string;
  readonly insert: string;
  readonly columns: number;
  /** The first columns of `insert` are the partition key. */
  readonly partitionColumns: number;
}

export const TRACES = 0;
export const SERVICE_INDEX = 1;
export const OPERATION_INDEX = 2;
export const DURATION_INDEX = 3;
export const TAG_INDEX = 4;

/** By the numbers above. */
export const TABLES: readonly RowTable[] = [
  { name: "traces", insert: INSERT_SPAN, columns: 12, partitionColumns: 1 },
  {
    name: "service_name_index",
    insert: "INSERT INTO service_name_index (service_name, bucket, start_time, trace_id) VALUES (?, ?, ?, ?)",
    columns: 4,
    partitionColumns: 2,
  },
  {
    name: "service_operation_index",
    insert:
      "INSERT INTO service_operation_index (service_name, operation_name, start_time, trace_id) VALUES (?, ?, ?, ?)",
    columns: 4,
    partitionColumns: 2,
  },
  {
    name: "duration_index",
    insert:
      "INSERT INTO duration_index (service_name, operation_name, bucket, duration, start_time, trace_id) VALUES (?, ?, ?, ?, ?, ?)",
    columns: 6,
    partitionColumns: 3,
  },
  {
    name: "tag_index",
    insert:
      "INSERT INTO tag_index (service_name, tag_key, tag_value, start_time, trace_id, span_id) VALUES (?, ?, ?, ?, ?, ?)",
    columns: 6,
    partitionColumns: 3,
  },
];
