/** What a capture that was made of a cassette says of a connection, in a comment on its first packet. */
export interface OpenedBefore {
  readonly to: string
  readonly tls?:
    | undefined
    | { readonly version: string; readonly alpn?: string | undefined; readonly authorized: boolean }
}

/** `wiretape: open https://api.example.com TLSv1.3 http/1.1 verified`; the words of TLS only if there was TLS. */
export function openComment({ to, tls }: OpenedBefore): string {
  const words = tls === undefined ? [] : [tls.version, tls.alpn ?? '-', tls.authorized ? 'verified' : 'unverified']
  return ['wiretape: open', to, ...words].join(' ')
}

/** What {@link openComment} wrote; `undefined` if none of the comments is one. */
export function readOpenComment(comments: readonly string[]): OpenedBefore | undefined {
  for (const comment of comments) {
    const [, to, version, alpn, verified] =
      /^wiretape: open (\S+)(?: (\S+) (\S+) (verified|unverified))?$/.exec(comment) ?? []
    if (to === undefined) continue
    if (version === undefined) return { to }
    return {
      to,
      tls: { version, ...(alpn !== '-' && alpn !== undefined && { alpn }), authorized: verified === 'verified' },
    }
  }
  return undefined
}
