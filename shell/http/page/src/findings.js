// What the server says is wrong with a script, as CodeMirror takes it.
import { post } from "./api.js";
import { placesOf } from "./format.js";

export function diagnosticsOf(text, findings) {
  const at = placesOf(text);
  return findings.map((one) => {
    const from = at(one.begin);
    const line = text.indexOf("\n", from);
    // A remark about a whole statement stands at its first line.
    const end = one.severity === "warning" && line >= 0 ? Math.min(at(one.end), line) : at(one.end);
    return {
      from,
      to: Math.min(text.length, Math.max(end, from + 1)),
      severity: one.severity,
      message: `${one.code ? `${one.code}: ` : ""}${one.message}${one.hint ? `\n${one.hint}` : ""}`,
    };
  });
}

// Nothing is run for it.
export async function findingsOf(text) {
  return text.trim() ? diagnosticsOf(text, (await post("/validate", { script: text })).findings) : [];
}
