import axios from 'axios'

export const dynamic = 'force-dynamic'

export async function GET() {
  const { data } = await axios.get(`${process.env.API_URL}/ticket`)
  return new Response(String(data))
}
