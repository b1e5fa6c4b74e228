const HOUR_US = 3_600_000_000;
const HALF_HOUR_US = HOUR_US / 2;

/**
 * The bucket of `duration_index` in which a start time lies, milliseconds since the epoch: v1 rounds to the nearest hour (half up), so that a
 * bucket holds the half hours before and after it. Microseconds must be safe integers.
 */
export function durationBucketMs(startTimeUs: number): number {
  return (Math.floor((startTimeUs + HALF_HOUR_US) / HOUR_US) * HOUR_US) / 1000;
}

/** The earliest microsecond of a bucket. */
export function bucketStartUs(bucketMs: number): number {
  return bucketMs * 1000 - HALF_HOUR_US;
}
