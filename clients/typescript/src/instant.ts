const INSTANT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z$/;

/** An instant of the wire as microseconds since 1970, exact until the year 2255; `undefined` when the text is none. */
export function microsOf(text: string): number | undefined {
  const [, seconds, fraction = ""] = INSTANT.exec(text) ?? [];
  const ms = seconds === undefined ? Number.NaN : Date.parse(`${seconds}Z`);
  return Number.isNaN(ms) ? undefined : ms * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6));
}
