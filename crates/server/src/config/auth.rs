//! Who may call, besides the holders of API keys.

use std::path::PathBuf;

use domain::Text;
use reqwest::Url;
use rustls::pki_types::DnsName;
use toml::Table;

use super::{
    ServerConfig,
    field::{Plain, SectionText},
    section::Section,
};
use crate::{
    caller::{
        CertificateCaller, JwksSource, Role, SECRET_BYTES_MIN, Scope, ScopeSet, Secret, TokenCaller, TokenSettings,
        check_jwks,
    },
    wire::given_line,
};

/// Who may call, besides the holders of API keys.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// What signed service tokens are accepted.
    pub tokens: Option<TokenSettings>,
    /// The callers that are recognised by certificate.
    pub certificates: Vec<CertificateCaller>,
}

const ISSUER: Plain = Plain { key: "issuer", form: "text", default: "", about: "Required. What `iss` must be." };

const AUDIENCE: Plain =
    Plain { key: "audience", form: "text", default: "", about: "Required. What `aud` must be or contain." };

const HS256_SECRET: Plain = Plain {
    key: "hs256_secret",
    form: "text of at least 32 bytes",
    default: "",
    about: "The secret that is shared with the issuer, for HS256.",
};

const HS256_SECRET_FILE: Plain = Plain {
    key: "hs256_secret_file",
    form: "path",
    default: "",
    about: "A file that holds the secret, instead of `hs256_secret`.",
};

const JWKS_FILE: Plain = Plain {
    key: "jwks_file",
    form: "path",
    default: "",
    about: "A file with the issuer's public keys (RFC 7517), for EdDSA, ES256 and RS256. Read again every 5 seconds.",
};

const JWKS_URL: Plain = Plain {
    key: "jwks_url",
    form: "`https://…`",
    default: "",
    about: "Where the issuer publishes them, instead of `jwks_file`. Read again every 5 minutes, and when a token names an unknown \
            key. `http://` only for an address of this machine.",
};

const CALLERS: Plain = Plain {
    key: "callers",
    form: "a list of tables with `subject`, `role` and `scopes`",
    default: "",
    about: "Required. The subjects that are callers, such as `{ subject = \"auth-backend\", role = \"auth\" }`. `role` is `auth`, \
            `admin` or `job`; `scopes` are those on top of the role's.",
};

const CERTIFICATES: Plain = Plain {
    key: "certificates",
    form: "a list of tables with `dns_name`, `name`, `role` and `scopes`",
    default: "",
    about: "The callers that are recognised by a DNS name for which their client certificate is valid. Needs \
            `server.tls.client_ca_file`.",
};

const SUBJECT: Plain = Plain { key: "subject", form: "text", default: "", about: "" };
const NAME: Plain = Plain { key: "name", form: "text", default: "", about: "" };
const DNS_NAME: Plain = Plain { key: "dns_name", form: "text", default: "", about: "" };
const ROLE: Plain = Plain { key: "role", form: "`auth`, `admin` or `job`", default: "", about: "" };
const SCOPES: Plain = Plain { key: "scopes", form: "a list of scopes", default: "", about: "" };

pub(super) const TEXT: SectionText = SectionText {
    path: "auth",
    about: "Who may call. Holders of API keys always may; keys are made with `platform-core keys create`.",
    fields: &[&CERTIFICATES],
};

pub(super) const TOKENS_TEXT: SectionText = SectionText {
    path: "auth.tokens",
    about: "Signed service tokens (`Authorization: Bearer`). Without this section none is accepted. `hs256_secret` or a key set is \
            needed; with both, each token's algorithm decides.",
    fields: &[&ISSUER, &AUDIENCE, &HS256_SECRET, &HS256_SECRET_FILE, &JWKS_FILE, &JWKS_URL, &CALLERS],
};

impl AuthConfig {
    pub(super) fn read(root: &mut Section<'_>, server: &ServerConfig) -> Self {
        let mut section = root.section_or_empty("auth");
        let tokens = section.section("tokens").and_then(|mut section| tokens(&mut section));
        let certificates = certificates(&mut section);
        if !certificates.is_empty() && !server.judges_certificates() {
            section.wrong(CERTIFICATES.key, "needs `server.tls.client_ca_file`");
        }
        Self { tokens, certificates }
    }
}

fn tokens(section: &mut Section<'_>) -> Option<TokenSettings> {
    let issuer = section.text(&ISSUER);
    let issuer = section.required(&ISSUER, issuer);
    let audience = section.text(&AUDIENCE);
    let audience = section.required(&AUDIENCE, audience);
    let hs256_secret = secret(section);
    let jwks = jwks(section);
    let sources = [HS256_SECRET.key, HS256_SECRET_FILE.key, JWKS_FILE.key, JWKS_URL.key];
    if hs256_secret.is_none() && jwks.is_none() && !sources.iter().any(|key| section.has_error(key)) {
        section
            .wrong(HS256_SECRET.key, "one of `hs256_secret`, `hs256_secret_file`, `jwks_file`, `jwks_url` is needed");
    }
    let callers = token_callers(section);
    Some(TokenSettings { issuer: issuer?, audience: audience?, hs256_secret, jwks, callers })
}

fn secret(section: &mut Section<'_>) -> Option<Secret<Vec<u8>>> {
    let text = section.text(&HS256_SECRET);
    let in_file = section.text_file(&HS256_SECRET_FILE);
    let (key, secret) = match (text, in_file) {
        (Some(_), Some(_)) => {
            section.wrong(HS256_SECRET.key, "both `hs256_secret` and `hs256_secret_file` are given: keep one");
            return None;
        }
        (Some(text), None) => (HS256_SECRET.key, text.into_bytes()),
        (None, Some(text)) => (HS256_SECRET_FILE.key, text.into_bytes()),
        (None, None) => return None,
    };
    if secret.len() < SECRET_BYTES_MIN {
        let message = format!("the secret must have at least {SECRET_BYTES_MIN} bytes, has {}", secret.len());
        section.wrong(key, message);
        return None;
    }
    Some(Secret::new(secret))
}

fn jwks(section: &mut Section<'_>) -> Option<JwksSource> {
    let file = section.path(&JWKS_FILE);
    let url = section.text(&JWKS_URL);
    match (file, url) {
        (Some(_), Some(_)) => {
            section.wrong(JWKS_FILE.key, "both `jwks_file` and `jwks_url` are given: keep one");
            None
        }
        (Some(file), None) => jwks_file(section, file),
        (None, Some(url)) => jwks_url(section, &url),
        (None, None) => None,
    }
}

fn jwks_file(section: &mut Section<'_>, path: PathBuf) -> Option<JwksSource> {
    match check_jwks(&path) {
        Ok(()) => Some(JwksSource::File(path)),
        Err(error) => {
            section.wrong(JWKS_FILE.key, format_args!("`{}`: {error}", path.display()));
            None
        }
    }
}

fn jwks_url(section: &mut Section<'_>, text: &str) -> Option<JwksSource> {
    let url =
        Url::parse(text).ok().filter(|url| url.has_host() && url.username().is_empty() && url.password().is_none());
    let url = url.filter(|url| url.scheme() == "https" || (url.scheme() == "http" && is_here(url)));
    if url.is_none() {
        section.wrong(JWKS_URL.key, "must be an `https://` address without a password, or `http://` on this machine");
    }
    url.map(JwksSource::Url)
}

fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn token_callers(section: &mut Section<'_>) -> Vec<TokenCaller> {
    let tables = section.list(&CALLERS);
    if tables.is_empty() {
        section.required::<()>(&CALLERS, None);
    }
    let mut callers: Vec<TokenCaller> = Vec::new();
    for (index, table) in tables.into_iter().enumerate() {
        let mut item = section.item(CALLERS.key, index, table);
        let subject = caller_name(&mut item, &SUBJECT);
        let role = role_and_scopes(&mut item);
        if subject.as_ref().is_some_and(|subject| callers.iter().any(|known| known.subject == *subject)) {
            item.wrong(SUBJECT.key, "stands twice");
        }
        if let (Some(subject), Some((role, scopes))) = (subject, role) {
            callers.push(TokenCaller { subject, role, scopes });
        }
    }
    callers
}

fn certificates(section: &mut Section<'_>) -> Vec<CertificateCaller> {
    let tables: Vec<Table> = section.list(&CERTIFICATES);
    let mut callers: Vec<CertificateCaller> = Vec::new();
    for (index, table) in tables.into_iter().enumerate() {
        let mut item = section.item(CERTIFICATES.key, index, table);
        let dns_name = item.text(&DNS_NAME);
        let dns_name = item.required(&DNS_NAME, dns_name);
        let dns_name = dns_name.and_then(|name| {
            let parsed = DnsName::try_from(name).ok();
            if parsed.is_none() {
                item.wrong(DNS_NAME.key, "must be a DNS name");
            }
            parsed
        });
        let name = caller_name(&mut item, &NAME);
        let role = role_and_scopes(&mut item);
        if dns_name.as_ref().is_some_and(|name| callers.iter().any(|known| known.dns_name == *name)) {
            item.wrong(DNS_NAME.key, "stands twice");
        }
        if let (Some(dns_name), Some(name), Some((role, scopes))) = (dns_name, name, role) {
            callers.push(CertificateCaller { dns_name, name, role, scopes });
        }
    }
    callers
}

fn caller_name(item: &mut Section<'_>, field: &Plain) -> Option<Text> {
    let text = item.text(field);
    let text = item.required(field, text)?;
    match given_line(&text, Text::ACTOR_CHARS) {
        Ok(name) => Some(name),
        Err(error) => {
            item.wrong(field.key, error);
            None
        }
    }
}

fn role_and_scopes(item: &mut Section<'_>) -> Option<(Role, ScopeSet)> {
    let role = item.text(&ROLE);
    let role = item.required(&ROLE, role).and_then(|word| {
        let role = Role::parse(&word);
        if role.is_none() {
            item.wrong(ROLE.key, format_args!("must be {}, is `{word}`", ROLE.form));
        }
        role
    });
    let mut extra = Vec::new();
    for word in item.words(&SCOPES) {
        match Scope::parse(&word) {
            Some(scope) => extra.push(scope),
            None => item.wrong(SCOPES.key, format_args!("unknown scope `{word}`")),
        }
    }
    let role = role?;
    match role.scopes_with(extra) {
        Ok(scopes) => Some((role, scopes)),
        Err(scope) => {
            item.wrong(SCOPES.key, format_args!("a caller of role `{role}` cannot have `{scope}`"));
            None
        }
    }
}
