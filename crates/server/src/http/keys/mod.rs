//! API keys of callers.

mod create;
mod list;
mod revoke;
mod view;

pub use create::*;
pub use list::*;
pub use revoke::*;

use super::App;

/// Lets this node know the keys as it left them, before it answers. Where that fails it hears of them like every other node.
async fn know(app: &App) {
    if let Err(error) = app.keys.refresh(&**app.core.store()).await {
        tracing::debug!(%error, "the keys are looked at again in a moment");
    }
}

/// Why `If-Match` does not work on keys.
const NO_VERSION: &str = "an API key has no version, it is made once and revoked once";
