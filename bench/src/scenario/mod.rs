//! What is measured. Each scenario gives figures; rounds of the program and of its floor alternate, and which of the two goes first
//! alternates too, so that a drift of the machine falls on both.

pub mod cached_read;
pub mod catalog_change;
pub mod memory;
pub mod preview;
pub mod uncached_read;
pub mod write;

use std::ops::Range;
use std::path::PathBuf;

use crate::Outcome;
use crate::load::{Load, Order, Template};
use crate::process::{self, Served};
use crate::report::{Figure, Pair, Round};
use crate::settings::Settings;

/// What all scenarios share.
#[derive(Debug)]
pub struct Stage {
    /// How large the run is.
    pub settings: Settings,
    /// The program that serves the floors.
    pub bench: PathBuf,
    /// Where databases and logs lie.
    pub folder: PathBuf,
    /// Figures so far.
    pub figures: Vec<Figure>,
    /// Remarks so far.
    pub remarks: Vec<String>,
}

/// Something that is asked over HTTP for a round.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Who.
    pub served: &'a Served,
    /// What.
    pub template: &'a Template,
    /// The process of the database server behind it, whose processor time counts too.
    pub database: Option<u32>,
}

impl Stage {
    /// The companies of the dataset.
    pub fn companies(&self) -> Range<u64> {
        0..self.settings.companies
    }

    /// Asks a target about random companies for one round.
    ///
    /// # Errors
    /// When it cannot be asked, or nothing comes back.
    pub async fn round(
        &mut self,
        target: Target<'_>,
        among: Range<u64>,
        connections: u32,
        seed: u64,
    ) -> Outcome<Round> {
        let Target { served, template, database } = target;
        let order = Order::Random { among, seed };
        let load = Load {
            target: served.address,
            template: template.clone(),
            connections,
            duration: self.settings.round(),
            order,
        };
        let family = |pid: Option<u32>| pid.map(process::family_cpu_us).transpose();
        let (cpu_before, database_before) = (served.cpu_us()?, family(database)?);
        let tally = load.drive().await?;
        let (cpu_after, database_after) = (served.cpu_us()?, family(database)?);
        if tally.requests() == 0 {
            return Err("nothing was answered in a whole round".into());
        }
        if !tally.failures().is_empty() {
            self.remarks.push(format!(
                "answers that were no success, by status: {:?} of {}",
                tally.failures(),
                tally.requests()
            ));
        }
        let mut round = Round::of(&tally, cpu_after - cpu_before);
        if let (Some(before), Some(after)) = (database_before, database_after) {
            round.database_cpu_us = crate::number::real(after - before) / crate::number::real(tally.requests());
        }
        Ok(round)
    }

    /// Asks about each company of a range once, to fill a cache.
    ///
    /// # Errors
    /// When an answer is no success.
    pub async fn ask_each(&self, served: &Served, template: &Template, among: Range<u64>) -> Outcome<()> {
        let order = Order::each(among);
        let duration = std::time::Duration::from_hours(1);
        let load = Load { target: served.address, template: template.clone(), connections: 16, duration, order };
        let tally = load.drive().await?;
        let failures = tally.failures();
        if failures.is_empty() { Ok(()) } else { Err(format!("answers that were no success: {failures:?}").into()) }
    }

    /// Two targets in turns, asked about the same companies.
    ///
    /// # Errors
    /// When one of them fails.
    pub async fn pairs(
        &mut self,
        ours: Target<'_>,
        floor: Target<'_>,
        among: Range<u64>,
        connections: u32,
    ) -> Outcome<Vec<Pair>> {
        let mut pairs = Vec::new();
        for round in 0..self.settings.rounds {
            let seed = u64::from(round) + 1;
            let pair = if round % 2 == 0 {
                let ours = self.round(ours, among.clone(), connections, seed).await?;
                Pair { ours, floor: self.round(floor, among.clone(), connections, seed).await? }
            } else {
                let floor = self.round(floor, among.clone(), connections, seed).await?;
                Pair { ours: self.round(ours, among.clone(), connections, seed).await?, floor }
            };
            pairs.push(pair);
        }
        Ok(pairs)
    }

    /// A target in turns with something else that only says how many a second it did.
    ///
    /// # Errors
    /// When one of them fails.
    pub async fn pairs_with(
        &mut self,
        ours: Target<'_>,
        connections: u32,
        mut floor: impl FnMut(u64) -> Outcome<Round>,
    ) -> Outcome<Vec<Pair>> {
        let mut pairs = Vec::new();
        let among = self.companies();
        for round in 0..self.settings.rounds {
            let seed = u64::from(round) + 1;
            let pair = if round % 2 == 0 {
                let ours = self.round(ours, among.clone(), connections, seed).await?;
                Pair { ours, floor: floor(seed)? }
            } else {
                let floor = floor(seed)?;
                Pair { ours: self.round(ours, among.clone(), connections, seed).await?, floor }
            };
            pairs.push(pair);
        }
        Ok(pairs)
    }

    /// Says on the terminal what is going on.
    pub fn say(&self, what: &str) {
        eprintln!("bench: {what}");
    }
}

/// The read of a company's entitlements.
pub fn entitlements(key: &str) -> Template {
    Template::get("/internal/companies/{company}/entitlements", key)
}
