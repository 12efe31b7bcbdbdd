//! The listeners.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use super::{
    field::{Choice, Number, Plain, SectionText},
    section::Section,
};
use crate::listener::{ClientCertificates, Tls, TlsFiles};

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// Nowhere.
    Off,
    /// On an address; port 0 takes a free one.
    On(SocketAddr),
}

/// The API's listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// Where to listen.
    pub listen: Listen,
    /// TLS; without it the network must be private.
    pub tls: Option<TlsFiles>,
    /// How long requests under way may take to end when the process is told to.
    pub drain: Duration,
}

/// The metrics' listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricsConfig {
    /// Where to listen.
    pub listen: Listen,
}

const LISTEN: Plain = Plain {
    key: "listen",
    form: "`ADDRESS:PORT` or `off`",
    default: "\"127.0.0.1:8080\"",
    about: "Where the API listens: an IP address and a port; port 0 takes a free one and logs it. `--listen` is a shortcut.",
};

const DRAIN: Number = Number {
    key: "drain_ms",
    unit: "milliseconds",
    default: 10_000,
    least: 0,
    most: 600_000,
    about: "How long requests under way may take to end after SIGTERM. Then their connections are dropped.",
};

const CERTIFICATE_FILE: Plain = Plain {
    key: "certificate_file",
    form: "path",
    default: "",
    about: "Required. The server's certificate and those in between, its own first, in PEM.",
};

const PRIVATE_KEY_FILE: Plain =
    Plain { key: "private_key_file", form: "path", default: "", about: "Required. The server's private key in PEM." };

const CLIENT_CA_FILE: Plain = Plain {
    key: "client_ca_file",
    form: "path",
    default: "",
    about: "The certificates by which client certificates are judged, in PEM. Without it clients are not asked for one.",
};

const CLIENT_CERTIFICATES: Choice = Choice {
    key: "client_certificates",
    words: &["required", "optional"],
    default: "required",
    about: "Whether clients must show a certificate, when `client_ca_file` is given.",
};

const METRICS_LISTEN: Plain = Plain {
    key: "listen",
    form: "`ADDRESS:PORT` or `off`",
    default: "\"127.0.0.1:9090\"",
    about: "Where the metrics are served, without TLS and credentials: keep it on a private address.",
};

pub(super) const TEXT: SectionText =
    SectionText { path: "server", about: "The API's listener.", fields: &[&LISTEN, &DRAIN] };

pub(super) const TLS_TEXT: SectionText = SectionText {
    path: "server.tls",
    about: "TLS for the API. The files are read again every minute and on SIGHUP; new connections use what then stands there.",
    fields: &[&CERTIFICATE_FILE, &PRIVATE_KEY_FILE, &CLIENT_CA_FILE, &CLIENT_CERTIFICATES],
};

pub(super) const METRICS_TEXT: SectionText =
    SectionText { path: "metrics", about: "The metrics' listener.", fields: &[&METRICS_LISTEN] };

impl ServerConfig {
    pub(super) fn read(root: &mut Section<'_>) -> Self {
        let mut section = root.section_or_empty("server");
        let listen = listen(&mut section, &LISTEN, SocketAddr::from(([127, 0, 0, 1], 8080)));
        let drain = Duration::from_millis(section.number(&DRAIN));
        let tls = section.section("tls").and_then(|mut section| tls_files(&mut section));
        Self { listen, tls, drain }
    }

    /// Whether client certificates are judged.
    pub(super) fn judges_certificates(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.clients.is_some())
    }
}

impl MetricsConfig {
    pub(super) fn read(root: &mut Section<'_>, server: &ServerConfig) -> Self {
        let mut section = root.section_or_empty("metrics");
        let listen = listen(&mut section, &METRICS_LISTEN, SocketAddr::from(([127, 0, 0, 1], 9090)));
        if let Listen::On(address) = listen
            && address.port() != 0
            && server.listen == listen
        {
            section.wrong(METRICS_LISTEN.key, "is the same as `server.listen`");
        }
        Self { listen }
    }
}

fn listen(section: &mut Section<'_>, field: &Plain, default: SocketAddr) -> Listen {
    match section.text(field) {
        None => Listen::On(default),
        Some(text) if text == "off" => Listen::Off,
        Some(text) => {
            if let Ok(address) = text.parse() {
                return Listen::On(address);
            }
            section.wrong(field.key, format_args!("must be an IP address and a port, or `off`, is `{text}`"));
            Listen::On(default)
        }
    }
}

/// Nothing when something is wrong, which is then known.
fn tls_files(section: &mut Section<'_>) -> Option<TlsFiles> {
    let certificate = section.path(&CERTIFICATE_FILE);
    let certificate = section.required(&CERTIFICATE_FILE, certificate);
    let private_key = section.path(&PRIVATE_KEY_FILE);
    let private_key = section.required(&PRIVATE_KEY_FILE, private_key);
    let client_ca = section.path(&CLIENT_CA_FILE);
    let asked = section.choice(&CLIENT_CERTIFICATES, &[ClientCertificates::Required, ClientCertificates::Optional]);
    if client_ca.is_none() && asked.is_some() && !section.has_error(CLIENT_CA_FILE.key) {
        section.wrong(CLIENT_CERTIFICATES.key, "needs `client_ca_file`");
    }
    let clients = client_ca.map(|path| (path, asked.unwrap_or(ClientCertificates::Required)));
    let (certificate, private_key) = match (certificate, private_key) {
        (Some(certificate), Some(private_key)) => (certificate, private_key),
        (certificate, private_key) => {
            check_readable(section, &CERTIFICATE_FILE, certificate);
            check_readable(section, &PRIVATE_KEY_FILE, private_key);
            check_readable(section, &CLIENT_CA_FILE, clients.map(|(path, _)| path));
            return None;
        }
    };
    let files = TlsFiles { certificate, private_key, clients };
    if let Err(errors) = Tls::load(files.clone()) {
        for error in errors {
            section.wrong(error.key, error.message);
        }
    }
    Some(files)
}

/// What can be said of a file while others are missing.
fn check_readable(section: &mut Section<'_>, field: &Plain, path: Option<PathBuf>) {
    if let Some(path) = path
        && let Err(error) = std::fs::File::open(&path)
    {
        section.wrong(field.key, format_args!("cannot read `{}`: {error}", path.display()));
    }
}
