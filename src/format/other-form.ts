/** Thrown if the text is not in the form that is read here. */
class OtherForm extends Error {}

// One for all: its stack says nothing, and taking it would cost more than the reading.
const OTHER_FORM = new OtherForm()

/** Gives the text up to another reader. */
export function leave(): never {
  throw OTHER_FORM
}

/** What `read` returns; `undefined` if it has left the text to another reader. */
export function unlessOther<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof OtherForm) return undefined
    throw error
  }
}
