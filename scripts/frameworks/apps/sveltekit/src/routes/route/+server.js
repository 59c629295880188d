import axios from 'axios'

export async function GET() {
  const { data } = await axios.get(`${process.env['API_URL']}/ticket`)
  return new Response(String(data))
}
