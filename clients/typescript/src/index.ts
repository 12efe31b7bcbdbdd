export {
  Client,
  type BatchOptions,
  type ClientOptions,
  type EntitlementsOptions,
  type FreshnessOptions,
  type WriteOptions,
  type Written,
} from "./client.js";
export * from "./errors.js";
export type { ApiKeySource } from "./key.js";
export type { components, operations, paths } from "./openapi.js";
export type { Companies } from "./replica/follower.js";
export type { Answer, Freshness, Replica, ReplicaOptions, ReplicaState, ReplicaStanding } from "./replica/replica.js";
export type { CallOptions, Patience } from "./transport.js";
export type {
  BatchEntry,
  Change,
  Changes,
  CompanyPage,
  Eligibility,
  Entitlements,
  Explanation,
  Feature,
  Features,
  History,
  HistoryEntry,
  Summary,
} from "./wire.js";
