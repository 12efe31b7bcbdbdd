import { InvalidArgumentError } from "./errors.js";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const KEY = /^[a-z][a-z0-9]*([-_][a-z0-9]+)*$/;

/** What fills the places of a route. Ids are UUIDs in lower case, keys are slugs; anything else would be another route. */
export type Places = Readonly<Record<string, string>>;

/** A route with its places filled. */
export function pathOf(route: string, places: Places): string {
  return route.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value: unknown = places[name];
    const form = name.endsWith("Key") ? KEY : UUID;
    if (typeof value !== "string" || !form.test(value)) {
      throw new InvalidArgumentError(
        `${name} must be ${form === KEY ? "a key such as `finance`" : "a UUID in lower case"}`,
      );
    }
    return value;
  });
}
