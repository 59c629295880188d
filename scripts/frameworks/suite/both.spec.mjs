import { appendFileSync } from 'node:fs'

const { expect, test } = await import(process.env.PLAIN === undefined ? 'wiretape/playwright' : '@playwright/test')

// Four workers with six tests each, all of which ask for the same.
for (let number = 1; number <= 24; number++) {
  test(`test ${number}`, async ({ page }) => {
    const seen = {}
    let preflights = 0
    const browser = await page.context().newCDPSession(page)
    browser.on('Network.requestWillBeSent', ({ request }) => void (preflights += Number(request.method === 'OPTIONS')))
    await browser.send('Network.enable')
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
    appendFileSync(process.env.SEEN, `${JSON.stringify({ number, seen, preflights })}\n`)
  })
}
