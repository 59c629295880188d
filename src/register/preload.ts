import { fileURLToPath } from 'node:url'

/** `NODE_OPTIONS` with which every Node process that is started loads `wiretape/register` first. */
export const withPreload = (options: string | undefined): string =>
  `${options ?? ''} --require=${quoted(REGISTER)}`.trim()

/** Node splits NODE_OPTIONS at blanks outside quotes. */
const quoted = (path: string): string => (/[\s"\\]/.test(path) ? `"${path.replaceAll(/["\\]/g, '\\$&')}"` : path)

const REGISTER = fileURLToPath(import.meta.resolve('#register'))
