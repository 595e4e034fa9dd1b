/**
 * For fixtures of caches in IndexedDB: aborts the transaction in which the `count`th `put` or `delete` from now on
 * happens, after that one was made. What a crash in the middle of a commit leaves behind, IndexedDB undoes in the same way.
 *
 * @returns ends it, and tells whether it came to that record
 */
export function abortIdbAtWrite(count: number): () => boolean {
  const { put, delete: remove } = IDBObjectStore.prototype
  let left = count
  const counted = <Args extends unknown[]>(write: (this: IDBObjectStore, ...args: Args) => IDBRequest) =>
    function (this: IDBObjectStore, ...args: Args): IDBRequest {
      const request = write.apply(this, args)
      left -= 1
      if (left === 0) this.transaction.abort()
      return request
    }
  // The casts: a counted write takes and gives what the counted one does.
  IDBObjectStore.prototype.put = counted(put) as typeof put
  IDBObjectStore.prototype.delete = counted(remove) as typeof remove
  return () => {
    Object.assign(IDBObjectStore.prototype, { put, delete: remove })
    return left <= 0
  }
}
