/**
 * Cassettes as a page to look at.
 *
 * ```ts
 * import { writeFile } from 'node:fs/promises'
 * import { cassettePage } from 'wiretape/view'
 * import { loadCassette } from 'wiretape/cassette'
 *
 * const cassette = await loadCassette('cassettes/users.yaml')
 * await writeFile('users.html', cassettePage([{ name: 'users.yaml', cassette }], { title: 'users' }))
 * ```
 *
 * @packageDocumentation
 */
export { cassettePage } from '../view/cassette-page.ts'
export { type LivePage, serveLivePage } from '../view/live-page.ts'
export type { ViewedCassette, ViewText } from '../view/model.ts'
export { viewedFiles } from '../view/viewed-files.ts'
