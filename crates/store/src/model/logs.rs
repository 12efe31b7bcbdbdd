//! History as it would be stored, in the model store.

use std::collections::BTreeMap;

use domain::{CatalogChange, ChangeSet, CompanyId, CompanyState, Uuid};

use super::census::Shapes;
use crate::{CatalogHead, CatalogLine, CompanyHead, CompanyLine, catalog_lines, chain::Hash, company_lines};

#[derive(Default)]
pub(super) struct Logs {
    companies: BTreeMap<CompanyId, Vec<CompanyLine>>,
    catalog: Vec<CatalogLine>,
}

impl Logs {
    pub(super) fn record(&mut self, changes: &ChangeSet, request_id: &str, head: Option<Hash>) {
        let lines = company_lines(changes, request_id, head, Uuid::new_v4);
        self.companies.entry(changes.company_id).or_default().extend(lines);
    }

    pub(super) fn record_catalog(&mut self, change: &CatalogChange, request_id: &str) {
        let head = self.catalog.last().and_then(|line| line.hash);
        self.catalog.extend(catalog_lines(change, request_id, head, Uuid::new_v4));
    }

    pub(super) fn of(&self, company: CompanyId, after: (u64, u32), limit: usize) -> Vec<CompanyLine> {
        let own = self.companies.get(&company).into_iter().flatten();
        own.filter(|line| (line.write_seq, line.part) > after).take(limit).cloned().collect()
    }

    pub(super) fn of_catalog(&self, after: (u64, u32), limit: usize) -> Vec<CatalogLine> {
        self.catalog.iter().filter(|line| (line.generation, line.part) > after).take(limit).cloned().collect()
    }

    /// The link of the newest row of a company's history.
    pub(super) fn head(&self, company: CompanyId) -> Option<Hash> {
        self.companies.get(&company)?.last()?.hash
    }

    pub(super) fn company_head(&self, state: &CompanyState, shapes: &Shapes) -> CompanyHead {
        let last = self.companies.get(&state.company_id).and_then(|lines| lines.last());
        CompanyHead {
            company_id: state.company_id,
            write_seq: state.write_seq,
            version: last.map_or(0, |line| line.version),
            hash: last.and_then(|line| line.hash),
            chained_from: 1,
            shape: shapes.stored(state.company_id),
        }
    }

    pub(super) fn catalog_head(&self, generation: u64) -> CatalogHead {
        CatalogHead { generation, hash: self.catalog.last().and_then(|line| line.hash), chained_from: 1 }
    }
}
