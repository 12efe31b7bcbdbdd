//! One thing that is wrong with the configuration.

use std::fmt;

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigError {
    /// The path of the key, such as `server.tls.certificate_file`, or the file or variable when there is no key.
    pub path: String,
    /// What is wrong and what to do, in one sentence that shows no secret.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for ConfigError {}
