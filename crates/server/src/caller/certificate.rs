//! Callers that are recognised by their client certificate.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use domain::Text;
use rustls::pki_types::{CertificateDer, DnsName, ServerName};
use webpki::EndEntityCert;

use super::{Caller, CallerKind, Refused, Role, ScopeSet};

/// A caller that is recognised by a name in its certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateCaller {
    /// A DNS name for which the certificate must be valid.
    pub dns_name: DnsName<'static>,
    /// The caller's name.
    pub name: Text,
    /// The caller's role.
    pub role: Role,
    /// The role's scopes and those on top.
    pub scopes: ScopeSet,
}

/// The certificate of the other side, verified against the client CA during the handshake.
pub struct PeerCertificate {
    certificate: CertificateDer<'static>,
    /// Found by the first request of the connection. A process has one list of callers, so the answer holds for all of them.
    caller: OnceLock<Option<Arc<Caller>>>,
}

impl PeerCertificate {
    /// A certificate that the handshake has verified.
    pub fn verified(certificate: CertificateDer<'static>) -> Self {
        Self { certificate, caller: OnceLock::new() }
    }
}

impl fmt::Debug for PeerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerCertificate").field("caller", &self.caller.get()).finish_non_exhaustive()
    }
}

/// The callers that are recognised by certificate.
pub(super) struct Certificates(Vec<(ServerName<'static>, Arc<Caller>)>);

impl Certificates {
    pub(super) fn new(callers: Vec<CertificateCaller>) -> Self {
        let known = callers.into_iter().map(|known| {
            let CertificateCaller { dns_name, name, role, scopes } = known;
            (ServerName::DnsName(dns_name), Arc::new(Caller { name, role, scopes, kind: CallerKind::Certificate }))
        });
        Self(known.collect())
    }

    /// The caller whose certificate this is: the first, in the order of the configuration, whose name it is valid for.
    pub(super) fn authenticate(&self, peer: &PeerCertificate) -> Result<Arc<Caller>, Refused> {
        let found = peer.caller.get_or_init(|| self.find(&peer.certificate));
        found.as_ref().map(Arc::clone).ok_or(Refused::CertificateUnknown)
    }

    fn find(&self, certificate: &CertificateDer<'_>) -> Option<Arc<Caller>> {
        let certificate = EndEntityCert::try_from(certificate).ok()?;
        let is_valid_for = |name| certificate.verify_is_valid_for_subject_name(name).is_ok();
        self.0.iter().find(|(name, _)| is_valid_for(name)).map(|(_, caller)| Arc::clone(caller))
    }
}
