// Numbers as the server wrote them. JavaScript's have 53 bits, and lose digits of a BIGINT or DECIMAL and zeros at the
// end of one; where they do, the text is kept, behind a mark that no other text begins with.
const MARK = "\u0000exact:";
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

// JSON, with such numbers as marked texts.
export const parseExactly = (json) =>
  JSON.parse(json.replace(TOKEN, (token) => (token[0] === '"' || String(Number(token)) === token ? token : JSON.stringify(MARK + token))));

const isMarked = (value) => typeof value === "string" && value.startsWith(MARK);

export const isNumber = (value) => typeof value === "number" || isMarked(value);

// A value as it is shown, without marks.
export function shown(value) {
  if (value === null) return "NULL";
  if (typeof value !== "object") return isMarked(value) ? value.slice(MARK.length) : String(value);
  return JSON.stringify(value).replace(/"\\u0000exact:([^"]*)"/g, "$1");
}
