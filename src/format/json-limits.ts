/** The limits of a `json` piece: above them its readability is not worth the time of reading YAML, 12 microseconds a value. */
export const LONGEST_JSON = 65_536
export const MOST_JSON_VALUES = 4096

export const JSON_LIMIT = `a \`json\` piece has at most ${MOST_JSON_VALUES} values and ${LONGEST_JSON} bytes; make it a \`text\``
