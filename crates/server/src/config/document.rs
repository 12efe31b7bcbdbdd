//! The reference page of the configuration.

use std::fmt::Write as _;

use super::{
    auth, cache, database, environment::variable_for, feed, field::SectionText, limits, log, outgoing_webhooks, server,
    sweep,
};

const SECTIONS: [SectionText; 12] = [
    server::TEXT,
    server::TLS_TEXT,
    server::METRICS_TEXT,
    database::TEXT,
    auth::TEXT,
    auth::TOKENS_TEXT,
    cache::TEXT,
    feed::TEXT,
    outgoing_webhooks::TEXT,
    limits::TEXT,
    log::TEXT,
    sweep::TEXT,
];

const HEAD: &str = "# Configuration

One TOML file (`--config FILE`, or the variable `PLATFORM_CORE_CONFIG`), overridden by environment variables, overridden by flags.
The variable for a key is `PLATFORM_CORE__` and its path in capitals with two underscores for each dot: `PLATFORM_CORE__SERVER__LISTEN`
for `server.listen`. Lists stand in a variable as they stand in the file. Only `database.url` is required.

Unknown keys and variables, wrong values and unreadable files are refused at start, all at once; `platform-core check-config` says the
same without starting. Of variables that begin with `PLATFORM_CORE_` and not `PLATFORM_CORE__`, those with two underscores further on are refused too, as misspelt; all
others that are not named here are left alone, because orchestrators that know a service of this name set such variables (`PLATFORM_CORE_PORT`). Relative paths start at the working directory. A changed file takes effect at the next start, but for
certificates and key sets, which are read again while the service runs.

This page is made from the code; a test holds them together.
";

/// The reference page of the configuration, in Markdown.
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    for section in &SECTIONS {
        // Writing to a text cannot fail.
        let _written = write_section(&mut page, section);
    }
    page
}

fn write_section(page: &mut String, section: &SectionText) -> std::fmt::Result {
    let SectionText { path, about, fields } = section;
    write!(page, "\n## `[{path}]`\n\n{about}\n\n| key | value | default | |\n|---|---|---|---|\n")?;
    for field in *fields {
        let row = field.row();
        writeln!(page, "| `{}` | {} | {} | {} |", row.key, row.form, row.default, row.about)?;
    }
    let example = fields.first().map(|field| variable_for(&format!("{path}.{}", field.row().key)));
    example.map_or(Ok(()), |name| write!(page, "\nVariables: `{name}` and so on.\n"))
}
