//! Where the database is: a `postgres://` URL with one host or several.

use std::{
    str::FromStr,
    sync::{Arc, atomic::AtomicU64},
};

use sqlx::postgres::PgConnectOptions;
use store::StoreError;

use crate::limits::APPLICATION_NAME;

/// Where a primary may be, in the order in which to look.
#[derive(Clone)]
pub(crate) struct Target {
    servers: Arc<[PgConnectOptions]>,
    alarms: Arc<AtomicU64>,
}

impl Target {
    /// Parses `postgres://user@host1:port1,host2:port2/database?…`. `target_session_attrs` may be `any`, `primary` or `read-write`:
    /// whatever it says, only a server that accepts writes is used.
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        Self::read(url).map_err(|what| StoreError::Unavailable(format!("the database URL cannot be used: {what}")))
    }

    fn read(url: &str) -> Result<Self, &'static str> {
        let hosts = split_hosts(url)?;
        let parsed = hosts.iter().map(|url| {
            let options = PgConnectOptions::from_str(url);
            options.map(|options| options.application_name(APPLICATION_NAME).statement_cache_capacity(64))
        });
        // The driver's words may repeat the URL, and so a password.
        let parsed: Result<Vec<PgConnectOptions>, _> = parsed.collect();
        parsed
            .map(|options| Self { servers: options.into(), alarms: Arc::default() })
            .map_err(|_| "it is not a URL that PostgreSQL understands")
    }

    /// The servers, in the order in which to look.
    pub(crate) fn servers(&self) -> &[PgConnectOptions] {
        &self.servers
    }

    /// How often a connection to them was lost, whoever had it.
    pub(crate) fn alarms(&self) -> &AtomicU64 {
        &self.alarms
    }
}

/// Whether a URL can be used, as far as its text says.
///
/// # Errors
/// What is wrong with it, without the URL itself: it may hold a password.
pub fn check_url(url: &str) -> Result<(), &'static str> {
    Target::read(url).map(|_| ())
}

/// One URL per host, without the parameter that the driver does not know.
fn split_hosts(url: &str) -> Result<Vec<String>, &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("it has no `://`")?;
    if !matches!(scheme, "postgres" | "postgresql") {
        return Err("it must start with `postgres://`");
    }
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = address.split_once('/').unwrap_or((address, ""));
    let (user, hosts) = authority.rsplit_once('@').map_or(("", authority), |(user, hosts)| (user, hosts));
    let mut kept = Vec::new();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("target_session_attrs", "any" | "primary" | "read-write")) => {}
            Some(("target_session_attrs", _)) => {
                return Err("`target_session_attrs` must be `primary`, `read-write` or `any`");
            }
            _ => kept.push(parameter),
        }
    }
    let user = if user.is_empty() { String::new() } else { format!("{user}@") };
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    Ok(hosts.split(',').map(|host| format!("{scheme}://{user}{host}/{path}{query}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_of_a_url_is_looked_at_in_order() {
        let target =
            Target::parse("postgres://me:se%40cret@one:5001,two:5002,three/core?target_session_attrs=read-write");

        let servers: Vec<(String, u16)> =
            target.unwrap().servers().iter().map(|server| (server.get_host().to_owned(), server.get_port())).collect();
        assert_eq!(servers, [("one".to_owned(), 5001), ("two".to_owned(), 5002), ("three".to_owned(), 5432)]);
    }

    #[test]
    fn a_folder_of_sockets_is_a_host_too() {
        for url in ["postgres://me@%2Frun%2Fsockets:6000/core", "postgres:///core?host=/run/sockets&port=6000"] {
            let target = Target::parse(url).unwrap();

            let socket = target.servers()[0].get_socket().map(|path| path.to_string_lossy().into_owned());
            assert_eq!(socket.as_deref(), Some("/run/sockets"), "{url}");
            assert_eq!(target.servers()[0].get_port(), 6000);
        }
    }

    #[test]
    fn a_url_that_asks_for_a_standby_is_refused() {
        for url in ["postgres://one/core?target_session_attrs=prefer-standby", "mysql://one/core", "one", ""] {
            assert!(Target::parse(url).is_err(), "{url}");
        }
        let secret = Target::parse("postgres://me:hidden@one:port/core").map(|_| ()).unwrap_err();
        assert!(!secret.to_string().contains("hidden"), "{secret}");
    }
}
