/** What a `json` piece may hold: above this, reading the YAML costs more than its looks are worth, 12 microseconds a value. */
export const LONGEST_JSON = 65_536
export const MOST_JSON_VALUES = 4096

export const JSON_LIMIT = `a \`json\` piece has at most ${MOST_JSON_VALUES} values and ${LONGEST_JSON} bytes; make it a \`text\``
