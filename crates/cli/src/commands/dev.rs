//! `platform-core dev`.

use std::{
    fs,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use api::{RoleWord, request::CreateKey};
use server::{
    admin::{self, EXAMPLE_COMPANY},
    config::{Config, DatabaseUrl, LogFormat, LogLevel, Overrides},
    startup::Service,
    telemetry::{LogSink, init_logging},
};

use super::{block_on, serve::stop_signal};
use crate::{
    args::Dev,
    output::{Failed, print},
};

/// The file that keeps the development keys, one `NAME=key` a line.
const KEYS_FILE: &str = "dev-keys.env";

const ROLES: [(&str, &str, RoleWord); 3] = [
    ("PLATFORM_CORE_AUTH_KEY", "dev-auth", RoleWord::Auth),
    ("PLATFORM_CORE_ADMIN_KEY", "dev-admin", RoleWord::Admin),
    ("PLATFORM_CORE_JOB_KEY", "dev-job", RoleWord::Job),
];

pub(super) fn run(args: &Dev) -> Result<(), Failed> {
    let config = development(args)?;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&args.data)
        .map_err(|error| Failed::Because(format!("cannot make the folder `{}`: {error}", args.data.display())))?;
    let sink = LogSink::to(std::io::stderr()).map_err(Failed::because)?;
    init_logging(sink.clone(), config.log.format, config.log.level);
    block_on(async {
        admin::migrate(&config.database, true).await.map_err(Failed::because)?;
        let keys = development_keys(&config.database, &args.data.join(KEYS_FILE)).await?;
        let service = Service::start(config, sink).await.map_err(Failed::because)?;
        admin::make_example_company(service.app()).await.map_err(Failed::because)?;
        let stop = stop_signal()?;
        announce(&service, &keys, &args.data)?;
        service.run(stop).await;
        Ok(())
    })
}

/// The configuration of a development service: the embedded store, readable logs, metrics on their usual port, webhooks to anywhere.
fn development(args: &Dev) -> Result<Config, Failed> {
    let database = args.data.join("platform-core.db");
    let overrides =
        Overrides { listen: Some(args.listen.clone()), database_url: Some(format!("sqlite:{}", database.display())) };
    let is_ours = |name: &String| name.starts_with("PLATFORM_CORE__");
    let variables =
        std::env::vars_os().filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok()));
    let mut config = Config::load(None, variables.filter(|(name, _)| is_ours(name)), overrides)
        .map_err(|errors| Failed::Many(errors.iter().map(|error| format!("configuration: {error}")).collect()))?;
    config.log.format = LogFormat::Text;
    // Endpoints of whoever develops are on the same machine, without certificates.
    (config.outgoing_webhooks.allow_http, config.outgoing_webhooks.allow_private) = (true, true);
    if config.log.level == LogLevel::Info {
        config.log.level = LogLevel::Warn;
    }
    Ok(config)
}

/// The development keys: those of the file, or new ones in a new file that only its owner may read.
async fn development_keys(database: &DatabaseUrl, file: &Path) -> Result<Vec<(String, String)>, Failed> {
    let failed = |error| Failed::Because(format!("`{}`: {error}", file.display()));
    if let Ok(text) = fs::read_to_string(file) {
        let pair = |line: &str| line.split_once('=').map(|(name, key)| (name.to_owned(), key.to_owned()));
        return Ok(text.lines().filter_map(pair).collect());
    }
    let mut keys = Vec::new();
    for (variable, name, role) in ROLES {
        let request = CreateKey { name: name.to_owned(), role, scopes: Vec::new(), expires_at: None };
        let secret = admin::create_key(database, &request).await.map_err(Failed::because)?;
        keys.push((variable.to_owned(), secret.reveal().clone()));
    }
    let mut options = fs::OpenOptions::new();
    let mut written = options.write(true).create_new(true).mode(0o600).open(file).map_err(failed)?;
    for (name, key) in &keys {
        writeln!(written, "{name}={key}").map_err(failed)?;
    }
    print("Development keys, shown once:\n")?;
    for (name, key) in &keys {
        print(&format!("  {name}={key}\n"))?;
    }
    Ok(keys)
}

fn announce(service: &Service, keys: &[(String, String)], data: &Path) -> Result<(), Failed> {
    let api = service.api_address().map_or_else(String::new, |address| address.to_string());
    let metrics = service.metrics_address().map_or("off".to_owned(), |address| format!("http://{address}/metrics"));
    let key = keys.iter().find(|(name, _)| name == "PLATFORM_CORE_AUTH_KEY").map_or("", |(_, key)| key);
    print(&format!(
        "\nplatform-core is ready.\n  API      http://{api}   (documentation: http://{api}/docs)\n  Metrics  {metrics}\n  \
         Keys     {}\n\nWhat does the example company own right now?\n\n  \
         curl -H 'X-Internal-API-Key: {key}' http://{api}/internal/companies/{EXAMPLE_COMPANY}/entitlements\n\n",
        data.join(KEYS_FILE).display(),
    ))
}
