export const load = ({ url }) => ({ answer: url.searchParams.get('answer') })
