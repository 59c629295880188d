import { createHash } from 'node:crypto'
import { escapeText } from '../content/printable.ts'
import type { ViewModel } from './model.ts'
import { SCRIPT } from './page-script.ts'
import { STYLES } from './page-styles.ts'

/** How a page gets its data. */
export interface PageOptions {
  /** Whether a server beside the page has newer data, at `data`. Default: `false`, the page asks for nothing. */
  readonly isLive?: boolean | undefined
}

/**
 * A page that shows cassettes, in one file that needs no other.
 *
 * Recorded bytes are data in it: JSON that no parser of markup or script reads. Its policy allows one script and one style sheet, by their
 * hashes, images that are in the page, and no request; text can become markup nowhere.
 */
export function viewPage(model: ViewModel, { isLive = false }: PageOptions = {}): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(SCRIPT)}'`,
    // Heights and places of rows are set by the script, which such a policy does not count as a style in the markup.
    `style-src '${hashOf(STYLES)}'`,
    'img-src data:',
    `connect-src ${isLive ? "'self'" : "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeMarkup(model.title)}</title>
<style>${STYLES}</style>
</head>
<body${isLive ? ' data-live="yes"' : ''}>
${BODY}
<script type="application/json" id="data">${inScript(JSON.stringify(model))}</script>
<script>${SCRIPT}</script>
</body>
</html>
`
}

const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`

/** No sequence that ends a script, or begins a comment in one, has no \`<\`. */
const inScript = (json: string): string => json.replaceAll('<', String.raw`\u003c`)

const escapeMarkup = (text: string): string =>
  escapeText(text).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const BODY = `<header>
<h1 id="title"></h1>
<div id="about"></div>
</header>
<section id="problems" class="problems" aria-label="What went wrong" hidden></section>
<form role="search" aria-label="Interactions">
<input id="search" type="search" placeholder="Search in heads and contents" aria-label="Search in heads and contents" aria-keyshortcuts="/" autocomplete="off" spellcheck="false">
<label><select id="tape" aria-label="Cassette"></select></label>
<label><select id="origin" aria-label="Origin"></select></label>
<label><select id="method" aria-label="Method"></select></label>
<label><select id="status" aria-label="Status"></select></label>
<label><select id="kind" aria-label="Difference"></select></label>
<output id="count" for="search tape origin method status kind" aria-live="polite"></output>
</form>
<section class="time" aria-label="Time line">
<canvas id="canvas" role="img" aria-label="Connections and their interactions over time; the list below has the same in words"></canvas>
<div>
<button type="button" id="in" aria-label="Zoom in" aria-keyshortcuts="+" title="zoom in (+)">+</button>
<button type="button" id="out" aria-label="Zoom out" aria-keyshortcuts="-" title="zoom out (-)">&minus;</button>
<button type="button" id="all" aria-label="Show all" aria-keyshortcuts="0" title="show all (0)">all</button>
</div>
<span id="probe" hidden></span>
</section>
<main>
<div id="list" role="listbox" aria-label="Interactions" tabindex="0"><div id="space" role="presentation"></div><div id="rows" role="presentation"></div><p id="none" class="empty" role="presentation" hidden>Nothing fits.</p></div>
<section id="detail" aria-label="The interaction" tabindex="0"></section>
</main>`
