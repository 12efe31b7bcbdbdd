import type { Entitlements } from "../../src/index.js";

/** Microseconds since 1970 as an instant of the wire. */
export function instantOf(micros: number): string {
  const ms = new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1);
  return `${ms}${String(micros % 1000).padStart(3, "0")}Z`;
}

/** Entitlements of a company. */
export function entitled(
  companyId: string,
  version: number,
  modules: readonly string[],
  window: { readonly asOf?: number; readonly until?: number } = {},
): Entitlements {
  const hasBasic = modules.includes("basic");
  const addons = modules.filter((key) => key !== "basic");
  return {
    companyId,
    hasBasic,
    basePackage: hasBasic ? "basic" : null,
    addons: addons.map((key) => ({ key, status: "active", startsAt: null, endsAt: null })),
    enabledModules: modules,
    entitlementVersion: version,
    updatedAt: instantOf(0),
    validUntil: window.until === undefined ? null : instantOf(window.until),
    asOf: instantOf(window.asOf ?? 0),
  };
}
