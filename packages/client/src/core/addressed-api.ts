import type { AccountId, ClientApi } from '@tidegate/protocol'

/**
 * The same calls, each saying which account this client is of. A login that changed under the app, by another tab or a
 * shared cookie, is then denied as `wrong-account` instead of filling this account's cache with another's items.
 */
export function addressedApi(api: ClientApi, accountId: AccountId): ClientApi {
  return {
    inForce: (request) => api.inForce({ ...request, accountId }),
    report: (report) => api.report({ ...report, accountId }),
    endorsements: (request) => api.endorsements({ ...request, accountId }),
    requestLease: (request) => api.requestLease({ ...request, accountId }),
    renewLease: (renewal) => api.renewLease({ ...renewal, accountId }),
    endLease: (end) => api.endLease({ ...end, accountId }),
    digests: (request) => api.digests({ ...request, accountId }),
    list: (request) => api.list({ ...request, accountId }),
    fetch: (request) => api.fetch({ ...request, accountId }),
    changesSince: (request) => api.changesSince({ ...request, accountId }),
  }
}
