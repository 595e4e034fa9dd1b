export { METRICS, type MetricRow } from './edge/opentelemetry/metrics.ts'
export { type OpenTelemetryOptions, openTelemetry, SCOPE } from './edge/opentelemetry/open-telemetry.ts'
export { prometheusNameOf, withUnit } from './edge/opentelemetry/prometheus-name.ts'
