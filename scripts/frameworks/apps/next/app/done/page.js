export default async function Done({ searchParams }) {
  const { answer } = await searchParams
  return <p id="action">{answer}</p>
}
