import type { components, paths } from "./openapi.js";

type Schemas = components["schemas"];

/** What a company commercially owns at an instant. */
export type Entitlements = Schemas["EntitlementsView"];
/** The boundaries ahead of a company. */
export type Timeline = Schemas["TimelineView"];
/** What a company may become eligible for. */
export type Eligibility = Schemas["EligibilityView"];
/** The features that a company has. */
export type Features = Schemas["FeaturesView"];
/** One feature that a company has. */
export type Feature = Schemas["FeatureInForceView"];
/** Why a company has what it has, and why not. */
export type Explanation = Schemas["ExplanationView"];
/** A page of a company's history, newest first. */
export type History = Schemas["HistoryView"];
/** One entry of a history. */
export type HistoryEntry = Schemas["HistoryEntryView"];
/** What a company subscribes to. */
export type Summary = Schemas["SummaryView"];

/** The entitlements of one company of a batch, or why there are none. */
export type BatchEntry = Schemas["BatchEntry"] & {
  /** Where asked for: the entitlements that will hold after each of the next boundaries, in their order. */
  readonly upcoming?: readonly Entitlements[] | null;
};

/** Something that was committed, or a boundary that passed. */
export interface Change {
  /** Where the feed stands after it. Compare for equality only. */
  readonly cursor: string;
  /** The instant from which it holds, by the database's clock. */
  readonly at: string;
  readonly kind: "company" | "catalog";
  /** `null` for a change of the catalog. */
  readonly companyId: string | null;
  /** The company's version after it; `null` for a change of the catalog. */
  readonly entitlementVersion: number | null;
  /** The catalog's generation after it; `null` for a change of a company. */
  readonly catalogGeneration?: number | null;
  readonly changeType: string;
  readonly entityType: string;
  readonly entityKey: string | null;
  readonly requestId: string | null;
}

/** A page of the change feed. */
export interface Changes {
  readonly changes: readonly Change[];
  /** Where to go on. */
  readonly cursor: string;
  /** The database's instant as of which nothing is missing; `null` when there is more to ask for. */
  readonly asOf: string | null;
}

/** A page of all companies; what else the list tells of them is not read here. */
export interface CompanyPage {
  readonly companies: readonly { readonly companyId: string }[];
  readonly nextCursor: string | null;
}

/** A route of the server. */
export type Route = keyof paths;
/** A method that some route takes. */
export type Method = "get" | "post" | "put" | "delete";

type Operation<R extends Route, M extends Method> = NonNullable<paths[R][M]>;

/** The data of a successful answer. */
export type DataOf<R extends Route, M extends Method> =
  Operation<R, M> extends {
    readonly responses: { readonly 200: { content: { readonly "application/json": infer D } } };
  }
    ? D
    : never;

/** The body that an operation takes. */
export type BodyOf<R extends Route, M extends Method> =
  Operation<R, M> extends { readonly requestBody: { readonly content: { readonly "application/json": infer B } } }
    ? B
    : undefined;

/** The query that an operation takes. */
export type QueryOf<R extends Route, M extends Method> =
  Operation<R, M> extends { readonly parameters: { readonly query?: infer Q } } ? NonNullable<Q> : never;
