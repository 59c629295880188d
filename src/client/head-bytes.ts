/** Turns heads into bytes. A head that equals the last one reuses its bytes, which are never changed. */
export function rememberingBytes(): (head: string) => Uint8Array {
  let lastHead = ''
  let lastBytes: Uint8Array = Buffer.alloc(0)
  return (head) => {
    if (head !== lastHead) {
      lastHead = head
      lastBytes = Buffer.from(head, 'latin1')
    }
    return lastBytes
  }
}
