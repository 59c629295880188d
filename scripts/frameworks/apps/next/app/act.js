'use server'

import { redirect } from 'next/navigation'

export async function act(form) {
  const answer = await fetch(`${process.env.API_URL}/action`, {
    method: 'POST',
    body: new URLSearchParams({ note: String(form.get('note')) }),
    cache: 'no-store',
  })
  redirect(`/done?answer=${encodeURIComponent(await answer.text())}`)
}
