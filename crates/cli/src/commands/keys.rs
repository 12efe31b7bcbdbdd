//! `platform-core keys create`, `list` and `revoke`.

use api::{Instant, RoleWord, request::CreateKey as KeyRequest};
use server::admin::{self, AdminError, KeyLine};

use super::{block_on, configuration};
use crate::{
    args::{Configured, CreateKey, RevokeKey, RoleName},
    output::{Failed, print},
};

pub(super) fn create(args: CreateKey) -> Result<(), Failed> {
    let expires_at = args.expires.as_deref().map(expiry).transpose()?;
    let config = configuration(args.configured, None)?;
    let role = match args.role {
        RoleName::Auth => RoleWord::Auth,
        RoleName::Admin => RoleWord::Admin,
        RoleName::Job => RoleWord::Job,
    };
    let request = KeyRequest { name: args.name, role, scopes: args.scopes, expires_at };
    let secret = block_on(async { admin::create_key(&config.database, &request).await.map_err(refused) })?;
    print(&format!("{}\n", secret.reveal()))
}

pub(super) fn list(args: Configured) -> Result<(), Failed> {
    let config = configuration(args, None)?;
    let keys = block_on(async { admin::list_keys(&config.database).await.map_err(Failed::because) })?;
    print(&table(&keys))
}

pub(super) fn revoke(args: RevokeKey) -> Result<(), Failed> {
    let config = configuration(args.configured, None)?;
    let revoked =
        block_on(async { admin::revoke_keys(&config.database, &args.name_or_id).await.map_err(Failed::because) })?;
    let lines = revoked.iter().map(|key| format!("revoked {} ({})\n", key.id, key.name));
    print(&lines.collect::<String>())
}

/// A key that could never be made is a mistake in what was asked; a database that does not answer is not.
fn refused(error: AdminError) -> Failed {
    match error {
        AdminError::NoSuchScope(_) | AdminError::Key(_) => Failed::Usage(error.to_string()),
        AdminError::Store(_) | AdminError::NoSuchKey(_) | AdminError::Told(_) => Failed::because(error),
    }
}

/// An instant, or a day in UTC.
fn expiry(text: &str) -> Result<Instant, Failed> {
    let instant = Instant::parse(text).or_else(|error| Instant::parse(&format!("{text}T00:00:00Z")).map_err(|_| error));
    instant.map_err(|error| Failed::Usage(format!("--expires `{text}` {error}, or a day such as `2027-01-01`")))
}

fn table(keys: &[KeyLine]) -> String {
    let heads = ["ID", "NAME", "ROLE", "SCOPES", "STATE", "CREATED", "EXPIRES", "LAST USED"].map(str::to_owned);
    let instant = |instant: Option<Instant>| instant.map_or_else(|| "-".to_owned(), |instant| instant.to_string());
    let row = |key: &KeyLine| {
        let scopes = if key.scopes.is_empty() { "-".to_owned() } else { key.scopes.join(",") };
        let (created, expires, used) =
            (instant(Some(key.created_at)), instant(key.expires_at), instant(key.last_used_at));
        [key.id.to_string(), key.name.clone(), key.role.clone(), scopes, key.state.to_owned(), created, expires, used]
    };
    let rows: Vec<_> = std::iter::once(heads).chain(keys.iter().map(row)).collect();
    let mut widths = [0; 8];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
