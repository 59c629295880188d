import { appendFileSync } from 'node:fs'
import { expect, test } from 'wiretape/playwright'

// Four workers with six tests each, all of which ask for the same.
for (let number = 1; number <= 24; number++) {
  test(`test ${number}`, async ({ page }) => {
    const seen = {}
    await page.goto('/')
    for (const id of ['server', 'page', 'route', 'socket']) {
      const place = page.locator(`#${id}`)
      await expect(place).toHaveText(/^(?:ticket|message) \d+$/)
      seen[id] = await place.textContent()
    }
    await page.getByRole('button').click()
    const acted = page.locator('#action')
    await expect(acted).toHaveText(/^note=tea \d+$/)
    seen.action = await acted.textContent()
    appendFileSync(process.env.SEEN, `${JSON.stringify([number, seen])}\n`)
  })
}
