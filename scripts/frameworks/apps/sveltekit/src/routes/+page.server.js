import { redirect } from '@sveltejs/kit'

const API = process.env['API_URL']

export async function load({ fetch }) {
  return { api: API, ticket: await (await fetch(`${API}/ticket`)).text() }
}

export const actions = {
  default: async ({ request, fetch }) => {
    const form = await request.formData()
    const body = new URLSearchParams({ note: String(form.get('note')) })
    const answer = await fetch(`${API}/action`, { method: 'POST', body })
    redirect(303, `/done?answer=${encodeURIComponent(await answer.text())}`)
  },
}
