/** A group of the list of docs in the README. */
export interface DocGroup {
  readonly name: string
  readonly pages: readonly DocPage[]
}

export interface DocPage {
  readonly name: string
  /** From the root of the repository. */
  readonly path: string
}

/**
 * The list of docs, read from the section "Docs" of the README. It is the only list: the side bar of the site is made of it.
 *
 * A group is an item `- **Name**: [page](path.md) · [page](path.md)`; links to anything but pages are for readers of the README only.
 */
export function docGroups(readme: string): readonly DocGroup[] {
  const [, section = ''] = /^## Docs$(.*?)(?=^## |$(?![^]))/ms.exec(readme) ?? []
  return [...section.matchAll(/^- \*\*(.+?)\*\*: (.*(?:\n {2}.*)*)/gm)].map(([, name = '', links = '']) => {
    return { name, pages: pagesIn(links) }
  })
}

function pagesIn(links: string): readonly DocPage[] {
  return Array.from(links.matchAll(/\[([^\]]+)\]\(([^)]+\.md)\)/g), ([, name = '', path = '']) => {
    return { name, path }
  })
}
