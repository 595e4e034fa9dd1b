export { METRICS, type MetricRow } from './edge/opentelemetry/metrics.ts'
export { type OpenTelemetryOptions, openTelemetry, SCOPE } from './edge/opentelemetry/open-telemetry.ts'
