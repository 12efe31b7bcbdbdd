//! Which catalog commands the rules accept, and what they make.

use std::collections::BTreeSet;

use domain::{
    CatalogCommand, CreateItem, CreateModule, ItemEdit, ItemKind, Lifecycle, ModuleEdit, ModuleKey, ModuleKind, Reach,
    Uuid,
};

use super::{
    Fact, Module, Oracle, Sold,
    judge::{Verdict, patched},
};

fn alike(one: &str, other: &str) -> bool {
    one.replace('_', "-") == other.replace('_', "-")
}

impl Oracle {
    /// What the rules say of a catalog command; `held` says whether somebody holds something sold.
    pub(in super::super) fn judge_catalog(&self, command: &CatalogCommand, held: impl Fn(&Sold) -> bool) -> Verdict {
        match command {
            CatalogCommand::CreateModule(create) => self.judge_new_module(create),
            CatalogCommand::UpdateModule { id, edit } => self.judge_module(*id, edit),
            CatalogCommand::CreateItem(create) => self.judge_new_item(create),
            CatalogCommand::UpdateItem { kind, id, edit } => self.judge_item(*kind, *id, edit, held),
            CatalogCommand::CreateFeature { .. }
            | CatalogCommand::UpdateFeature { .. }
            | CatalogCommand::CreatePermission { .. }
            | CatalogCommand::UpdatePermission { .. }
            | CatalogCommand::SetPolicy(_) => Verdict::Unjudged,
        }
    }

    fn judge_new_module(&self, create: &CreateModule) -> Verdict {
        let CreateModule { id, key, kind, edit } = create;
        let taken = self.modules(self.log.len()).into_keys().any(|known| alike(&known, key.as_str()));
        let module = Module {
            key: key.to_string(),
            id: *id,
            base: *kind == ModuleKind::Base,
            active: edit.is_active.unwrap_or(true),
            name: edit.name.as_ref().map(ToString::to_string).unwrap_or_default(),
            description: patched(&edit.description, None, |text| text.to_string()),
        };
        Verdict::of(taken.then_some("conflict").into_iter().collect(), vec![Fact::Module(module)], false)
    }

    fn judge_module(&self, id: Uuid, edit: &ModuleEdit) -> Verdict {
        let Some(before) = self.modules(self.log.len()).into_values().find(|module| module.id == id) else {
            return Verdict::refused("not_found");
        };
        let module = Module {
            name: edit.name.as_ref().map_or(before.name.clone(), ToString::to_string),
            description: patched(&edit.description, before.description.clone(), |text| text.to_string()),
            active: edit.is_active.unwrap_or(before.active),
            ..before.clone()
        };
        Verdict::of(BTreeSet::new(), vec![Fact::Module(module.clone())], module == before)
    }

    fn judge_new_item(&self, create: &CreateItem) -> Verdict {
        let CreateItem { id, kind, key, edit } = create;
        let name_of = (*kind == ItemKind::Package, key.to_string());
        let taken =
            self.sold(self.log.len()).into_keys().any(|(kind, known)| kind == name_of.0 && alike(&known, &name_of.1));
        let modules = edit.modules.clone().unwrap_or_default();
        let mut broken = self.broken_set(name_of.0, &modules, true);
        broken.extend(taken.then_some("conflict"));
        let credits = edit.features.iter().flatten().filter(|(key, _)| key.as_str() == "sms");
        let sold = Sold {
            name_of,
            id: *id,
            lifecycle: if edit.is_active.unwrap_or(true) { "active" } else { "inactive" }.to_owned(),
            name: edit.name.as_ref().map(ToString::to_string).unwrap_or_default(),
            description: patched(&edit.description, None, |text| text.to_string()),
            leads: BTreeSet::new(),
            credits: credits
                .map(|(_, value)| if let domain::FeatureValue::Amount(amount) = value { *amount } else { 0 })
                .sum(),
            sets: vec![(modules.iter().map(ToString::to_string).collect(), true)],
        };
        Verdict::of(broken, vec![Fact::Sold(sold)], false)
    }

    fn judge_item(&self, kind: ItemKind, id: Uuid, edit: &ItemEdit, held: impl Fn(&Sold) -> bool) -> Verdict {
        let package = kind == ItemKind::Package;
        let mut known = self.sold(self.log.len()).into_values();
        let Some(before) = known.find(|sold| sold.name_of.0 == package && sold.id == id) else {
            return Verdict::refused("not_found");
        };
        let mut broken = BTreeSet::new();
        let was = before.lifecycle.as_str();
        let lifecycle = match (edit.lifecycle.map(Lifecycle::as_str), edit.is_active) {
            (Some(word), _) => word,
            (None, Some(true)) => "active",
            (None, Some(false)) if was == "active" => "inactive",
            (None, Some(false) | None) => was,
        };
        let leads = match was {
            "active" => ["active", "inactive", "deprecated"].contains(&lifecycle),
            "archived" => lifecycle == "archived",
            other => lifecycle == other || ["active", "archived"].contains(&lifecycle),
        };
        if !leads || (lifecycle == "archived" && was != "archived" && held(&before)) {
            broken.insert("conflict");
        }
        let leads_here = |other: &Sold| {
            package && other.name_of.0 && other.lifecycle != "archived" && other.leads.contains(&before.name_of.1)
        };
        if lifecycle == "archived" && self.sold(self.log.len()).values().any(leads_here) {
            broken.insert("validation");
        }
        let mut after = Sold {
            name: edit.name.as_ref().map_or(before.name.clone(), ToString::to_string),
            description: patched(&edit.description, before.description.clone(), |text| text.to_string()),
            lifecycle: lifecycle.to_owned(),
            ..before.clone()
        };
        let targets = [&edit.own.upgrade_targets, &edit.own.downgrade_targets];
        after.leads.extend(targets.into_iter().flatten().flatten().map(ToString::to_string));
        let newest = before.sets.last().cloned().unwrap_or_default();
        if let Some(modules) = &edit.modules {
            broken.extend(self.broken_set(package, modules, lifecycle != "archived"));
        }
        let set = edit.modules.as_ref().map_or(newest.0.clone(), |keys| keys.iter().map(ToString::to_string).collect());
        let existing = edit.reach.is_none_or(|reach| reach == Reach::Existing);
        if set != newest.0 || (edit.reach.is_some() && existing && !newest.1) {
            after.sets.push((set, existing));
        }
        Verdict::of(broken, vec![Fact::Sold(after.clone())], after == before)
    }

    /// What is wrong with a module set: unknown keys, keys named twice, base modules where they may not be. Of what is archived, what
    /// it would grant is no matter any more.
    fn broken_set(&self, package: bool, keys: &[ModuleKey], is_live: bool) -> BTreeSet<&'static str> {
        let modules = self.modules(self.log.len());
        let named: BTreeSet<&str> = keys.iter().map(ModuleKey::as_str).collect();
        let unknown = named.iter().any(|key| !modules.contains_key(*key));
        let base = named.iter().filter(|key| modules.get(**key).is_some_and(|module| module.base)).count();
        let wrong = unknown || named.len() < keys.len() || (is_live && base > usize::from(package));
        wrong.then_some("validation").into_iter().collect()
    }
}
