/**
 * What `/api/quality-metrics` answers: the demonstration data of v1 (jaegertracing/jaeger `cmd/query/app/qualitymetrics`),
 * which says of itself that it is made up. Pages built for v1 ask for it.
 */
export const QUALITY_METRICS = {
  traceQualityDocumentationLink: "https://github.com/jaegertracing/jaeger-analytics-java#trace-quality-metrics",
  bannerText: {
    value: "🛑 Made up data, for demonstration only!",
    styling: {
      color: "blue",
      fontWeight: "bold",
    },
  },
  scores: [
    {
      key: "coverage",
      label: "Instrumentation Coverage",
      max: 100,
      value: 90,
    },
    {
      key: "quality",
      label: "Trace Quality",
      max: 100,
      value: 85,
    },
  ],
  metrics: [
    {
      name: "Span Completeness",
      category: "coverage",
      description: "Measures the completeness of spans in traces.",
      metricDocumentationLink: "https://example.com/span-completeness-docs",
      metricWeight: 0.6,
      passCount: 1500,
      passExamples: [
        {
          spanIDs: null,
          traceID: "trace-id-001",
        },
        {
          spanIDs: null,
          traceID: "trace-id-002",
        },
      ],
      failureCount: 100,
      failureExamples: [
        {
          spanIDs: null,
          traceID: "trace-id-003",
        },
      ],
      exemptionCount: null,
      exemptionExamples: null,
      details: [
        {
          description: "Detailed breakdown of span completeness.",
          header: "Span Completeness Details",
          columns: [
            {
              key: "service",
              label: "Service",
              preventSort: false,
            },
            {
              key: "spanCount",
              label: "Span Count",
              preventSort: false,
            },
          ],
          rows: [
            {
              service: "sample-service-A",
              spanCount: 150,
            },
            {
              service: "sample-service-B",
              spanCount: 200,
            },
          ],
        },
      ],
    },
    {
      name: "Error Rate",
      category: "quality",
      description: "Percentage of spans that resulted in errors.",
      metricDocumentationLink: "https://example.com/error-rate-docs",
      metricWeight: 0.4,
      passCount: 1400,
      passExamples: [
        {
          spanIDs: null,
          traceID: "trace-id-004",
        },
      ],
      failureCount: 80,
      failureExamples: [
        {
          spanIDs: null,
          traceID: "trace-id-005",
        },
      ],
      exemptionCount: null,
      exemptionExamples: null,
      details: [
        {
          description: "Detailed breakdown of error rates.",
          header: "Error Rate Details",
          columns: [
            {
              key: "service",
              label: "Service",
              preventSort: false,
            },
            {
              key: "errorCount",
              label: "Error Count",
              preventSort: false,
            },
          ],
          rows: [
            {
              errorCount: 5,
              service: "sample-service-A",
            },
            {
              errorCount: 3,
              service: "sample-service-B",
            },
          ],
        },
      ],
    },
  ],
  clients: [
    {
      version: "1.0.0",
      minVersion: "0.9.0",
      count: 10,
      examples: [
        {
          spanIDs: null,
          traceID: "trace-id-006",
        },
      ],
    },
  ],
} as const;
