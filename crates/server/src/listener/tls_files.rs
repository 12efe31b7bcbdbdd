//! From PEM files to what TLS is served by.

use std::{path::Path, sync::Arc};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{Error as PemError, PemObject},
    },
    server::{NoServerSessionStorage, WebPkiClientVerifier, danger::ClientCertVerifier},
};

use super::{ClientCertificates, TlsError, TlsFiles};

const CERTIFICATE: &str = "certificate_file";
const PRIVATE_KEY: &str = "private_key_file";
const CLIENT_CA: &str = "client_ca_file";

/// What stands in the files.
#[derive(PartialEq, Eq)]
pub(super) struct Contents {
    certificate: Vec<u8>,
    private_key: Vec<u8>,
    client_ca: Option<(Vec<u8>, ClientCertificates)>,
}

impl Contents {
    pub(super) fn read(files: &TlsFiles) -> Result<Self, Vec<TlsError>> {
        let certificate = read(CERTIFICATE, &files.certificate);
        let private_key = read(PRIVATE_KEY, &files.private_key);
        let client_ca = files.clients.as_ref();
        let client_ca = client_ca.map(|(path, asked)| Ok((read(CLIENT_CA, path)?, *asked))).transpose();
        match (certificate, private_key, client_ca) {
            (Ok(certificate), Ok(private_key), Ok(client_ca)) => Ok(Self { certificate, private_key, client_ca }),
            (certificate, private_key, client_ca) => {
                Err([certificate.err(), private_key.err(), client_ca.err()].into_iter().flatten().collect())
            }
        }
    }

    pub(super) fn to_config(&self, files: &TlsFiles) -> Result<ServerConfig, Vec<TlsError>> {
        let chain = certificates(CERTIFICATE, &self.certificate);
        let key = PrivateKeyDer::from_pem_slice(&self.private_key).map_err(|error| pem_error(PRIVATE_KEY, &error));
        let verifier = self.verifier();
        let (chain, key, verifier) = match (chain, key, verifier) {
            (Ok(chain), Ok(key), Ok(verifier)) => (chain, key, verifier),
            (chain, key, verifier) => {
                return Err([chain.err(), key.err(), verifier.err()].into_iter().flatten().collect());
            }
        };
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder =
            builder.with_safe_default_protocol_versions().map_err(|error| vec![wrong(CERTIFICATE, &error)])?;
        let builder = builder.with_client_cert_verifier(verifier);
        let mut config = builder.with_single_cert(chain, key).map_err(|error| vec![unfit(&error, files)])?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        if self.client_ca.is_some() {
            // A resumed session would bring back a certificate that was judged by the CA of then, at the time of then.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(config)
    }

    fn verifier(&self) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
        let Some((pem, asked)) = &self.client_ca else { return Ok(WebPkiClientVerifier::no_client_auth()) };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(CLIENT_CA, pem)? {
            roots.add(certificate).map_err(|error| wrong(CLIENT_CA, &error))?;
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        let builder = match asked {
            ClientCertificates::Required => builder,
            ClientCertificates::Optional => builder.allow_unauthenticated(),
        };
        builder.build().map_err(|error| wrong(CLIENT_CA, &error))
    }
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|error| {
        let message = format!("cannot read `{}`: {error}", path.display());
        TlsError { key, message }
    })
}

fn certificates(key: &'static str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Result<Vec<_>, PemError> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|error| pem_error(key, &error))?;
    if certificates.is_empty() { Err(pem_error(key, &PemError::NoItemsFound)) } else { Ok(certificates) }
}

/// The error of the parser may show a line of the file, so its text stays here.
fn pem_error(key: &'static str, error: &PemError) -> TlsError {
    let message = if matches!(error, PemError::NoItemsFound) {
        "the file holds none, in the PEM form that is needed"
    } else {
        "the file is not in the PEM form that is needed"
    };
    TlsError { key, message: message.to_owned() }
}

/// Why certificate and key cannot be used together.
fn unfit(error: &rustls::Error, files: &TlsFiles) -> TlsError {
    if !matches!(error, rustls::Error::InconsistentKeys(_)) {
        return wrong(PRIVATE_KEY, error);
    }
    let (key, certificate) = (files.private_key.display(), files.certificate.display());
    let message = format!(
        "the key in `{key}` is not that of the first certificate in `{certificate}` (`{CERTIFICATE}`): name the key that this certificate \
         was made for, or put its certificate first"
    );
    TlsError { key: PRIVATE_KEY, message }
}

fn wrong(key: &'static str, error: &impl ToString) -> TlsError {
    TlsError { key, message: error.to_string() }
}
