//! The configuration: one TOML file, overridden by environment variables, overridden by flags. Everything that is wrong with it is
//! reported at once, by the path of its key.

mod auth;
mod cache;
mod database;
mod document;
mod environment;
mod error;
mod feed;
mod field;
mod limits;
mod load;
mod log;
mod outgoing_webhooks;
mod section;
mod server;
mod sweep;

pub use auth::AuthConfig;
pub use cache::CacheConfig;
pub use database::DatabaseUrl;
pub use document::reference;
pub use error::ConfigError;
pub use feed::FeedConfig;
pub use limits::Limits;
pub use load::{Config, Overrides};
pub use log::{EntitlementReads, LogConfig, LogFormat, LogLevel};
pub use outgoing_webhooks::OutgoingWebhooksConfig;
pub use server::{Listen, MetricsConfig, ServerConfig};
pub use sweep::SweepConfig;
