import { goJsonString } from "@spoor/go-text";
import type { Metric, MetricFamily } from "@spoor/storage-api";
import { jsonFloat64 } from "./number.ts";

/**
 * A family in the JSON form of `jaeger.api_v2.metrics.MetricFamily`, in pieces of one series each: as gogo's `jsonpb` writes it, which leaves out
 * empty texts, but not empty lists.
 */
export function* metricFamilyJson({ name, help, metrics }: MetricFamily): Generator<string, void, undefined> {
  // The series of an answer have the same times.
  const times = new Map<number, string>();
  let separator = `{"name":${goJsonString(name)},"type":"GAUGE","help":${goJsonString(help)},"metrics":[`;
  for (const metric of metrics) {
    yield separator + metricJson(metric, times);
    separator = ",";
  }
  yield `${metrics.length === 0 ? separator : ""}]}`;
}

function metricJson({ labels, points }: Metric, times: Map<number, string>): string {
  const labelItems = labels.map(
    ({ name, value }) => `{"name":${goJsonString(name)}${value === "" ? "" : `,"value":${goJsonString(value)}`}}`,
  );
  const pointItems = points.map(
    ({ timestampMs, value }) =>
      `{"gaugeValue":{"doubleValue":${jsonFloat64(value)}},"timestamp":"${timeText(timestampMs, times)}"}`,
  );
  return `{"labels":[${labelItems.join(",")}],"metricPoints":[${pointItems.join(",")}]}`;
}

/** RFC 3339 with no or three digits of a second's fraction. */
function timeText(ms: number, times: Map<number, string>): string {
  const known = times.get(ms);
  if (known !== undefined) return known;
  const text = new Date(ms).toISOString().replace(".000Z", "Z");
  if (times.size < MAX_TIMES) times.set(ms, text);
  return text;
}

/** More than a range query of Prometheus has. */
const MAX_TIMES = 20_000;
