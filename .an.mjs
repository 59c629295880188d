import { build } from 'esbuild'
import {readFileSync} from 'node:fs'
const entry = process.argv[2] ?? 'build/index.js'
const ex = JSON.parse(readFileSync('package.json','utf8'))
const eps=[...JSON.stringify([ex.exports, ex.imports, ex.bin]).matchAll(/"\.\/dist\/([^"]+\.js)"/g)].map(([,p])=>'build/'+p)
const r=await build({entryPoints:eps,outbase:'build',outdir:'/tmp/ano',bundle:true,splitting:true,format:'esm',platform:'node',target:'node20.19',packages:'external',write:false,metafile:true,logLevel:'error'})
const outs=r.metafile.outputs
const key=Object.keys(outs).find(k=>outs[k].entryPoint===entry)
const seen=new Set();const go=k=>{if(seen.has(k)||!outs[k])return;seen.add(k);for(const i of outs[k].imports)if(i.kind==='import-statement')go(i.path)}
go(key)
const rooms=new Map(),files=[];let tot=0
for(const k of seen){tot+=outs[k].bytes;for(const [f,{bytesInOutput:b}] of Object.entries(outs[k].inputs)){const p=f.replace('build/','');const room=p.includes('/')?p.split('/').slice(0,-1).join('/'):p;rooms.set(room,(rooms.get(room)??0)+b);files.push([b,p])}}
console.log(entry,'total',tot,'chunks',seen.size)
console.log([...rooms].sort((a,b)=>b[1]-a[1]).map(([k,v])=>k+' '+v).join('\n'))
if(process.argv[3])console.log(files.sort((a,b)=>b[0]-a[0]).slice(0,Number(process.argv[3])).map(x=>x.join(' ')).join('\n'))
