//! The service: configuration, callers, HTTP, the one write path and the caches.

pub mod admin;
mod cache;
pub mod caller;
pub mod config;
pub mod feed;
pub mod http;
pub mod jobs;
pub mod listener;
pub mod service;
pub mod startup;
pub mod telemetry;
pub mod webhooks;
pub mod wire;
