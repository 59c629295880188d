/** Colours follow the reader's light or dark setting; each text has a contrast of 4.5 or more on what it stands on. */
export const STYLES = `
:root{color-scheme:light dark;
--bg:light-dark(#f6f7f9,#14171c);--card:light-dark(#fff,#1b1f26);--ink:light-dark(#1d2430,#e3e7ee);--dim:light-dark(#566072,#9aa5b8);
--line:light-dark(#e2e6ec,#2b313c);--soft:light-dark(#f0f2f6,#222832);--accent:light-dark(#0b6b8a,#5cc3e0);--pick:light-dark(#e2f1f6,#173541);
--ok:light-dark(#1c6b45,#6fd3a2);--okb:light-dark(#e3f4ea,#16352a);--move:light-dark(#2b5aa8,#8db8ff);--moveb:light-dark(#e6eefb,#1c2c48);
--warn:light-dark(#85540a,#f0bf6a);--warnb:light-dark(#fbf0dc,#3a2e16);--bad:light-dark(#a52a2a,#ff9c94);--badb:light-dark(#fbe6e4,#422022);
--str:light-dark(#1c6b45,#8fd6ae);--num:light-dark(#7a3e9d,#cfa5ee);--key:light-dark(#0b5a8a,#7cc4ef);
--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;height:100vh;display:flex;flex-direction:column;background:var(--bg);color:var(--ink);font:14px/1.5 system-ui,"Segoe UI",Roboto,sans-serif}
header{padding:14px 20px 6px;display:flex;flex-wrap:wrap;gap:2px 16px;align-items:baseline}
h1{font-size:17px;font-weight:650;margin:0;overflow-wrap:anywhere}
header p{margin:0;color:var(--dim);font-size:13px}
.problems{margin:6px 20px;max-height:26vh;overflow:auto}
.problems pre{margin:0 0 6px;border-left:3px solid var(--bad);background:var(--card)}
form{display:flex;flex-wrap:wrap;gap:8px;padding:6px 20px 10px;align-items:center;margin:0}
input[type=search]{flex:1 1 220px;min-width:160px}
input,select,button{font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--line);border-radius:8px;padding:5px 10px}
select{max-width:230px}
button{cursor:pointer}
button:hover,select:hover{border-color:var(--accent)}
button[aria-pressed=true]{background:var(--pick);border-color:var(--accent);color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
output{color:var(--dim);font-size:13px;margin-left:auto}
.time{margin:0 20px 12px;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:8px 12px;display:flex;gap:10px;align-items:stretch}
.time canvas{flex:1;min-width:0;width:100%;height:116px;display:block;cursor:crosshair;touch-action:none}
.time div{display:flex;flex-direction:column;gap:4px}
.time button{padding:1px 9px;font-size:13px}
main{flex:1;min-height:0;display:grid;grid-template-columns:minmax(300px,38%) 1fr;gap:12px;padding:0 20px 16px}
#list,#detail{background:var(--card);border:1px solid var(--line);border-radius:12px;overflow:auto;min-height:0}
#list{position:relative;contain:strict}
#rows{position:absolute;left:0;right:0;top:0}
.row{position:absolute;left:0;right:0;contain:strict;display:flex;gap:8px;align-items:center;height:34px;padding:0 12px;border-bottom:1px solid var(--line);white-space:nowrap;cursor:default}
.row:hover{background:var(--soft)}
.row[aria-selected=true]{background:var(--pick);box-shadow:inset 3px 0 var(--accent)}
.row .n{color:var(--dim);font-size:12px;min-width:34px;text-align:right;font-variant-numeric:tabular-nums}
.row .m{font:600 12px var(--mono);min-width:44px}
.row .u{flex:1 0 42%;min-width:0;overflow:hidden;text-overflow:ellipsis;font:13px var(--mono)}
.row .h{color:var(--dim);font-size:12px;flex:0 1 auto;min-width:0;overflow:hidden;text-overflow:ellipsis}
.row .t{color:var(--dim);font-size:12px;font-variant-numeric:tabular-nums}
.pill{font:600 12px/1.6 var(--mono);padding:0 7px;border-radius:9px;background:var(--soft);color:var(--dim)}
.s2{background:var(--okb);color:var(--ok)}.s1,.s3{background:var(--moveb);color:var(--move)}.s4{background:var(--warnb);color:var(--warn)}.s5,.s0{background:var(--badb);color:var(--bad)}
.mark{font:700 13px var(--mono);width:12px;text-align:center}
.changed{color:var(--warn)}.removed{color:var(--bad)}.added{color:var(--ok)}.equal,.volatile{color:var(--dim)}
#detail{padding:14px 18px}
#detail h2{font:600 15px/1.45 var(--mono);margin:0 0 2px;overflow-wrap:anywhere}
#detail .facts{color:var(--dim);font-size:13px;margin:0 0 12px}
.sides{display:grid;grid-template-columns:1fr 1fr;gap:18px}
.sides>section{min-width:0}
h3{font-size:13px;font-weight:650;margin:0 0 6px;color:var(--dim);display:flex;flex-wrap:wrap;gap:6px;align-items:center;text-transform:uppercase;letter-spacing:.04em}
h3 span{margin-left:auto;display:flex;gap:4px;text-transform:none;letter-spacing:0}
h3 button{padding:0 8px;font-size:12px}
pre{margin:0 0 10px;padding:10px 12px;background:var(--soft);border-radius:8px;font:12.5px/1.6 var(--mono);white-space:pre-wrap;overflow-wrap:anywhere;max-height:56vh;overflow:auto;tab-size:2}
pre.hex{white-space:pre;font-size:12px}
pre b{font-weight:650}.k{color:var(--key)}.s{color:var(--str)}.d{color:var(--num)}.x{color:var(--dim)}
mark{background:light-dark(#ffe48a,#6b5710);color:inherit;border-radius:2px}
table{border-collapse:collapse;font:12.5px/1.5 var(--mono);width:100%;margin:0 0 10px}
th{font-weight:600;text-align:left;color:var(--dim)}
td,th{padding:3px 10px 3px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
img{max-width:100%;max-height:46vh;border:1px solid var(--line);border-radius:8px;background:repeating-conic-gradient(#0001 0 25%,#0000 0 50%) 0 0/16px 16px}
.changes{list-style:none;margin:0 0 14px;padding:10px 14px;border:1px solid var(--line);border-radius:8px;font:12.5px/1.6 var(--mono);white-space:pre-wrap;overflow-wrap:anywhere}
.changes .x::before{content:"differs every time · "}
a{color:var(--accent)}
.empty{color:var(--dim);padding:24px;text-align:center}
@media(max-width:900px){body{height:auto}main{grid-template-columns:1fr}#list{height:44vh}.sides{grid-template-columns:1fr}}
@media(prefers-reduced-motion:no-preference){button{transition:background .12s,border-color .12s}}
`
