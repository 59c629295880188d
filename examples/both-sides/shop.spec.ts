import { expect, test } from 'wiretape/playwright'

for (const customer of ['Ada', 'Grace', 'Edsger']) {
  test(`${customer} orders tea`, async ({ page }) => {
    await page.goto('/')
    await expect(page.getByRole('heading')).toHaveText(/green/)
    await expect(page.locator('#offer')).toHaveText(/^offer/)
    await page.getByRole('textbox').fill(customer)
    await page.getByRole('button').click()
    await expect(page.getByRole('heading')).toHaveText(/^Order \d+/)
  })
}
