//! The service as its callers see it: requests and answers over HTTP, on every store.

mod bad_bodies;
mod bad_paths;
mod bad_values;
mod boundaries;
mod caching;
mod catalog_reads;
mod catalog_writes;
mod company_writes;
mod concurrency;
mod docs_page;
mod dry_runs;
mod entitlements;
mod freshness;
mod headers;
mod history;
mod idempotency;
mod openapi;
mod overload;
mod permissions;
mod preconditions;
mod probes;
mod refusals;
mod stores_agree;
mod support;
mod versions;
mod windows;
