import { readFileSync } from 'node:fs'

/** What `scripts/site/pages.ts` found in the README, the package and the changelog. */
const { title, description, version, base, groups, older } = JSON.parse(
  readFileSync(new URL('../pages/site.json', import.meta.url), 'utf8'),
)

/** Text of a page is never a template of Vue: placeholders such as `{{token.1}}` stay as they are. */
const withoutTemplates = (render) => (tokens, index, options, env, renderer) =>
  render(tokens, index, options, env, renderer).replaceAll('{{', '&#123;&#123;')

export default {
  title,
  description,
  base,
  srcDir: 'pages',
  outDir: 'dist',
  cacheDir: 'cache',
  // Pages are reachable under their file names, so that any server of files will do.
  cleanUrls: false,
  markdown: {
    // As GitHub makes them: a link to a section leads there in both places.
    anchor: {
      slugify: (text) =>
        text
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
          .replaceAll(' ', '-'),
    },
    config: (md) => {
      for (const rule of ['text', 'code_inline']) md.renderer.rules[rule] = withoutTemplates(md.renderer.rules[rule])
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    sidebar: groups.map(({ name, pages }) => ({
      text: name,
      items: pages.map((page) => ({ text: page.name, link: `/${page.path.replace(/\.md$/, '.html')}` })),
    })),
    nav: [
      {
        text: version,
        items: [
          { text: `${version} (these pages)`, link: '/' },
          ...older.map((each) => ({ text: each, link: `/versions/${each}/`, target: '_self' })),
          { text: 'All versions', link: '/versions.html' },
        ],
      },
    ],
    outline: 'deep',
  },
}
