import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Labels a metric may have: words of ours with few values. None can name a person, a key or a source. */
const LABELS = [
  'check',
  'code',
  'door',
  'job',
  'kind',
  'lane',
  'method',
  'outcome',
  'reason',
  'route',
  'status',
] as const

export type MetricLabel = (typeof LABELS)[number]

type Described<Label extends MetricLabel> = {
  readonly name: `heed_${string}`
  readonly help: string
  readonly labels: readonly Label[]
}

type DescribedGauge<Label extends MetricLabel> = Described<Label> & {
  readonly collect?: (gauge: Gauge<Label>) => void | Promise<void>
}

/** The only way to a metric, so that its labels are from the list above. */
export type Metrics = {
  readonly counter: <Label extends MetricLabel>(metric: Described<Label>) => Counter<Label>
  readonly histogram: <Label extends MetricLabel>(
    metric: Described<Label> & { readonly buckets: readonly number[] },
  ) => Histogram<Label>
  /** `collect` is called whenever the metrics are read. */
  readonly gauge: <Label extends MetricLabel>(metric: DescribedGauge<Label>) => Gauge<Label>
  /** All of them in the Prometheus text format. */
  readonly render: () => Promise<string>
}

export function createMetrics(options: { readonly withProcess: boolean } = { withProcess: true }): Metrics {
  const registry = new Registry()
  if (options.withProcess) collectDefaultMetrics({ register: registry })
  const shared = { registers: [registry] }
  return {
    counter: ({ name, help, labels }) => new Counter({ name, help, labelNames: labels, ...shared }),
    histogram: ({ name, help, labels, buckets }) =>
      new Histogram({ name, help, labelNames: labels, buckets: [...buckets], ...shared }),
    gauge: (metric) => addGauge(registry, metric),
    render: () => registry.metrics(),
  }
}

function addGauge<Label extends MetricLabel>(
  registry: Registry,
  metric: DescribedGauge<Label>,
): Gauge<Label> {
  const { name, help, labels, collect } = metric
  return new Gauge<Label>({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect() {
      return collect?.(this)
    },
  })
}
