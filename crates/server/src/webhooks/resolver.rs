//! Names of endpoints become addresses in one place, which looks at each: a connection is made only to an address that passed, and to
//! the very one, so that a name which means something else a moment later leads nowhere.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::inner_kind;

/// Why an address is not connected to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address {address} is {kind}, which `outgoing_webhooks.allow_private` does not allow")]
pub(super) struct Inner {
    address: IpAddr,
    kind: &'static str,
}

/// Tells whether an address may be connected to.
pub(super) fn check(address: IpAddr, allow_private: bool) -> Result<(), Inner> {
    match inner_kind(address) {
        Some(kind) if !allow_private => Err(Inner { address, kind }),
        Some(_) | None => Ok(()),
    }
}

/// Asks for the addresses of a name.
pub(super) type LookUp = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// A resolver that gives only addresses that may be connected to.
pub(super) struct Resolver {
    pub(super) allow_private: bool,
    pub(super) look_up: LookUp,
}

/// The system's addresses of a name.
pub(super) fn system() -> LookUp {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (asked, allow_private) = ((self.look_up)(name.as_str().to_owned()), self.allow_private);
        Box::pin(async move {
            let found = asked.await?;
            let judged: Vec<_> =
                found.into_iter().map(|address| check(address, allow_private).map(|()| address)).collect();
            let allowed: Vec<_> = judged.iter().flatten().map(|address| SocketAddr::new(*address, 0)).collect();
            match judged.into_iter().find_map(Result::err) {
                Some(inner) if allowed.is_empty() => Err(inner.into()),
                Some(_) | None => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolved(answers: &[&str], allow_private: bool) -> Result<Vec<IpAddr>, String> {
        let answers: Vec<IpAddr> = answers.iter().map(|text| text.parse().unwrap()).collect();
        let look_up: LookUp = Arc::new(move |_| {
            let answers = answers.clone();
            Box::pin(async move { Ok(answers) })
        });
        let resolver = Resolver { allow_private, look_up };
        let answer = resolver.resolve("receiver.example".parse().unwrap()).await;
        answer.map(|found| found.map(|address| address.ip()).collect()).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_name_that_means_an_inner_address_leads_nowhere() {
        let refused = resolved(&["10.0.0.7"], false).await;

        let message = "the address 10.0.0.7 is private, which `outgoing_webhooks.allow_private` does not allow";
        assert_eq!(refused, Err(message.to_owned()));
        assert_eq!(resolved(&["10.0.0.7"], true).await, Ok(vec!["10.0.0.7".parse().unwrap()]));
    }

    #[tokio::test]
    async fn of_several_addresses_only_those_that_pass_are_connected_to() {
        let passed = resolved(&["::1", "1.1.1.1", "192.168.0.1"], false).await;

        assert_eq!(passed, Ok(vec!["1.1.1.1".parse().unwrap()]));
    }

    #[tokio::test]
    async fn the_system_knows_its_own_name() {
        let found = system()("localhost".to_owned()).await.unwrap();

        assert!(!found.is_empty() && found.iter().all(IpAddr::is_loopback), "{found:?}");
    }
}
