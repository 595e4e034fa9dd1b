import type { Status } from '@tidegate/protocol'
import { formatBytes, formatCounted, ratioOf } from '../core/figures.ts'
import { Bar } from './bar.tsx'

/** How much of each resource running resyncs have leased. */
export function ResourcesPanel({ resources }: { readonly resources: Status['resources'] }) {
  return (
    <section className="panel" aria-label="Resources">
      <h2>Resources</h2>
      {resources.length === 0 && <p className="quiet">The guard knows no resource.</p>}
      <div className="bars">
        {resources.map((resource) => (
          <div key={resource.resourceId} data-testid="resource">
            <Bar
              label={resource.resourceId}
              ratio={ratioOf(resource.leasedBytesPerSecond, resource.capacityBytesPerSecond)}
              valueText={`${formatBytes(resource.leasedBytesPerSecond)}/s of ${formatBytes(resource.capacityBytesPerSecond)}/s leased`}
              tone={resource.leasedBytesPerSecond > 0 ? 'good' : 'plain'}
            />
            <p className="quiet bar-note">{formatCounted(resource.activeAccountCount, 'active account')}</p>
          </div>
        ))}
      </div>
    </section>
  )
}
