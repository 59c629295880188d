import { CassetteError, type ErrorCode } from '../errors.ts'

/** What the codes of the system mean for a cassette. */
export type CodesBySystemCode = Readonly<Record<string, ErrorCode | undefined>>

/** An error of the file system as one that names the cassette; what is one already stays as it is. */
export function fileError(error: unknown, file: string, codes: CodesBySystemCode = {}): CassetteError {
  if (error instanceof CassetteError) return error
  const detail = error instanceof Error ? error.message : String(error)
  return new CassetteError(codes[systemCode(error)] ?? 'CASSETTE_IO', detail, { file }, { cause: error })
}

/** Such as `ENOENT`; `''` where it has none. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
