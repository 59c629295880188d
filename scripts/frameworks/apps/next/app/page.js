import Script from 'next/script'
import { act } from './act.js'

export const dynamic = 'force-dynamic'
const API = process.env.API_URL

export default async function Page() {
  const ticket = await (await fetch(`${API}/ticket`, { cache: 'no-store' })).text()
  return (
    <>
      <p id="server">{ticket}</p>
      <form action={act}>
        <input name="note" defaultValue="tea" />
        <button>Act</button>
      </form>
      <p id="page" />
      <p id="route" />
      <p id="socket" />
      <Script type="module" src={`/page.mjs?api=${encodeURIComponent(API)}`} />
    </>
  )
}
