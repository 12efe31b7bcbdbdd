//! The tables that the rules read: who may use whom, and which licences and crates may come in. Each exception says why.

/// What a crate may use.
pub(crate) struct Room {
    /// Its name.
    pub(crate) name: &'static str,
    /// The crates of ours that its shipped code may use.
    pub(crate) may_use: &'static [&'static str],
    /// The crates of ours that its tests may use besides.
    pub(crate) tests_may_use: &'static [&'static str],
    /// Other crates that it must never name.
    pub(crate) never_names: &'static [&'static str],
    /// Other crates that must not even come along with what it uses.
    pub(crate) never_brings: &'static [&'static str],
}

/// Every crate of the workspace. A new crate is a new row here and in ARCHITECTURE.md.
pub(crate) const ROOMS: &[Room] = &[
    Room {
        name: "domain",
        may_use: &[],
        tests_may_use: &[],
        never_names: &["tokio", "sqlx", "axum", "serde", "serde_json", "reqwest", "tracing", "rand"],
        never_brings: &["tokio", "sqlx", "axum", "serde_json", "reqwest", "tracing", "rand"],
    },
    Room {
        name: "platform-core-api",
        may_use: &[],
        tests_may_use: &[],
        never_names: &["tokio", "sqlx", "axum", "reqwest", "hyper"],
        never_brings: &["tokio", "sqlx", "reqwest"],
    },
    Room {
        name: "store",
        may_use: &["domain"],
        tests_may_use: &[],
        never_names: &["axum", "sqlx", "rusqlite", "reqwest", "hyper"],
        never_brings: &["axum", "sqlx", "rusqlite", "reqwest"],
    },
    Room {
        name: "store-postgres",
        may_use: &["domain", "store"],
        // The other store, because one test compares the two command by command.
        tests_may_use: &["throwaway", "store-sqlite"],
        never_names: &["axum", "reqwest", "hyper", "rusqlite"],
        never_brings: &["axum", "reqwest", "rusqlite"],
    },
    Room {
        name: "store-sqlite",
        may_use: &["domain", "store"],
        tests_may_use: &["throwaway"],
        never_names: &["axum", "reqwest", "hyper", "sqlx"],
        never_brings: &["axum", "reqwest", "sqlx"],
    },
    Room {
        name: "server",
        may_use: &["domain", "platform-core-api", "store", "store-postgres", "store-sqlite"],
        tests_may_use: &["throwaway"],
        never_names: &["sqlx", "rusqlite", "clap"],
        never_brings: &["clap"],
    },
    Room {
        name: "cli",
        may_use: &["platform-core-api", "server"],
        tests_may_use: &["throwaway"],
        never_names: &["sqlx", "rusqlite", "axum"],
        never_brings: &[],
    },
    Room {
        name: "platform-core-client",
        may_use: &["platform-core-api"],
        // A whole service on SQLite, in the process of the test.
        tests_may_use: &["domain", "server", "store", "store-sqlite"],
        never_names: &["sqlx", "axum", "rusqlite"],
        never_brings: &["sqlx", "axum", "rusqlite"],
    },
    Room {
        name: "auth-backend",
        may_use: &["platform-core-client"],
        tests_may_use: &["platform-core-api", "server"],
        never_names: &["sqlx", "rusqlite"],
        never_brings: &["sqlx", "rusqlite"],
    },
    Room { name: "throwaway", may_use: &[], tests_may_use: &[], never_names: &["axum"], never_brings: &[] },
    Room {
        name: "architecture",
        may_use: &[],
        tests_may_use: &[],
        never_names: &["tokio", "sqlx", "axum"],
        never_brings: &[],
    },
    Room {
        name: "bench",
        may_use: &[
            "domain",
            "platform-core-api",
            "platform-core-client",
            "store",
            "store-postgres",
            "store-sqlite",
            "server",
            "throwaway",
        ],
        tests_may_use: &[],
        never_names: &[],
        never_brings: &[],
    },
];

/// Licences that what we use may have, with why that is fine for a program under Apache-2.0.
pub(crate) const LICENCES: &[(&str, &str)] = &[
    ("Apache-2.0", "our own"),
    ("Apache-2.0 WITH LLVM-exception", "our own, with an exception that only gives more"),
    ("MIT", "permissive; keep the notice"),
    ("MIT-0", "permissive, without even the notice"),
    ("BSD-3-Clause", "permissive; keep the notice, do not use the authors' names"),
    ("BSD-2-Clause", "permissive; keep the notice"),
    ("ISC", "permissive; keep the notice"),
    ("Zlib", "permissive; mark changes"),
    ("0BSD", "permissive, without even the notice"),
    ("Unlicense", "public domain"),
    ("CC0-1.0", "public domain"),
    ("BSL-1.0", "permissive; binaries need no notice"),
    ("Unicode-3.0", "Unicode tables; keep the notice"),
    ("CDLA-Permissive-2.0", "root certificate lists: a licence for facts, permissive"),
];

/// Crates that must not come in, with the reason and what to use instead.
pub(crate) const BANNED: &[(&str, &str)] = &[
    ("openssl", "one TLS stack, without a system library: rustls with aws-lc-rs"),
    ("openssl-sys", "one TLS stack, without a system library: rustls with aws-lc-rs"),
    ("native-tls", "one TLS stack, without a system library: rustls with aws-lc-rs"),
    ("chrono", "one calendar: jiff"),
    ("anyhow", "errors are enums near their cause: thiserror"),
    ("eyre", "errors are enums near their cause: thiserror"),
    ("async-std", "one runtime: tokio"),
    ("serde_yaml", "configuration is TOML, the wire is JSON; the crate is abandoned"),
    ("log4rs", "tracing"),
    ("diesel", "SQL stands whole in the store crates"),
    ("sea-orm", "SQL stands whole in the store crates"),
    ("actix-web", "one HTTP stack: axum on hyper"),
];

/// Crates that are locked in more than one version, with who holds the older one. What is not listed may not appear twice; what is listed and no
/// longer appears twice must be taken off.
pub(crate) const DUPLICATES: &[(&str, &str)] = &[
    ("base64", "sqlx 0.9 and jsonwebtoken 11 hold 0.22, as we do; reqwest and hyper-util took 0.23"),
    ("bit-vec", "yasna under rcgen, in tests, holds 0.9"),
    ("block-buffer", "sqlx 0.9 holds sha2 0.10 and what it stands on"),
    ("cpufeatures", "sqlx 0.9 holds sha2 0.10 and what it stands on"),
    ("crypto-common", "sqlx 0.9 holds sha2 0.10 and what it stands on"),
    ("digest", "sqlx 0.9 holds sha2 0.10 and what it stands on"),
    ("getrandom", "ring 0.17, which only rcgen in tests uses, holds 0.2"),
    ("hashbrown", "sqlx 0.9 holds 0.16 by hashlink"),
    ("pem", "jsonwebtoken 11 holds 3; rcgen in tests took 4"),
    ("rand_core", "signature 2 names 0.6, switched off"),
    ("serde_spanned", "sqlx 0.9 reads sqlx.toml with toml 0.8"),
    ("sha2", "sqlx 0.9 holds 0.10 beside 0.11"),
    (
        "syn",
        "macro crates are moving from 2 to 3; sqlx-macros and tracing-attributes hold 2, and so do the house rules",
    ),
    ("synstructure", "asn1-rs under rcgen names 0.13, switched off"),
    ("toml", "sqlx 0.9 reads sqlx.toml with toml 0.8"),
    ("toml_datetime", "sqlx 0.9 reads sqlx.toml with toml 0.8"),
    ("toml_edit", "sqlx 0.9 reads sqlx.toml with toml 0.8"),
    ("untrusted", "aws-lc-rs 1.19 holds 0.7 beside webpki's 0.9"),
    ("winnow", "sqlx 0.9 reads sqlx.toml with toml 0.8"),
];
