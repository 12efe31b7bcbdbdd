// Made by scripts/generate.mjs from the server's OpenAPI document. Do not edit.

export interface paths {
  readonly "/internal/changes": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Every committed change, in the order of commits, none skipped. With `Accept: text/event-stream` as a stream of server-sent events. */
    readonly get: operations["get_changes"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * The companies that are known, by identifier, with their rows. Where a package or an add-on is named, status and end are asked of the
     *     company's row for it; else of any row.
     */
    readonly get: operations["list_companies"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/addons": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Activates, changes, pauses or ends one add-on of a company.
     * @description A first write makes the company known; Basic is not required. Fields left out keep what is stored; a write that changes nothing
     *     changes no version.
     */
    readonly post: operations["set_addon"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/basic": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Activates, changes, pauses or ends a company's Basic subscription.
     * @description A first write makes the company known. Fields left out keep what is stored; a write that changes nothing changes no version.
     */
    readonly post: operations["set_basic"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/change-package": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Moves a company from one package to another, at once or at an instant.
     * @description Only to an upgrade or downgrade target of a package in force. The answer tells what becomes of the add-ons, which limits shrink, and
     *     whether access that rests on something lost must be looked at.
     */
    readonly post: operations["change_package"];
    /** Takes a planned change of package back. It leaves no trace in what the company owns. */
    readonly delete: operations["cancel_package_change"];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/credits": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** The credits of a company: what can be used now, what of it expires when, and what is to come. */
    readonly get: operations["get_credits"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/credits/{featureKey}/consume": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /** Uses up a company's credits, those that expire first first. The balance never goes below zero, at any concurrency. */
    readonly post: operations["consume_credits"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/credits/{featureKey}/grant": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /** Adds to a company's credits. One external reference adds once, whatever is retried. */
    readonly post: operations["grant_credits"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/credits/{featureKey}/ledger": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** The ledger of one feature's credits, newest first. */
    readonly get: operations["get_ledger"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/deactivate-addon": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /** Sets one add-on of a company to `inactive`: the same command as `POST addons` with that status. */
    readonly post: operations["deactivate_addon"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/eligibility": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * What a company may become eligible for: the families of its modules and single permissions. Whether a person has any of it is for the
     *     Auth backend to say.
     */
    readonly get: operations["get_eligibility"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/entitlements": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * What a company commercially owns right now.
     * @description The answer holds until `validUntil`, a write of the company, or a catalog change that reaches it; its version moves with it. With `at`,
     *     what it was at an instant that has passed, rebuilt from history, or will be, as things are scheduled.
     */
    readonly get: operations["get_entitlements"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/explain": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Why a company has what it has: for every module, permission and feature the row, revision and window that give it; for everything owned
     *     and not working the rule that stops it; and for the one thing asked for what was considered and what would make it true.
     */
    readonly get: operations["get_explanation"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/features": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** The features that a company has, with their sources; credits with their balance, which moves no version. */
    readonly get: operations["get_features"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/features/{featureKey}": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** One feature of a company. A feature that exists and that the company does not have is `false`, or 0. */
    readonly get: operations["get_feature"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/grants": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** The grants of a company, oldest first, ended ones included. */
    readonly get: operations["list_grants"];
    readonly put?: never;
    /**
     * Gives a company a feature or a module: a promotion, a gesture of support, an integration fact. It overrides whatever else the company
     *     has of it, within its window.
     */
    readonly post: operations["add_grant"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/grants/{grantId}": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post?: never;
    /** Takes a grant away. */
    readonly delete: operations["remove_grant"];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/history": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** A company's history, newest first: its own changes and the catalog changes that reached it. */
    readonly get: operations["get_history"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/packages": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Activates, changes, pauses or ends a company's subscription to any package.
     * @description At most one base package is in force at any instant: overlapping windows are a conflict.
     */
    readonly post: operations["set_package"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/profile": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** How a company is shown. */
    readonly get: operations["get_profile"];
    /** Says how a company is shown. It changes nothing that the company owns, and no version. */
    readonly put: operations["put_profile"];
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/repair": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Moves a company's entitlement version and records `entitlement_repaired`, so that every cache of it is rebuilt.
     * @description Entitlements are computed, never stored, so there is nothing else to repair.
     */
    readonly post: operations["repair"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/subscription-summary": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** A summary of a company's commercial state, for people. */
    readonly get: operations["get_subscription_summary"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/companies/{companyId}/timeline": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** What is coming: every boundary ahead, in order, and what it changes by itself, if nobody writes the company or the catalog meanwhile. */
    readonly get: operations["get_timeline"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/internal/entitlements/batch": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * The entitlements of up to 1,000 companies, in the order asked.
     * @description With `upcoming` each company carries the answers to come as well, one for each of its next boundaries: whoever holds them knows what
     *     changes by itself without asking again.
     */
    readonly post: operations["get_batch"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** @description Gives a company a feature or a module. Exactly one of the two is named. */
    readonly AddGrant: {
      readonly endsAt?: components["schemas"]["Instant"] | null;
      /**
       * @description The feature that it sets.
       * @example retention
       */
      readonly featureKey?: string | null;
      /**
       * @description The module that it gives.
       * @example finance
       */
      readonly moduleKey?: string | null;
      /**
       * @description Why.
       * @example promotion of spring
       */
      readonly reason: string;
      /** @description What kind of process gives it. */
      readonly source?: string | null;
      readonly startsAt?: components["schemas"]["Instant"] | null;
      /** @description The value that it sets, of a feature; `true` when left out. */
      readonly value?: components["schemas"]["FeatureAmount"];
    };
    /** @description What becomes of a company's add-ons. */
    readonly AddonsMovedView: {
      /** @description They stop working, now or later. */
      readonly invalidated: readonly components["schemas"]["InvalidatedView"][];
      /** @description They go on working. */
      readonly preserved: readonly string[];
      /** @description They add nothing any more. */
      readonly redundant: readonly string[];
    };
    /** @description An add-on in force. */
    readonly AddonView: {
      readonly endsAt: components["schemas"]["Instant"] | null;
      /** @description Its key. */
      readonly key: string;
      readonly startsAt: components["schemas"]["Instant"] | null;
      /** @description Its status. */
      readonly status: components["schemas"]["ItemStatus"];
    };
    /** @description The answer to a write of an add-on (requirements 004 §17.2). */
    readonly AddonWritten: {
      /** @description The key of the add-on. */
      readonly addonKey: string;
      /** @description Only in the answer to a dry run: what the write would change. */
      readonly changes?: readonly components["schemas"]["ChangeView"][] | null;
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /**
       * Format: int64
       * @description The entitlement version after the write.
       */
      readonly entitlementVersion: number;
      /** @description Its status. */
      readonly status: components["schemas"]["ItemStatus"];
    };
    /** @description The balance of one feature. */
    readonly BalanceView: {
      /**
       * Format: int64
       * @description What can be used now.
       */
      readonly balance: number;
      /** @description What of it expires, and when, earliest first. */
      readonly expiring: readonly components["schemas"]["ExpiringView"][];
      /** @description The feature. */
      readonly featureKey: string;
      /** @description What was granted and is not in the balance yet, earliest first. */
      readonly upcoming: readonly components["schemas"]["UpcomingView"][];
    };
    /** @description The answer to a write of Basic (requirements 004 §17.1). */
    readonly BasicWritten: {
      /** @description The key of that package. */
      readonly basePackage: string | null;
      /** @description Only in the answer to a dry run: what the write would change. */
      readonly changes?: readonly components["schemas"]["ChangeView"][] | null;
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /**
       * Format: int64
       * @description The entitlement version after the write.
       */
      readonly entitlementVersion: number;
      /** @description Whether a package in force enables a base module. */
      readonly hasBasic: boolean;
    };
    /** @description The entitlements of one company, or why there are none. */
    readonly BatchEntry: {
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      readonly entitlements?: components["schemas"]["EntitlementsView"] | null;
      readonly error?: components["schemas"]["ErrorBody"] | null;
      /**
       * @description Only where `upcoming` was asked for: what it will own from each of its next boundaries on (`asOf`) until the one after it
       *     (`validUntil`), as things are scheduled now. Fewer than asked for where there are no more boundaries.
       */
      readonly upcoming?: readonly components["schemas"]["EntitlementsView"][] | null;
    };
    /** @description Asks for the entitlements of several companies at once. */
    readonly BatchOfCompanies: {
      /** @description The companies, 1 to 1,000. */
      readonly companyIds: readonly string[];
      /**
       * Format: int32
       * @description How many of the answers to come each company carries, 0 to 16: one for each boundary, as things are scheduled now.
       * @default 0
       */
      readonly upcoming: number;
    };
    /** @description The entitlements of several companies, in the order asked. */
    readonly BatchView: {
      /** @description One for each. */
      readonly companies: readonly components["schemas"]["BatchEntry"][];
    };
    /** @description Moves a company from one package to another (requirements 002 §6.5). */
    readonly ChangePackage: {
      /**
       * @description Whether add-ons that stop working are ended as well; otherwise they come back when their rules hold again.
       * @default false
       */
      readonly deactivateInvalidated: boolean;
      readonly effectiveAt?: components["schemas"]["Instant"] | null;
      /**
       * @description The provider's name for it.
       * @example sub_123
       */
      readonly externalReference?: string | null;
      /**
       * @description Where from; only needed when several packages in force lead there.
       * @example basic
       */
      readonly fromPackageKey?: string | null;
      /**
       * @description Where to: an upgrade or downgrade target of a package in force.
       * @example premium-market
       */
      readonly packageKey: string;
      /**
       * @description What kind of process writes.
       * @example platform_admin
       */
      readonly source?: string | null;
    };
    /** @description What a write changed, or would change. */
    readonly ChangeView: {
      /** @description What happens, such as `addon_activated`. */
      readonly changeType: string;
      /** @description Its key. */
      readonly entityKey: string | null;
      /** @description To what. */
      readonly entityType: string;
      readonly newStatus: components["schemas"]["ItemStatus"] | null;
      readonly previousStatus: components["schemas"]["ItemStatus"] | null;
    };
    /** @description A company of a list, with its rows. */
    readonly CompanyLineView: {
      /** @description Its rows for add-ons, by key, in force or not. */
      readonly addons: readonly components["schemas"]["RowView"][];
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /** @description Its name. */
      readonly name: string | null;
      /** @description Its rows for packages, by key, in force or not. */
      readonly packages: readonly components["schemas"]["RowView"][];
    };
    /** @description A page of the list of companies. */
    readonly CompanyList: {
      /** @description The companies, by identifier. */
      readonly companies: readonly components["schemas"]["CompanyLineView"][];
      /** @description The `cursor` of the next page; `null` on the last. */
      readonly nextCursor: string | null;
    };
    /** @description What would give something, and why it does not. */
    readonly ConsideredView: {
      /** @description The row, add-on, grant or item. */
      readonly what: string;
      /** @description What would make it. */
      readonly whatToDo: string | null;
      /** @description Why it does not give it now. */
      readonly whyNot: string;
    };
    /** @description Uses up a company's credits, those that expire first first. */
    readonly ConsumeCredits: {
      /**
       * Format: int64
       * @description How much.
       */
      readonly amount: number;
      /** @description The caller's name for it. */
      readonly externalReference?: string | null;
      /** @description Why. */
      readonly reason?: string | null;
    };
    /** @description The credits of a company. */
    readonly CreditsView: {
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /** @description By feature. */
      readonly credits: readonly components["schemas"]["BalanceView"][];
    };
    /** @description The answer to a write of credits. */
    readonly CreditWritten: {
      /**
       * Format: int64
       * @description The balance afterwards.
       */
      readonly balance: number;
      /** @description Only in the answer to a dry run: what the write would change. */
      readonly changes?: readonly components["schemas"]["ChangeView"][] | null;
      /**
       * Format: uuid
       * @description The entry in the ledger; `null` when the purchase had given its credits already.
       */
      readonly entryId: string | null;
      /** @description The feature. */
      readonly featureKey: string;
    };
    /** @description Sets one add-on of a company to `inactive` (requirements 004 §17.3): the same as `POST addons` with that status. */
    readonly DeactivateAddon: {
      /**
       * @description The key of the add-on.
       * @example finance
       */
      readonly addonKey: string;
      readonly endsAt?: components["schemas"]["Instant"] | null;
      /**
       * @description The provider's name for it, such as a subscription id.
       * @example sub_123
       */
      readonly externalReference?: string | null;
      readonly graceEndsAt?: components["schemas"]["Instant"] | null;
      /**
       * @description What kind of process writes, such as `platform_admin`, `self_service`, `billing_sync`.
       * @example platform_admin
       */
      readonly source?: string | null;
      readonly startsAt?: components["schemas"]["Instant"] | null;
    };
    /** @description One broken rule. */
    readonly Detail: {
      /** @description The field or rule, such as `endsAt` or `one_base_package`. */
      readonly field: string;
      /** @description The catalog entry that breaks the rule, such as `package basic`; left out where the request itself does. */
      readonly item?: string | null;
      /** @description What is wrong with it and what to do. */
      readonly message: string;
      /** @description Where the rule comes from; left out where it is the API's own. */
      readonly source?: string | null;
    };
    /** @description What a company may become eligible for. Whether a person has it is not for this service to say. */
    readonly EligibilityView: {
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /**
       * Format: int64
       * @description The entitlement version.
       */
      readonly entitlementVersion: number;
      /** @description Families such as `finance.*`, by name. */
      readonly permissionFamilies: readonly string[];
      /** @description Single permissions, by key. */
      readonly permissions: readonly string[];
    };
    /** @description What a company commercially owns right now (requirements 004 §15.1). */
    readonly EntitlementsView: {
      /** @description The add-ons in force, by key. */
      readonly addons: readonly components["schemas"]["AddonView"][];
      /** @description The instant that the answer was computed for; it holds from then until `validUntil`, a company write or a catalog change. */
      readonly asOf: components["schemas"]["Instant"];
      /** @description The key of that package. */
      readonly basePackage: string | null;
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /** @description The keys of the modules enabled, each once, base modules first, then by key. */
      readonly enabledModules: readonly string[];
      /**
       * Format: int64
       * @description Moves whenever the entitlements do, and never goes back.
       */
      readonly entitlementVersion: number;
      /** @description Whether a package in force enables a base module. */
      readonly hasBasic: boolean;
      /** @description When the answer last changed. */
      readonly updatedAt: components["schemas"]["Instant"];
      readonly validUntil: components["schemas"]["Instant"] | null;
    };
    /** @description What is wrong. */
    readonly ErrorBody: {
      /** @description Stable code; programs decide by this. */
      readonly code: components["schemas"]["ErrorCode"];
      /** @description Every broken rule, where there are any. */
      readonly details?: readonly components["schemas"]["Detail"][];
      /** @description One sentence for people; its wording may change. */
      readonly message: string;
    };
    /**
     * @description The codes of failures.
     * @enum {string}
     */
    readonly ErrorCode:
      | "validation_error"
      | "unauthorized"
      | "forbidden"
      | "not_found"
      | "method_not_allowed"
      | "request_timeout"
      | "conflict"
      | "cursor_expired"
      | "precondition_failed"
      | "payload_too_large"
      | "unsupported_media_type"
      | "internal_error"
      | "service_unavailable"
      | "not_ready";
    /** @description A part of a balance that expires. */
    readonly ExpiringView: {
      /**
       * Format: int64
       * @description How much.
       */
      readonly amount: number;
      /** @description When it is gone. */
      readonly expiresAt: components["schemas"]["Instant"];
    };
    /** @description Why a company has something, or lacks it. */
    readonly ExplainedView: {
      /** @description What was considered and does not. */
      readonly considered: readonly components["schemas"]["ConsideredView"][];
      /** @description Whether it has it. */
      readonly has: boolean;
      /** @description Its key. */
      readonly key: string;
      /** @description `module`, `permission` or `feature`. */
      readonly kind: string;
      /** @description What gives it. */
      readonly sources: readonly components["schemas"]["SourceView"][];
      /** @description Of a feature: its value. */
      readonly value?: components["schemas"]["FeatureAmount"];
    };
    /** @description Why a company has what it has. */
    readonly ExplanationView: {
      readonly asked?: components["schemas"]["ExplainedView"] | null;
      /** @description The instant that was asked for. */
      readonly asOf: components["schemas"]["Instant"];
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /** @description Every module, permission and feature that it has. */
      readonly enabled: readonly components["schemas"]["ExplainedView"][];
      /**
       * Format: int64
       * @description The entitlement version.
       */
      readonly entitlementVersion: number;
      /** @description What it owns and what does not work. */
      readonly stopped: readonly components["schemas"]["StoppedView"][];
      /** @description What the version is made of. */
      readonly versionParts: components["schemas"]["VersionPartsView"];
    };
    /** @description A failed answer. */
    readonly Failure: {
      /** @description What is wrong. */
      readonly error: components["schemas"]["ErrorBody"];
      /**
       * @description Always `false`.
       * @example false
       */
      readonly success: boolean;
    };
    /** @description A toggle's true or false, a limit's or credit's integer, or null for a limit that is none. */
    readonly FeatureAmount: boolean | number | null;
    /** @description A feature that a company has. */
    readonly FeatureInForceView: {
      /** @description Its key. */
      readonly key: string;
      /** @description What its value is. */
      readonly kind: components["schemas"]["FeatureKindWord"];
      /** @description Where it comes from; where there is a grant only that counts. */
      readonly sources: readonly components["schemas"]["SourceView"][];
      /** @description What an amount counts. */
      readonly unit: string | null;
      /** @description Its value; of a credit the balance. */
      readonly value: components["schemas"]["FeatureAmount"];
    };
    /**
     * @description What a feature's value is.
     * @enum {string}
     */
    readonly FeatureKindWord: "toggle" | "limit" | "credit";
    /** @description The features that a company has. */
    readonly FeaturesView: {
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /**
       * Format: int64
       * @description The entitlement version.
       */
      readonly entitlementVersion: number;
      /** @description By key. */
      readonly features: readonly components["schemas"]["FeatureInForceView"][];
    };
    /** @description A feature and its value; of credits what the definitions say that it comes with. */
    readonly FeatureValueView: {
      /** @description The feature's key. */
      readonly key: string;
      /** @description Its value. */
      readonly value: components["schemas"]["FeatureAmount"];
    };
    /** @description One committed change. */
    readonly FeedChangeView: {
      /** @description The instant from which it holds, by the database's clock. */
      readonly at: components["schemas"]["Instant"];
      /**
       * Format: int64
       * @description The catalog's generation with it; `null` for a change of a company.
       */
      readonly catalogGeneration: number | null;
      /** @description What happened, such as `addon_activated`. */
      readonly changeType: string;
      /**
       * Format: uuid
       * @description The company; `null` for a change of the catalog.
       */
      readonly companyId: string | null;
      /** @description Its place: give it as `after` or `Last-Event-ID` to be told what follows. */
      readonly cursor: string;
      /**
       * Format: int64
       * @description The company's entitlement version with it; `null` for a change of the catalog.
       */
      readonly entitlementVersion: number | null;
      /** @description Its key. */
      readonly entityKey: string | null;
      /** @description To what, such as `addon`. */
      readonly entityType: string;
      /** @description What it is of. */
      readonly kind: components["schemas"]["FeedKind"];
      /** @description The request that made it. */
      readonly requestId: string | null;
    };
    /**
     * @description What a change is of.
     * @enum {string}
     */
    readonly FeedKind: "company" | "catalog";
    /** @description A part of the change feed. */
    readonly FeedView: {
      readonly asOf: components["schemas"]["Instant"] | null;
      /** @description The changes, in the order in which they were committed. */
      readonly changes: readonly components["schemas"]["FeedChangeView"][];
      /** @description Where to go on: the last change's cursor, or the one that was asked with when nothing is new. */
      readonly cursor: string;
    };
    /** @description What a boundary gives or takes. A feature whose value changes stands on both sides. */
    readonly GainedView: {
      /** @description Add-ons that work, by key. */
      readonly addons: readonly string[];
      /** @description Features, by key. */
      readonly features: readonly components["schemas"]["FeatureValueView"][];
      /** @description Modules, by key. */
      readonly modules: readonly string[];
      /** @description Packages in force, by key. */
      readonly packages: readonly string[];
      /** @description Permission families such as `finance.*`, and single permissions. */
      readonly permissions: readonly string[];
    };
    /** @description Adds to a company's credits. One external reference adds once, whatever is retried. */
    readonly GrantCredits: {
      /**
       * Format: int64
       * @description How much.
       */
      readonly amount: number;
      readonly expiresAt?: components["schemas"]["Instant"] | null;
      /** @description The provider's or caller's name for it. */
      readonly externalReference?: string | null;
      /** @description Why. */
      readonly reason?: string | null;
    };
    /** @description The grants of a company, oldest first. */
    readonly GrantList: {
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /** @description The grants. */
      readonly grants: readonly components["schemas"]["GrantView"][];
    };
    /** @description A grant. */
    readonly GrantView: {
      /** @description When. */
      readonly createdAt: components["schemas"]["Instant"];
      /** @description On whose behalf. */
      readonly createdBy: string;
      readonly endsAt: components["schemas"]["Instant"] | null;
      /** @description The feature that it sets. */
      readonly featureKey: string | null;
      /**
       * Format: uuid
       * @description Identifier.
       */
      readonly id: string;
      /** @description The module that it gives. */
      readonly moduleKey: string | null;
      /** @description Why it was given. */
      readonly reason: string;
      /** @description What kind of process gave it. */
      readonly source: string | null;
      readonly startsAt: components["schemas"]["Instant"] | null;
      /** @description The value that it sets. */
      readonly value?: components["schemas"]["FeatureAmount"];
    };
    /** @description The answer to a write of a grant. */
    readonly GrantWritten: {
      /** @description Only in the answer to a dry run: what the write would change. */
      readonly changes?: readonly components["schemas"]["ChangeView"][] | null;
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /**
       * Format: int64
       * @description The entitlement version after the write.
       */
      readonly entitlementVersion: number;
      /**
       * Format: uuid
       * @description The grant.
       */
      readonly id: string;
    };
    /** @description One entry of a company's history. */
    readonly HistoryEntryView: {
      /** @description On whose behalf. */
      readonly changedBy: string | null;
      /** @description What happened, such as `addon_activated`. New types may be added. */
      readonly changeType: string;
      /** @description When. */
      readonly createdAt: components["schemas"]["Instant"];
      /** @description Its key. */
      readonly entityKey: string | null;
      /** @description To what: `package`, `addon`, `mapping`, `company` or `catalog`. */
      readonly entityType: string;
      /**
       * Format: uuid
       * @description Identifier.
       */
      readonly id: string;
      readonly newStatus: components["schemas"]["ItemStatus"] | null;
      readonly previousStatus: components["schemas"]["ItemStatus"] | null;
      /** @description What kind of process wrote it. */
      readonly source: string | null;
    };
    /** @description A company's history, newest first (requirements 004 §15.3). */
    readonly HistoryView: {
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /** @description The entries. */
      readonly history: readonly components["schemas"]["HistoryEntryView"][];
      /** @description Give it as `cursor` for the next page; `null` on the last. */
      readonly nextCursor: string | null;
    };
    /**
     * Format: date-time
     * @description An instant, RFC 3339 in UTC. Any offset and up to microseconds are read; years 1970 to 9999.
     * @example 2026-04-16T00:00:00Z
     */
    readonly Instant: string;
    /** @description An add-on that stops working. */
    readonly InvalidatedView: {
      /** @description From when. */
      readonly at: components["schemas"]["Instant"];
      /** @description Its key. */
      readonly key: string;
      /** @description The rule that stops it. */
      readonly reason: string;
    };
    /**
     * @description The status of a company's package or add-on (requirements 004 §21.3). `active` and `trial` entitle within the window.
     * @enum {string}
     */
    readonly ItemStatus: "active" | "inactive" | "cancelled" | "expired" | "trial" | "paused";
    /** @description One entry of a ledger. */
    readonly LedgerEntryView: {
      /**
       * Format: int64
       * @description How much.
       */
      readonly amount: number;
      /**
       * Format: int64
       * @description The balance afterwards.
       */
      readonly balance: number;
      /** @description On whose behalf. */
      readonly changedBy: string;
      /** @description When. */
      readonly createdAt: components["schemas"]["Instant"];
      readonly expiresAt: components["schemas"]["Instant"] | null;
      /** @description The provider's or caller's name for it. */
      readonly externalReference: string | null;
      /**
       * Format: uuid
       * @description Identifier.
       */
      readonly id: string;
      /** @description `grant`, `consume`, or `take_back` of what was granted for later and whose row was ended before. */
      readonly kind: string;
      /** @description Why. */
      readonly reason: string | null;
      readonly startsAt: components["schemas"]["Instant"] | null;
    };
    /** @description A company's credit ledger of one feature, newest first. */
    readonly LedgerView: {
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /** @description The entries. */
      readonly entries: readonly components["schemas"]["LedgerEntryView"][];
      /** @description The feature. */
      readonly featureKey: string;
      /** @description Give it as `cursor` for the next page; `null` on the last. */
      readonly nextCursor: string | null;
    };
    /** @description A boundary, and what it changes by itself. */
    readonly MomentView: {
      /** @description When; from this instant on the answer is another. */
      readonly at: components["schemas"]["Instant"];
      /** @description The key of that package. */
      readonly basePackage: string | null;
      /**
       * Format: int64
       * @description The entitlement version from then on.
       */
      readonly entitlementVersion: number;
      /** @description What the company has from then on and had not before. */
      readonly gains: components["schemas"]["GainedView"];
      /** @description Whether a package in force then enables a base module. */
      readonly hasBasic: boolean;
      /** @description What it had before and has no longer. */
      readonly losses: components["schemas"]["GainedView"];
    };
    /** @description The answer to taking a planned change back. */
    readonly PackageChangeCancelledView: {
      /** @description Only in the answer to a dry run: what the write would change. */
      readonly changes?: readonly components["schemas"]["ChangeView"][] | null;
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /**
       * Format: int64
       * @description The entitlement version after the write.
       */
      readonly entitlementVersion: number;
    };
    /** @description The answer to a change of package. */
    readonly PackageChangedView: {
      /** @description Whether a module or permission is lost. */
      readonly accessReviewRequired: boolean;
      /** @description What becomes of its add-ons. */
      readonly addons: components["schemas"]["AddonsMovedView"];
      /** @description Only in the answer to a dry run: what the write would change. */
      readonly changes?: readonly components["schemas"]["ChangeView"][] | null;
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /** @description `upgrade` or `downgrade`. */
      readonly direction: string;
      /** @description From when. */
      readonly effectiveAt: components["schemas"]["Instant"];
      /**
       * Format: int64
       * @description The entitlement version after the write.
       */
      readonly entitlementVersion: number;
      /** @description Where it comes from. */
      readonly fromPackageKey: string;
      /** @description Limits that become smaller or are exceeded. */
      readonly limits: readonly components["schemas"]["ReducedLimitView"][];
      /** @description Where it goes. */
      readonly packageKey: string;
    };
    /** @description The answer to a write of a package. */
    readonly PackageWritten: {
      /** @description The key of that package. */
      readonly basePackage: string | null;
      /** @description Only in the answer to a dry run: what the write would change. */
      readonly changes?: readonly components["schemas"]["ChangeView"][] | null;
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /**
       * Format: int64
       * @description The entitlement version after the write.
       */
      readonly entitlementVersion: number;
      /** @description Whether a package in force enables a base module. */
      readonly hasBasic: boolean;
      /** @description The key of the package written. */
      readonly packageKey: string;
      /** @description Its status. */
      readonly status: components["schemas"]["ItemStatus"];
    };
    /** @description What a write would change of what a company owns, from the first instant at which it changes anything; `asOf` says when. */
    readonly PreviewView: {
      /** @description What it would own. */
      readonly after: components["schemas"]["EntitlementsView"];
      readonly before: components["schemas"]["EntitlementsView"] | null;
      /** @description Its features with it. */
      readonly featuresAfter: {
        readonly [key: string]: components["schemas"]["FeatureAmount"];
      };
      /** @description Its features without the write. */
      readonly featuresBefore: {
        readonly [key: string]: components["schemas"]["FeatureAmount"];
      };
    };
    /** @description How a company is shown. */
    readonly ProfileView: {
      /** @description Only in the answer to a dry run: what the write would change. */
      readonly changes?: readonly components["schemas"]["ChangeView"][] | null;
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /** @description Its identifier at each provider. */
      readonly externalReferences: {
        readonly [key: string]: string;
      };
      /** @description Its name. */
      readonly name: string | null;
    };
    /** @description Says how a company is shown. What is left out is nothing. */
    readonly PutProfile: {
      /**
       * @description Its identifier at each provider, such as `stripe`; at most 20.
       * @default {}
       * @example {
       *       "stripe": "cus_123"
       *     }
       */
      readonly externalReferences: {
        readonly [key: string]: string;
      };
      /**
       * @description Its name.
       * @default null
       */
      readonly name: string | null;
    };
    /** @description A limit that becomes smaller, or a balance that exceeds what the new package comes with. */
    readonly ReducedLimitView: {
      /** @description What it becomes; `null` is that the company has it no more, or no limit any more. */
      readonly after: components["schemas"]["FeatureAmount"];
      /** @description What it was; of a credit the balance. */
      readonly before: components["schemas"]["FeatureAmount"];
      /** @description The feature. */
      readonly featureKey: string;
    };
    /** @description The answer to a repair. */
    readonly RepairedView: {
      /** @description Only in the answer to a dry run: what the write would change. */
      readonly changes?: readonly components["schemas"]["ChangeView"][] | null;
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /**
       * Format: int64
       * @description The entitlement version after the write.
       */
      readonly entitlementVersion: number;
    };
    /** @description A company's row for a package or an add-on. */
    readonly RowView: {
      readonly endsAt: components["schemas"]["Instant"] | null;
      readonly graceEndsAt: components["schemas"]["Instant"] | null;
      /** @description The key of the item. */
      readonly key: string;
      readonly startsAt: components["schemas"]["Instant"] | null;
      /** @description The status. */
      readonly status: components["schemas"]["ItemStatus"];
    };
    /** @description Activates, changes, pauses or ends one add-on of a company (requirements 004 §17.2). */
    readonly SetAddon: {
      /**
       * @description The key of the add-on.
       * @example finance
       */
      readonly addonKey: string;
      readonly endsAt?: components["schemas"]["Instant"] | null;
      /**
       * @description The provider's name for it, such as a subscription id.
       * @example sub_123
       */
      readonly externalReference?: string | null;
      readonly graceEndsAt?: components["schemas"]["Instant"] | null;
      /**
       * Format: int32
       * @description How many; kept when left out, 1 for a new row.
       */
      readonly quantity?: number | null;
      /**
       * @description What kind of process writes, such as `platform_admin`, `self_service`, `billing_sync`.
       * @example platform_admin
       */
      readonly source?: string | null;
      readonly startsAt?: components["schemas"]["Instant"] | null;
      /** @description The new status. */
      readonly status: components["schemas"]["ItemStatus"];
    };
    /** @description Activates, changes, pauses or ends a company's Basic subscription (requirements 004 §17.1). */
    readonly SetBasic: {
      readonly endsAt?: components["schemas"]["Instant"] | null;
      /**
       * @description The provider's name for it, such as a subscription id.
       * @example sub_123
       */
      readonly externalReference?: string | null;
      readonly graceEndsAt?: components["schemas"]["Instant"] | null;
      /**
       * @description What kind of process writes, such as `platform_admin`, `self_service`, `billing_sync`.
       * @example platform_admin
       */
      readonly source?: string | null;
      readonly startsAt?: components["schemas"]["Instant"] | null;
      /** @description The new status. */
      readonly status: components["schemas"]["ItemStatus"];
    };
    /** @description Activates, changes, pauses or ends a company's subscription to any package. */
    readonly SetPackage: {
      readonly endsAt?: components["schemas"]["Instant"] | null;
      /**
       * @description The provider's name for it, such as a subscription id.
       * @example sub_123
       */
      readonly externalReference?: string | null;
      readonly graceEndsAt?: components["schemas"]["Instant"] | null;
      /**
       * @description The key of the package.
       * @example basic
       */
      readonly packageKey: string;
      /**
       * @description What kind of process writes, such as `platform_admin`, `self_service`, `billing_sync`.
       * @example platform_admin
       */
      readonly source?: string | null;
      readonly startsAt?: components["schemas"]["Instant"] | null;
      /** @description The new status. */
      readonly status: components["schemas"]["ItemStatus"];
    };
    /** @description Where a company has something from. */
    readonly SourceView: {
      /** @description On whose behalf the row was last written. */
      readonly by: string | null;
      /** @description Of a feature: whether it makes the value what it is. `false` where a grant stands in its place, and where a larger amount wins. */
      readonly counts?: boolean | null;
      readonly endsAt: components["schemas"]["Instant"] | null;
      /** @description The package that includes the add-on, where that is not bought. */
      readonly includedBy?: string | null;
      /** @description The key of the package or add-on, or the id of the grant. */
      readonly key: string;
      /** @description `package`, `addon` or `grant`. */
      readonly kind: string;
      /** @description Of a grant: why. */
      readonly reason?: string | null;
      /**
       * Format: int32
       * @description The revision that counts.
       */
      readonly revision: number | null;
      readonly since: components["schemas"]["Instant"] | null;
      readonly startsAt: components["schemas"]["Instant"] | null;
      /** @description Of a feature: what it gives. */
      readonly value?: components["schemas"]["FeatureAmount"];
    };
    /** @description An add-on that is owned or included, and does not work. */
    readonly StoppedView: {
      /** @description Its key. */
      readonly key: string;
      /** @description The rules that stop it. */
      readonly rules: readonly components["schemas"]["Detail"][];
    };
    /** @description A summary of a company's commercial state (requirements 004 §15.2). */
    readonly SummaryView: {
      /** @description The keys of the add-ons in force. */
      readonly addons: readonly string[];
      /** @description The key of that package. */
      readonly basePackage: string | null;
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /**
       * Format: int64
       * @description The entitlement version.
       */
      readonly entitlementVersion: number;
      /** @description Whether a package in force enables a base module. */
      readonly hasBasic: boolean;
      /** @description The status of the base package in force, else of the newest base package; `inactive` when there is none. */
      readonly status: components["schemas"]["ItemStatus"];
    };
    /** @description Every boundary ahead of a company, in order, if nobody writes it or the catalog meanwhile. */
    readonly TimelineView: {
      /** @description The instant from which it looks ahead. */
      readonly asOf: components["schemas"]["Instant"];
      /**
       * Format: uuid
       * @description The company.
       */
      readonly companyId: string;
      /**
       * Format: int64
       * @description The entitlement version at that instant.
       */
      readonly entitlementVersion: number;
      /** @description Whether there are more than were asked for. */
      readonly hasMore: boolean;
      /** @description The boundaries. */
      readonly moments: readonly components["schemas"]["MomentView"][];
    };
    /** @description Credits that are to come. */
    readonly UpcomingView: {
      /**
       * Format: int64
       * @description How much.
       */
      readonly amount: number;
      readonly expiresAt: components["schemas"]["Instant"] | null;
      readonly startsAt: components["schemas"]["Instant"] | null;
    };
    /** @description What an entitlement version is made of. */
    readonly VersionPartsView: {
      /**
       * Format: int64
       * @description What the last company write left.
       */
      readonly base: number;
      /**
       * Format: int64
       * @description Epochs of what is held, and boundaries crossed.
       */
      readonly moving: number;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  readonly get_changes: {
    readonly parameters: {
      readonly query?: {
        /** @description A cursor of the feed, or `now`; the beginning of what is kept when left out */
        readonly after?: string;
        /** @description Most changes of the page, 1 to 500; 50 when left out. Not for a stream */
        readonly limit?: number;
        /** @description How long to wait when nothing is new, 0 to 30000 milliseconds; 0 when left out. Not for a stream */
        readonly waitMs?: number;
      };
      readonly header?: {
        /** @description The cursor after which to go on; it wins over `after`. Consumers of streams send it by themselves */
        readonly "Last-Event-ID"?: string | null;
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description A page of the feed, or the stream */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["FeedView"];
        };
      };
    };
  };
  readonly list_companies: {
    readonly parameters: {
      readonly query?: {
        /** @description The key of an add-on that the company has a row for */
        readonly addon?: string;
        /** @description `nextCursor` of the page before */
        readonly cursor?: string;
        /** @description Such a row entitles, and its paid time ends between now and this instant */
        readonly expiringBefore?: string;
        /** @description Companies of the page, 1 to 500; 50 when left out */
        readonly limit?: number;
        /** @description The key of a package that the company has a row for */
        readonly package?: string;
        /** @description How the name begins, in any case; or a company's identifier */
        readonly query?: string;
        /** @description The status of such a row */
        readonly status?: components["schemas"]["ItemStatus"];
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description A page of the list */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["CompanyList"];
        };
      };
    };
  };
  readonly set_addon: {
    readonly parameters: {
      readonly query?: {
        /** @description `true` answers what the write would do, and stores nothing, no `Idempotency-Key` either. */
        readonly dryRun?: boolean;
      };
      readonly header?: {
        /** @description A key of the caller's for this very request: a repeat within 24 hours answers what the first did. */
        readonly "Idempotency-Key"?: string | null;
        /**
         * @description The version that the write was decided on, in quotes: 412 when it has moved. Under `/internal/catalog`, roll-outs and decisions of change requests
         *     included, it is the generation of the catalog; of a webhook endpoint it is the `ETag` of its answers.
         * @example "7"
         */
        readonly "If-Match"?: string | null;
        /** @description On whose behalf the caller writes; its own name when left out. */
        readonly "X-Actor-Id"?: string | null;
      };
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["SetAddon"];
      };
    };
    readonly responses: {
      /** @description The add-on after the write */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["AddonWritten"];
        };
      };
    };
  };
  readonly set_basic: {
    readonly parameters: {
      readonly query?: {
        /** @description `true` answers what the write would do, and stores nothing, no `Idempotency-Key` either. */
        readonly dryRun?: boolean;
      };
      readonly header?: {
        /** @description A key of the caller's for this very request: a repeat within 24 hours answers what the first did. */
        readonly "Idempotency-Key"?: string | null;
        /**
         * @description The version that the write was decided on, in quotes: 412 when it has moved. Under `/internal/catalog`, roll-outs and decisions of change requests
         *     included, it is the generation of the catalog; of a webhook endpoint it is the `ETag` of its answers.
         * @example "7"
         */
        readonly "If-Match"?: string | null;
        /** @description On whose behalf the caller writes; its own name when left out. */
        readonly "X-Actor-Id"?: string | null;
      };
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["SetBasic"];
      };
    };
    readonly responses: {
      /** @description The company after the write */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["BasicWritten"];
        };
      };
    };
  };
  readonly change_package: {
    readonly parameters: {
      readonly query?: {
        /** @description `true` answers what the write would do, and stores nothing, no `Idempotency-Key` either. */
        readonly dryRun?: boolean;
      };
      readonly header?: {
        /** @description A key of the caller's for this very request: a repeat within 24 hours answers what the first did. */
        readonly "Idempotency-Key"?: string | null;
        /**
         * @description The version that the write was decided on, in quotes: 412 when it has moved. Under `/internal/catalog`, roll-outs and decisions of change requests
         *     included, it is the generation of the catalog; of a webhook endpoint it is the `ETag` of its answers.
         * @example "7"
         */
        readonly "If-Match"?: string | null;
        /** @description On whose behalf the caller writes; its own name when left out. */
        readonly "X-Actor-Id"?: string | null;
      };
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["ChangePackage"];
      };
    };
    readonly responses: {
      /** @description What the change does */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["PackageChangedView"];
        };
      };
    };
  };
  readonly cancel_package_change: {
    readonly parameters: {
      readonly query?: {
        /** @description `true` answers what the write would do, and stores nothing, no `Idempotency-Key` either. */
        readonly dryRun?: boolean;
      };
      readonly header?: {
        /** @description A key of the caller's for this very request: a repeat within 24 hours answers what the first did. */
        readonly "Idempotency-Key"?: string | null;
        /**
         * @description The version that the write was decided on, in quotes: 412 when it has moved. Under `/internal/catalog`, roll-outs and decisions of change requests
         *     included, it is the generation of the catalog; of a webhook endpoint it is the `ETag` of its answers.
         * @example "7"
         */
        readonly "If-Match"?: string | null;
        /** @description On whose behalf the caller writes; its own name when left out. */
        readonly "X-Actor-Id"?: string | null;
      };
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The company after the write */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["PackageChangeCancelledView"];
        };
      };
    };
  };
  readonly get_credits: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The credits */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["CreditsView"];
        };
      };
    };
  };
  readonly consume_credits: {
    readonly parameters: {
      readonly query?: {
        /** @description `true` answers what the write would do, and stores nothing, no `Idempotency-Key` either. */
        readonly dryRun?: boolean;
      };
      readonly header?: {
        /** @description A key of the caller's for this very request: a repeat within 24 hours answers what the first did. */
        readonly "Idempotency-Key"?: string | null;
        /**
         * @description The version that the write was decided on, in quotes: 412 when it has moved. Under `/internal/catalog`, roll-outs and decisions of change requests
         *     included, it is the generation of the catalog; of a webhook endpoint it is the `ETag` of its answers.
         * @example "7"
         */
        readonly "If-Match"?: string | null;
        /** @description On whose behalf the caller writes; its own name when left out. */
        readonly "X-Actor-Id"?: string | null;
      };
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
        /** @description The feature's key */
        readonly featureKey: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["ConsumeCredits"];
      };
    };
    readonly responses: {
      /** @description The balance afterwards */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["CreditWritten"];
        };
      };
    };
  };
  readonly grant_credits: {
    readonly parameters: {
      readonly query?: {
        /** @description `true` answers what the write would do, and stores nothing, no `Idempotency-Key` either. */
        readonly dryRun?: boolean;
      };
      readonly header?: {
        /** @description A key of the caller's for this very request: a repeat within 24 hours answers what the first did. */
        readonly "Idempotency-Key"?: string | null;
        /**
         * @description The version that the write was decided on, in quotes: 412 when it has moved. Under `/internal/catalog`, roll-outs and decisions of change requests
         *     included, it is the generation of the catalog; of a webhook endpoint it is the `ETag` of its answers.
         * @example "7"
         */
        readonly "If-Match"?: string | null;
        /** @description On whose behalf the caller writes; its own name when left out. */
        readonly "X-Actor-Id"?: string | null;
      };
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
        /** @description The feature's key */
        readonly featureKey: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["GrantCredits"];
      };
    };
    readonly responses: {
      /** @description The balance afterwards */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["CreditWritten"];
        };
      };
    };
  };
  readonly get_ledger: {
    readonly parameters: {
      readonly query?: {
        /** @description A nextCursor of an earlier page */
        readonly cursor?: string;
        /** @description Entries of the page, 1 to 500; 50 when left out */
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
        /** @description The feature's key */
        readonly featureKey: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The ledger */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["LedgerView"];
        };
      };
    };
  };
  readonly deactivate_addon: {
    readonly parameters: {
      readonly query?: {
        /** @description `true` answers what the write would do, and stores nothing, no `Idempotency-Key` either. */
        readonly dryRun?: boolean;
      };
      readonly header?: {
        /** @description A key of the caller's for this very request: a repeat within 24 hours answers what the first did. */
        readonly "Idempotency-Key"?: string | null;
        /**
         * @description The version that the write was decided on, in quotes: 412 when it has moved. Under `/internal/catalog`, roll-outs and decisions of change requests
         *     included, it is the generation of the catalog; of a webhook endpoint it is the `ETag` of its answers.
         * @example "7"
         */
        readonly "If-Match"?: string | null;
        /** @description On whose behalf the caller writes; its own name when left out. */
        readonly "X-Actor-Id"?: string | null;
      };
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["DeactivateAddon"];
      };
    };
    readonly responses: {
      /** @description The add-on after the write */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["AddonWritten"];
        };
      };
    };
  };
  readonly get_eligibility: {
    readonly parameters: {
      readonly query?: {
        /**
         * @description An instant: in the past what was owned then, writes of that very instant included (404 before the company was known); in the
         *     future what will be, if nobody writes meanwhile. An instant of the last moments may be answered otherwise later, while a write that
         *     was decided before it is being stored: some milliseconds as a rule, at most five seconds.
         * @example 2026-05-01T00:00:00Z
         */
        readonly at?: string;
      };
      readonly header?: {
        /**
         * @description Versions that the caller has, in quotes.
         * @example "7"
         */
        readonly "If-None-Match"?: string | null;
      };
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The eligibility */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["EligibilityView"];
        };
      };
    };
  };
  readonly get_entitlements: {
    readonly parameters: {
      readonly query?: {
        /**
         * @description An instant: in the past what was owned then, writes of that very instant included (404 before the company was known); in the
         *     future what will be, if nobody writes meanwhile. An instant of the last moments may be answered otherwise later, while a write that
         *     was decided before it is being stored: some milliseconds as a rule, at most five seconds.
         * @example 2026-05-01T00:00:00Z
         */
        readonly at?: string;
        /**
         * @description A version that the company is known to have had: a node that remembers an older one asks the database. When the company has not
         *     come to it the answer is 409, never an older one.
         */
        readonly atLeastVersion?: number;
      };
      readonly header?: {
        /** @description `strong` has the database confirm the answer; without it a node may answer what was true within its staleness bound. */
        readonly Consistency?: string | null;
        /**
         * @description Versions that the caller has, in quotes.
         * @example "7"
         */
        readonly "If-None-Match"?: string | null;
      };
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The entitlements */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["EntitlementsView"];
        };
      };
    };
  };
  readonly get_explanation: {
    readonly parameters: {
      readonly query?: {
        /**
         * @description An instant: in the past what was owned then, writes of that very instant included (404 before the company was known); in the
         *     future what will be, if nobody writes meanwhile. An instant of the last moments may be answered otherwise later, while a write that
         *     was decided before it is being stored: some milliseconds as a rule, at most five seconds.
         * @example 2026-05-01T00:00:00Z
         */
        readonly at?: string;
        /** @description Why this feature, or why not */
        readonly feature?: string;
        /** @description Why this module, or why not */
        readonly module?: string;
        /** @description Why this permission, or why not */
        readonly permission?: string;
      };
      readonly header?: never;
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The explanation */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ExplanationView"];
        };
      };
    };
  };
  readonly get_features: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The features */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["FeaturesView"];
        };
      };
    };
  };
  readonly get_feature: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
        /** @description The feature's key */
        readonly featureKey: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The feature */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["FeatureInForceView"];
        };
      };
    };
  };
  readonly list_grants: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The grants */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["GrantList"];
        };
      };
    };
  };
  readonly add_grant: {
    readonly parameters: {
      readonly query?: {
        /** @description `true` answers what the write would do, and stores nothing, no `Idempotency-Key` either. */
        readonly dryRun?: boolean;
      };
      readonly header?: {
        /** @description A key of the caller's for this very request: a repeat within 24 hours answers what the first did. */
        readonly "Idempotency-Key"?: string | null;
        /**
         * @description The version that the write was decided on, in quotes: 412 when it has moved. Under `/internal/catalog`, roll-outs and decisions of change requests
         *     included, it is the generation of the catalog; of a webhook endpoint it is the `ETag` of its answers.
         * @example "7"
         */
        readonly "If-Match"?: string | null;
        /** @description On whose behalf the caller writes; its own name when left out. */
        readonly "X-Actor-Id"?: string | null;
      };
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["AddGrant"];
      };
    };
    readonly responses: {
      /** @description What a dry run would make */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["GrantWritten"];
        };
      };
      /** @description The grant made */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["GrantWritten"];
        };
      };
    };
  };
  readonly remove_grant: {
    readonly parameters: {
      readonly query?: {
        /** @description `true` answers what the write would do, and stores nothing, no `Idempotency-Key` either. */
        readonly dryRun?: boolean;
      };
      readonly header?: {
        /** @description A key of the caller's for this very request: a repeat within 24 hours answers what the first did. */
        readonly "Idempotency-Key"?: string | null;
        /**
         * @description The version that the write was decided on, in quotes: 412 when it has moved. Under `/internal/catalog`, roll-outs and decisions of change requests
         *     included, it is the generation of the catalog; of a webhook endpoint it is the `ETag` of its answers.
         * @example "7"
         */
        readonly "If-Match"?: string | null;
        /** @description On whose behalf the caller writes; its own name when left out. */
        readonly "X-Actor-Id"?: string | null;
      };
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
        /** @description The grant's id */
        readonly grantId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The company after the write */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["GrantWritten"];
        };
      };
    };
  };
  readonly get_history: {
    readonly parameters: {
      readonly query?: {
        /** @description `nextCursor` of the page before */
        readonly cursor?: string;
        /** @description Entries of the page, 1 to 500; 50 when left out */
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description A page of the history */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["HistoryView"];
        };
      };
    };
  };
  readonly set_package: {
    readonly parameters: {
      readonly query?: {
        /** @description `true` answers what the write would do, and stores nothing, no `Idempotency-Key` either. */
        readonly dryRun?: boolean;
      };
      readonly header?: {
        /** @description A key of the caller's for this very request: a repeat within 24 hours answers what the first did. */
        readonly "Idempotency-Key"?: string | null;
        /**
         * @description The version that the write was decided on, in quotes: 412 when it has moved. Under `/internal/catalog`, roll-outs and decisions of change requests
         *     included, it is the generation of the catalog; of a webhook endpoint it is the `ETag` of its answers.
         * @example "7"
         */
        readonly "If-Match"?: string | null;
        /** @description On whose behalf the caller writes; its own name when left out. */
        readonly "X-Actor-Id"?: string | null;
      };
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["SetPackage"];
      };
    };
    readonly responses: {
      /** @description The company after the write */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["PackageWritten"];
        };
      };
    };
  };
  readonly get_profile: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The profile */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ProfileView"];
        };
      };
    };
  };
  readonly put_profile: {
    readonly parameters: {
      readonly query?: {
        /** @description `true` answers what the write would do, and stores nothing, no `Idempotency-Key` either. */
        readonly dryRun?: boolean;
      };
      readonly header?: {
        /** @description A key of the caller's for this very request: a repeat within 24 hours answers what the first did. */
        readonly "Idempotency-Key"?: string | null;
        /**
         * @description The version that the write was decided on, in quotes: 412 when it has moved. Under `/internal/catalog`, roll-outs and decisions of change requests
         *     included, it is the generation of the catalog; of a webhook endpoint it is the `ETag` of its answers.
         * @example "7"
         */
        readonly "If-Match"?: string | null;
        /** @description On whose behalf the caller writes; its own name when left out. */
        readonly "X-Actor-Id"?: string | null;
      };
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["PutProfile"];
      };
    };
    readonly responses: {
      /** @description The profile afterwards */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ProfileView"];
        };
      };
    };
  };
  readonly repair: {
    readonly parameters: {
      readonly query?: {
        /** @description `true` answers what the write would do, and stores nothing, no `Idempotency-Key` either. */
        readonly dryRun?: boolean;
      };
      readonly header?: {
        /** @description A key of the caller's for this very request: a repeat within 24 hours answers what the first did. */
        readonly "Idempotency-Key"?: string | null;
        /**
         * @description The version that the write was decided on, in quotes: 412 when it has moved. Under `/internal/catalog`, roll-outs and decisions of change requests
         *     included, it is the generation of the catalog; of a webhook endpoint it is the `ETag` of its answers.
         * @example "7"
         */
        readonly "If-Match"?: string | null;
        /** @description On whose behalf the caller writes; its own name when left out. */
        readonly "X-Actor-Id"?: string | null;
      };
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The company after the write */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["RepairedView"];
        };
      };
    };
  };
  readonly get_subscription_summary: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /**
         * @description Versions that the caller has, in quotes.
         * @example "7"
         */
        readonly "If-None-Match"?: string | null;
      };
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The summary */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["SummaryView"];
        };
      };
    };
  };
  readonly get_timeline: {
    readonly parameters: {
      readonly query?: {
        /** @description How many boundaries, 1 to 500; 50 when left out */
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path: {
        /** @description The company's canonical UUID, not nil. */
        readonly companyId: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The boundaries ahead */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["TimelineView"];
        };
      };
    };
  };
  readonly get_batch: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description `strong` has the database confirm the answer; without it a node may answer what was true within its staleness bound. */
        readonly Consistency?: string | null;
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["BatchOfCompanies"];
      };
    };
    readonly responses: {
      /** @description One entry for each */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["BatchView"];
        };
      };
    };
  };
}
