import { type ViewedCassette, viewModel, type ViewText } from './model.ts'
import { viewPage } from './view-page.ts'

/**
 * Cassettes as a page for people, in one file that needs no other: connections on a time line, requests beside answers, each content as what
 * it is, search and filters; two cassettes side by side with what differs.
 *
 * Nothing that was recorded can run in it, and it asks for nothing.
 */
export const cassettePage = (cassettes: readonly ViewedCassette[], text: ViewText): string =>
  viewPage(viewModel(cassettes, text))
