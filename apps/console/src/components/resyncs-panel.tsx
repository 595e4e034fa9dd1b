import type { RunningResync } from '@tidegate/protocol'
import { formatBytes, formatCount, formatCounted, ratioOf } from '../core/figures.ts'

/** How many rows are shown; the rest are counted. A thousand moving rows tell nobody anything. */
const SHOWN_COUNT = 50

/** Who is fetching right now. Rows keep their order by resource, account and client, so that nothing jumps about. */
export function ResyncsPanel({ resyncs }: { readonly resyncs: readonly RunningResync[] }) {
  const sorted = [...resyncs].sort(
    (left, right) =>
      left.resourceId.localeCompare(right.resourceId) ||
      left.accountId.localeCompare(right.accountId) ||
      left.clientId.localeCompare(right.clientId),
  )
  return (
    <section className="block" aria-label="Running resyncs">
      <h2>
        Running resyncs <span className="count">{formatCount(resyncs.length)}</span>
      </h2>
      {resyncs.length === 0 ? (
        <p className="quiet empty">Nobody is fetching.</p>
      ) : (
        <div className="table-scroll">
          <table>
            <thead>
              <tr>
                <th>Account</th>
                <th>Client</th>
                <th>Class</th>
                <th>Resource</th>
                <th>For</th>
                <th className="right">Served of wanted</th>
                <th aria-label="Progress" />
              </tr>
            </thead>
            <tbody>
              {sorted.slice(0, SHOWN_COUNT).map((resync) => (
                <tr key={resync.leaseId} data-testid="running-resync">
                  <td>{resync.accountId}</td>
                  <td>
                    <code className="clip" title={resync.clientId}>
                      {resync.clientId}
                    </code>
                  </td>
                  <td>{resync.clientClass}</td>
                  <td>{resync.resourceId}</td>
                  <td>
                    {resync.signalId === null ? (
                      'first load'
                    ) : (
                      <code className="clip" title={resync.signalId}>
                        {resync.signalId}
                      </code>
                    )}
                  </td>
                  <td className="right number">
                    {formatBytes(resync.servedBytes)} of {formatBytes(resync.wantBytes)}
                  </td>
                  <td className="progress-cell">
                    <progress
                      value={ratioOf(resync.servedBytes, resync.wantBytes)}
                      aria-label={`Progress of ${resync.clientId}`}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {resyncs.length > SHOWN_COUNT && (
        <p className="quiet">and {formatCounted(resyncs.length - SHOWN_COUNT, 'resync')} more</p>
      )}
    </section>
  )
}
