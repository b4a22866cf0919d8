// Numbers and times for people.

const UNITS = ["", "K", "M", "G", "T"];

// "1.21 M"
export function count(number) {
  if (number === null || number === undefined || Number.isNaN(number)) return "–";
  if (Math.abs(number) < 1000) return number < 10 && !Number.isInteger(number) ? number.toFixed(1) : String(Math.round(number));
  let unit = 0;
  let value = number;
  while (Math.abs(value) >= 999.5 && unit < UNITS.length - 1) { value /= 1000; unit += 1; }
  return `${value.toPrecision(3)} ${UNITS[unit]}`;
}

export const grouped = (number) => Number(number).toLocaleString("en-US");

// "38 MiB"
export function bytes(number) {
  if (number === null || number === undefined) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let value = number;
  while (value >= 1000 && unit < units.length - 1) { value /= 1024; unit += 1; }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toPrecision(2)} ${units[unit]}`;
}

// "5.4 s", "3 min", "2 h 5 min", "12 d"
export function duration(millis) {
  if (millis === null || millis === undefined) return "–";
  const seconds = Math.abs(millis) / 1000;
  if (seconds < 1) return `${Math.round(millis)} ms`;
  if (seconds < 10) return `${(millis / 1000).toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(millis / 1000)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return days < 730 ? `${days} d` : `${Math.floor(days / 365)} y`;
}

const two = (number) => String(number).padStart(2, "0");

// "2026-11-24 16:20:05" by the clock of who looks
export function time(millis) {
  if (!millis || millis < 0) return "–";
  const at = new Date(millis);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

// Watermarks are of the data: always UTC.
export function utc(millis) {
  return millis === null || millis === undefined ? "–" : new Date(millis).toISOString().slice(0, 19).replace("T", " ");
}

// The time of day where the day is clear.
export function soon(millis, now) {
  const text = utc(millis);
  return millis !== null && millis !== undefined && Math.abs(now - millis) < 43200000 ? text.slice(11) : text.slice(0, 16);
}

export const percent = (share) => (share === null || share === undefined ? "–" : `${Math.round(share * 100)} %`);

// Byte offsets of the server to offsets in a JavaScript string.
export function placesOf(text) {
  let bytesSoFar = 0;
  const places = [];
  for (let i = 0; i < text.length; i += 1) {
    const code = text.codePointAt(i);
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (let k = 0; k < size; k += 1) places[bytesSoFar + k] = i;
    bytesSoFar += size;
    if (code > 0xffff) i += 1;
  }
  places[bytesSoFar] = text.length;
  return (offset) => places[Math.min(offset, bytesSoFar)] ?? text.length;
}
