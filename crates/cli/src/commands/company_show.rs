//! `platform-core company show`.

use server::admin::{self, CompanySheet};

use super::{block_on, configuration};
use crate::{
    args::ShowCompany,
    output::{Failed, print},
};

pub(super) fn run(args: ShowCompany) -> Result<(), Failed> {
    let id = admin::company_id(&args.id)
        .ok_or_else(|| Failed::Usage(format!("`{}` is not a company: give its UUID in canonical form", args.id)))?;
    let config = configuration(args.configured, None)?;
    let sheet = block_on(async { admin::show_company(&config.database, id).await.map_err(Failed::because) })?;
    match sheet {
        Some(sheet) => print(&text(&sheet)),
        None => Err(Failed::Because(format!("company {id} was never written"))),
    }
}

fn text(sheet: &CompanySheet) -> String {
    let owned = &sheet.entitlements;
    let or_none = |list: Vec<String>| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
    let addons = owned.addons.iter().map(|addon| addon.key.clone()).collect();
    let valid = owned.valid_until.map_or("no end in sight".to_owned(), |until| format!("until {until}"));
    let mut text = format!(
        "Company {}\n  base package     {}\n  add-ons          {}\n  enabled modules  {}\n  version          {} (changed {})\n  holds            {valid}\n",
        owned.company_id,
        owned.base_package.as_deref().unwrap_or("none"),
        or_none(addons),
        or_none(owned.enabled_modules.clone()),
        owned.entitlement_version,
        owned.updated_at,
    );
    text.push_str("\nRows\n");
    let rows = sheet.rows.iter().flat_map(|row| ["  ", row, "\n"]);
    text + &rows.collect::<String>()
}
