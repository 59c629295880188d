/** Colours follow the reader's light or dark setting. */
export const STYLES = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --soft: color-mix(in srgb, currentColor 5%, transparent); --sent: #0a7ea4; --received: #2e8b57; --bad: #c0392b; --warn: #b7791f }
body { margin: 0 auto; max-width: 1280px; padding: 24px; font: 14px/1.5 system-ui, sans-serif }
h1 { font-size: 20px; margin: 0; overflow-wrap: anywhere }
header p, article > p, .aside { margin: 2px 0 8px; opacity: .7 }
pre { margin: 0 0 8px; padding: 10px 12px; background: var(--soft); border-radius: 6px; font: 12.5px/1.55 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 480px; overflow-y: auto; tab-size: 4 }
.problem pre { border-left: 4px solid var(--bad); max-height: none }
.problem { margin: 16px 0 }
.timeline { margin: 16px 0; padding: 12px; border: 1px solid var(--line); border-radius: 8px }
.timeline svg { display: block; width: 100%; overflow: visible }
.timeline text { font: 9px system-ui, sans-serif; fill: currentColor; opacity: .7 }
.timeline line { stroke: var(--line); stroke-width: 1 }
.timeline p { display: flex; justify-content: space-between; margin: 6px 0 0; font-size: 12px; opacity: .7 }
rect.sent { fill: var(--sent) }
rect.received { fill: var(--received) }
article { margin: 16px 0; padding: 14px 16px; border: 1px solid var(--line); border-radius: 8px }
article:target { border-color: var(--sent) }
h2 { font: 600 14px/1.5 ui-monospace, monospace; margin: 0; overflow-wrap: anywhere }
h2 b { opacity: .5; margin-right: 6px }
h2 span { padding: 1px 8px; border-radius: 10px; color: #fff; background: var(--received); white-space: nowrap }
h2 .s1, h2 .s3 { background: var(--sent) }
h2 .s4 { background: var(--warn) }
h2 .s5, h2 .none { background: var(--bad) }
h3 { margin: 0 0 6px; font-size: 12px; text-transform: uppercase; letter-spacing: .06em; opacity: .6 }
.sides { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px }
.head i { font-style: normal; color: var(--sent) }
summary { cursor: pointer; font-size: 12px; opacity: .75; margin-bottom: 6px }
@media (max-width: 800px) { .sides { grid-template-columns: minmax(0, 1fr) } }
`
