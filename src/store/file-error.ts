import { CassetteError, type ErrorCode } from '../errors.ts'

/** The error codes of this package for codes of the system. */
export type CodesBySystemCode = Readonly<Record<string, ErrorCode | undefined>>

/** An error of the file system as a CassetteError that names the file; a CassetteError stays as it is. */
export function fileError(error: unknown, file: string, codes: CodesBySystemCode = {}): CassetteError {
  if (error instanceof CassetteError) return error
  const detail = error instanceof Error ? error.message : String(error)
  return new CassetteError(codes[systemCode(error)] ?? 'CASSETTE_IO', detail, { file }, { cause: error })
}

/** Such as `ENOENT`; `''` if the error has no code. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Error codes of file systems that have no hard links. */
export const HAS_NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])
