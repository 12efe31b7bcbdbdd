import type { components } from "./openapi.js";

type Schemas = components["schemas"];

/** The stable codes of failures that the server may answer. One that this version does not know comes through as it is. */
export type ErrorCode = Schemas["ErrorCode"] | "cursor_expired" | "rate_limited" | (string & {});
/** One broken rule. */
export type Detail = Schemas["Detail"];
/** What a company owns without a write and with it. */
export type Preview = Schemas["PreviewView"];

/** Everything that this client throws, but the reason of a caller's own signal. */
export abstract class PlatformCoreError extends Error {
  /** Whether the same call may succeed later. */
  abstract readonly retryable: boolean;

  override get name(): string {
    return this.constructor.name;
  }
}

/** An argument that can never be right. Nothing was sent. */
export class InvalidArgumentError extends PlatformCoreError {
  readonly retryable = false;
}

/** What the server said of a call that it did not carry out. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly status: number;
  readonly details: readonly Detail[];
  /** The name of the request in the server's log. */
  readonly requestId: string | undefined;
  /** For how many milliseconds the server asked to be left alone. */
  readonly retryAfterMs: number | undefined;
  /** The idempotency key of a write: repeat the write with it to learn what became of it. */
  readonly idempotencyKey: string | undefined;
  /** The version that stands, where the server names it. */
  readonly version: number | undefined;
}

/** The server answered that it did not do it. `code` says why, for programs; there is a class for each code that one decides by. */
export class ApiError extends PlatformCoreError implements Failure {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: readonly Detail[];
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly idempotencyKey: string | undefined;
  readonly version: number | undefined;

  constructor(failure: Failure) {
    super(failure.message);
    this.code = failure.code;
    this.status = failure.status;
    this.details = failure.details;
    this.requestId = failure.requestId;
    this.retryAfterMs = failure.retryAfterMs;
    this.idempotencyKey = failure.idempotencyKey;
    this.version = failure.version;
  }

  get retryable(): boolean {
    return RETRYABLE_STATUSES.has(this.status);
  }
}

/** 429, and what a server or a proxy answers when it cannot do it now. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/** 400: the request can never be right as it stands; `details` names every broken rule. */
export class ValidationError extends ApiError {}
/** 401: no valid credential. */
export class UnauthorizedError extends ApiError {}
/** 403: the caller lacks the scope. */
export class ForbiddenError extends ApiError {}
/** 404: no such thing, such as a company that was never written. */
export class NotFoundError extends ApiError {}
/** 409: the write contradicts what is stored; `details` names every broken rule. */
export class ConflictError extends ApiError {}
/** 412: `ifMatch` does not hold any more. */
export class PreconditionFailedError extends ApiError {}
/** 410: the place in the feed is not kept any more, or is of another database. */
export class CursorExpiredError extends ApiError {}
/** 503 and its like, after every retry: nothing is known right now. Fail closed. */
export class UnavailableError extends ApiError {}

const CLASSES: ReadonlyMap<string, typeof ApiError> = new Map([
  ["validation_error", ValidationError],
  ["unauthorized", UnauthorizedError],
  ["forbidden", ForbiddenError],
  ["not_found", NotFoundError],
  ["conflict", ConflictError],
  ["precondition_failed", PreconditionFailedError],
  ["cursor_expired", CursorExpiredError],
  ["service_unavailable", UnavailableError],
  ["not_ready", UnavailableError],
  ["rate_limited", UnavailableError],
]);

/** The error for a failure, by its code. */
export function apiError(failure: Failure): ApiError {
  const Class = CLASSES.get(failure.code) ?? (RETRYABLE_STATUSES.has(failure.status) ? UnavailableError : ApiError);
  return new Class(failure);
}

/** Where a call stands whose outcome is not known. */
export interface Unanswered {
  /** The name of the request in the server's log, if it came that far. */
  readonly requestId?: string | undefined;
  /** The idempotency key of a write: repeat the write with it to learn what became of it. */
  readonly idempotencyKey?: string | undefined;
  readonly cause?: unknown;
}

/** No answer came: the connection could not be made or broke. A write may have been carried out; repeat it with `idempotencyKey`. */
export class NoAnswerError extends PlatformCoreError {
  readonly retryable = true;
  readonly requestId: string | undefined;
  readonly idempotencyKey: string | undefined;

  constructor(message: string, unanswered: Unanswered = {}) {
    super(message, { cause: unanswered.cause });
    this.requestId = unanswered.requestId;
    this.idempotencyKey = unanswered.idempotencyKey;
  }
}

/** No answer came in time. A write may have been carried out; repeat it with `idempotencyKey`. */
export class DeadlineError extends NoAnswerError {}

/** Something answered, but not as platform-core does: a proxy, or another service. */
export class UnexpectedAnswerError extends PlatformCoreError {
  readonly retryable = false;
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/**
 * The company has not reached the version that was asked for; of a call, the database was asked. Whoever was told that version by a write speaks to
 * another database now, such as one that was restored.
 */
export class VersionNotReachedError extends PlatformCoreError {
  readonly retryable = true;
  /** What it has reached; `undefined` when it is not known at all. */
  readonly version: number | undefined;
  /** What was asked for. */
  readonly wanted: number;

  constructor(companyId: string, wanted: number, version: number | undefined) {
    super(`company ${companyId} has version ${version ?? "none"}, not yet ${wanted}`);
    this.wanted = wanted;
    this.version = version;
  }
}

/** Throws what refused a read that asks for a version: with both versions, where it was not reached. */
export function asVersionNotReached(companyId: string, wanted: number | undefined): (error: unknown) => never {
  return (error) => {
    if (error instanceof ConflictError && wanted !== undefined && error.version !== undefined) {
      throw new VersionNotReachedError(companyId, wanted, error.version);
    }
    throw error;
  };
}

/** The replica cannot confirm what it holds within its bound, so it does not say it. Answer 503. */
export class StaleError extends PlatformCoreError {
  readonly retryable = true;
  /** For how long nothing was confirmed, in milliseconds; infinite when nothing ever was. */
  readonly ageMs: number;

  constructor(message: string, ageMs: number) {
    super(message);
    this.ageMs = ageMs;
  }
}

/** The replica does not follow this company. */
export class NotFollowedError extends PlatformCoreError {
  readonly retryable = false;

  constructor(companyId: string) {
    super(`the replica does not hold company ${companyId}; name it in \`companies\` or add it with \`hold\``);
  }
}

/** The server does not know this company, as of the age of the replica. */
export class NoSuchCompanyError extends PlatformCoreError {
  readonly retryable = false;

  constructor(companyId: string) {
    super(`company ${companyId} is not known: nothing was ever written for it`);
  }
}
