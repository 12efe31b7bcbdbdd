//! A change of what an add-on grants, by how many companies it reaches: it must cost the same for a thousand as for a million.

use std::time::Duration;

use serde_json::Value;

use super::Stage;
use crate::dataset::{FEW, company_id};
use crate::number::{median, micros};
use crate::process::Served;
use crate::report::{Figure, Target};
use crate::{Outcome, client};

/// How often each change is made.
const TIMES: u32 = 20;

/// The longest that a change may take, in milliseconds.
const LONGEST_MS: f64 = 20.0;

/// Measures on a server; `store` names its store.
///
/// # Errors
/// When a change is refused, or does not reach the companies.
pub async fn measure(stage: &mut Stage, store: &str, served: &Served, key: &str) -> Outcome<()> {
    stage.say(&format!("catalog change, {store}"));
    let many = Addon::of(served, key, "finance").await?;
    let few = Addon::of(served, key, "ai").await?;
    let (mut took_many, mut took_few) = (Vec::new(), Vec::new());
    for turn in 0..TIMES {
        // The module is taken away in the last turn, so that the catalog is left as it was.
        let adds = turn % 2 == 0;
        took_many.push(many.change(served, key, adds).await?);
        many.check(served, key, stage.settings.companies - 1, adds).await?;
        took_few.push(few.change(served, key, adds).await?);
        few.check(served, key, 0, adds).await?;
    }
    let ms = |took: &[Duration]| -> Vec<f64> { took.iter().map(|took| micros(*took) / 1000.0).collect() };
    let (many, few) = (ms(&took_many), ms(&took_few));
    let longest = many.iter().copied().fold(0.0, f64::max);
    let million = scenario(store, stage.settings.companies);
    stage.figures.extend([
        Figure::alone(&million, "median, ms", median(many.clone()), Target::AtMost(LONGEST_MS)),
        Figure::alone(&million, "longest of 20, ms", longest, Target::AtMost(LONGEST_MS)),
        Figure::alone(&million, "median against that for 1,000 holders, ms", median(many), Target::RatioAtMost(1.5))
            .beside(&scenario(store, FEW.min(stage.settings.companies)), median(few)),
    ]);
    Ok(())
}

/// The scenario's name.
pub fn scenario(store: &str, holders: u64) -> String {
    format!("catalog change, {store}, {holders} holders")
}

struct Addon {
    key: &'static str,
    id: String,
}

impl Addon {
    async fn of(served: &Served, key: &str, addon: &'static str) -> Outcome<Self> {
        let answer = client::get(served.address, "/internal/catalog/addons", key).await?.json()?;
        let addons = answer.pointer("/data/addons").and_then(Value::as_array).ok_or("no add-ons")?;
        let found = addons.iter().find(|row| row.get("key").and_then(Value::as_str) == Some(addon));
        let id = found.and_then(|row| row.get("id")?.as_str()).ok_or_else(|| format!("no add-on `{addon}`"))?;
        Ok(Self { key: addon, id: id.to_owned() })
    }

    async fn change(&self, served: &Served, key: &str, adds: bool) -> Outcome<Duration> {
        let modules = if adds { format!(r#"["{}","venue"]"#, self.key) } else { format!(r#"["{}"]"#, self.key) };
        let path = format!("/internal/catalog/addons/{}", self.id);
        let answer =
            client::call(served.address, "PATCH", &path, key, &format!(r#"{{"moduleKeys":{modules}}}"#)).await?;
        answer.json()?;
        Ok(answer.took)
    }

    /// Checks that a holder has the module, or has it no longer, right after the change.
    async fn check(&self, served: &Served, key: &str, company: u64, adds: bool) -> Outcome<()> {
        let path = format!("/internal/companies/{}/entitlements", company_id(company));
        let answer = client::get(served.address, &path, key).await?.json()?;
        let modules = answer.pointer("/data/enabledModules").and_then(Value::as_array).ok_or("no modules")?;
        if modules.iter().any(|module| module == "venue") == adds {
            Ok(())
        } else {
            Err(format!("the change of `{}` did not reach company {company}: {answer}", self.key).into())
        }
    }
}
