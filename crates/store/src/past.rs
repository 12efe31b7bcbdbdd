//! The past, rebuilt from history: what a company had and what the catalog was after a number of rows.

use domain::{Catalog, CompanyId, CompanyState, Entry, Item, Record, Revision, Timestamp, version_at};

use crate::{
    CatalogLine, CompanyLine,
    record::{CatalogPayload, CompanyPayload, RecordError},
};

/// A company as its history tells it.
#[derive(Clone, Debug)]
pub struct PastCompany {
    /// The rows, grants and profile, with the write sequence of the last row taken in. Credits are not told.
    pub state: CompanyState,
    /// Of the last row that decides an answer, where it does not say the version base itself: the version and the instant of its write.
    /// Rows written before schema version 4 do not.
    pub unsaid_base: Option<(u64, Timestamp)>,
}

impl PastCompany {
    /// A company before its first row.
    pub fn unknown(company: CompanyId) -> Self {
        Self { state: CompanyState::unknown(company), unsaid_base: None }
    }

    /// Takes in the next row, as it was written.
    ///
    /// # Errors
    /// [`RecordError`] when the row cannot be read.
    pub fn take(&mut self, line: &CompanyLine) -> Result<(), RecordError> {
        let payload = CompanyPayload::from_json(&line.payload)?;
        self.take_read(line, &payload)
    }

    /// Takes in the next row, if it decides what was answered at `at`. What time made does not: the answer then was what it is without.
    ///
    /// # Errors
    /// [`RecordError`] when the row cannot be read.
    pub fn take_until(&mut self, at: Timestamp, line: &CompanyLine) -> Result<(), RecordError> {
        if line.created_at > at {
            return Ok(());
        }
        let payload = CompanyPayload::from_json(&line.payload)?;
        if payload.is_by_time() { Ok(()) } else { self.take_read(line, &payload) }
    }

    fn take_read(&mut self, line: &CompanyLine, payload: &CompanyPayload) -> Result<(), RecordError> {
        let (before, after) = payload.to_records()?;
        let decides = match (before, after) {
            (_, Some(Record::Holding(row))) => {
                let rows = &mut self.state.holdings;
                match rows.binary_search_by(|known| known.terms.item.cmp(&row.terms.item)) {
                    Ok(place) => rows.get_mut(place).into_iter().for_each(|known| *known = (*row).clone()),
                    Err(place) => rows.insert(place, *row),
                }
                true
            }
            (None, Some(Record::Grant(grant))) => {
                let place = self.state.grants.partition_point(|known| known.terms.id < grant.terms.id);
                self.state.grants.insert(place, grant);
                true
            }
            (Some(Record::Grant(grant)), None) => {
                self.state.grants.retain(|known| known.terms.id != grant.terms.id);
                true
            }
            (_, Some(Record::Profile(profile))) => {
                self.state.profile = profile;
                false
            }
            // A repair says neither.
            (None, None) => line.change_type == "entitlement_repaired",
            (_, Some(Record::Grant(_) | Record::Credit(_)))
            | (Some(Record::Holding(_) | Record::Credit(_) | Record::Profile(_)), None) => false,
        };
        self.state.write_seq = line.write_seq;
        match payload.base() {
            Some((base, written_at)) => {
                (self.state.version_base, self.state.last_write_at) = (base, written_at);
                self.unsaid_base = None;
            }
            None if decides => {
                self.state.last_write_at = line.created_at;
                self.unsaid_base = Some((line.version, line.created_at));
            }
            None => {}
        }
        Ok(())
    }

    /// Completes the version base where the rows do not say it, with the catalog of the instant that `unsaid_base` names.
    pub fn complete(&mut self, catalog: &Catalog) {
        let Some((version, at)) = self.unsaid_base.take() else { return };
        self.state.version_base = 0;
        let moving = version_at(&self.state.standing(), catalog, at);
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.state.version_base = signed(version).saturating_sub(signed(moving));
    }
}

/// The catalog as its history tells it.
#[derive(Clone, Debug)]
pub struct PastCatalog {
    catalog: Catalog,
    /// Of the change whose rows are being taken in: its revisions.
    revisions: Vec<(String, String, Revision)>,
}

impl PastCatalog {
    /// The catalog of a new database.
    pub fn empty() -> Self {
        Self { catalog: Catalog::empty(), revisions: Vec::new() }
    }

    /// The catalog after a number of changes, to go on from.
    pub fn of(catalog: Catalog) -> Self {
        Self { catalog, revisions: Vec::new() }
    }

    /// The catalog after the rows taken in.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Takes in the next row.
    ///
    /// # Errors
    /// [`RecordError`] when the row cannot be read: rows written at schema version 1 do not say everything.
    pub fn take(&mut self, line: &CatalogLine) -> Result<(), RecordError> {
        let payload = CatalogPayload::from_json(&line.payload)?;
        if line.part == 0 {
            self.revisions.clear();
            for (kind, key, revision) in &payload.revisions {
                self.revisions.push((kind.clone(), key.clone(), revision.to_revision()?));
            }
        }
        self.catalog.generation = line.generation;
        self.catalog.changed_at = line.created_at;
        let entry = payload.after.to_entry(Vec::new())?;
        let entry = match entry {
            Entry::Item(mut item) => {
                item.revisions =
                    self.catalog.item(&item.reference()).map_or_else(Vec::new, |known| known.revisions.clone());
                Entry::Item(item)
            }
            Entry::Module(_) | Entry::Permission(_) | Entry::Feature(_) | Entry::Policy(_) => entry,
        };
        self.catalog.put(entry);
        for grown in &payload.grown {
            self.catalog.put(grown.to_entry(Vec::new())?);
        }
        self.revise();
        Ok(())
    }

    /// Puts the change's revisions into the items that are there already.
    fn revise(&mut self) {
        let revised: Vec<Item> = self.catalog.all_items().filter_map(|item| self.revised(item)).collect();
        for item in revised {
            self.catalog.put(Entry::Item(Box::new(item)));
        }
    }

    fn revised(&self, item: &Item) -> Option<Item> {
        let (kind, key) = (item.kind.as_str(), item.key.as_str());
        let mut next = None;
        for (_, _, revision) in self.revisions.iter().filter(|(of, named, _)| of == kind && named == key) {
            let next: &mut Item = next.get_or_insert_with(|| item.clone());
            match next.revisions.iter_mut().find(|known| known.number == revision.number) {
                Some(known) => known.clone_from(revision),
                None => next.revisions.push(revision.clone()),
            }
        }
        next
    }
}
