//! Making and changing packages and add-ons.

use std::collections::BTreeSet;

use super::{LIFECYCLE, LIMITS, draft::Draft};
use crate::{
    Breach, ItemKind, ModuleKey, Patch, Reach, Refusal, RefusalCode,
    catalog::{CreateItem, Definition, Item, ItemEdit, Lifecycle, Profile, Revision},
};

/// Where the rules of an item's modules come from.
const MODULES: &str = "requirements 002 §7.2";

/// An item in the making.
pub(super) struct ItemDraft<'a, 'b> {
    item: Item,
    edit: &'a ItemEdit,
    draft: &'a mut Draft<'b>,
}

impl<'a, 'b> ItemDraft<'a, 'b> {
    pub(super) fn create(create: &'a CreateItem, draft: &'a mut Draft<'b>) -> Item {
        let (kind, key, edit, at) = (create.kind, create.key.clone(), &create.edit, draft.at);
        let name = draft.named(edit.name.as_ref(), kind.as_str(), key.as_str());
        // A nameless item is a breach, and so never leaves the draft.
        let name = name.unwrap_or_else(|| draft.actor.clone());
        let lifecycle = edit.lifecycle.unwrap_or(match edit.is_active {
            None | Some(true) => Lifecycle::Active,
            Some(false) => Lifecycle::Inactive,
        });
        let (description, profile) = (None, Profile::default());
        let (created_at, updated_at, revisions) = (at, at, Vec::new());
        let id = create.id;
        let item = Item { id, kind, key, name, description, lifecycle, profile, revisions, created_at, updated_at };
        let mut making = Self { item, edit, draft };
        if lifecycle == Lifecycle::Archived {
            making.draft.breach("lifecycleStatus", LIFECYCLE, "a new item cannot be archived; make it a draft");
        }
        making.agree_on_activity();
        making.describe();
        let definition = making.define(&Definition::default());
        let first =
            Revision { number: 1, reach: Reach::Existing, definition, epoch: 0, epoch_grown_at: at, created_at: at };
        making.item.revisions.push(first);
        making.item
    }

    /// # Errors
    /// [`Refusal`] when the actor may not retire the item.
    pub(super) fn update(known: &Item, edit: &'a ItemEdit, draft: &'a mut Draft<'b>) -> Result<Item, Refusal> {
        let mut making = Self { item: known.clone(), edit, draft };
        making.agree_on_activity();
        making.move_lifecycle()?;
        making.describe();
        making.revise();
        let Self { mut item, draft, .. } = making;
        item.updated_at = if item == *known { known.updated_at } else { draft.at };
        Ok(item)
    }

    fn agree_on_activity(&mut self) {
        let (lifecycle, is_active) = (self.edit.lifecycle, self.edit.is_active);
        if let (Some(lifecycle), Some(is_active)) = (lifecycle, is_active)
            && is_active != (lifecycle == Lifecycle::Active)
        {
            let message = format!(
                "isActive is {is_active}, but lifecycleStatus is `{}`; leave one of them out",
                lifecycle.as_str()
            );
            self.draft.breach("isActive", LIFECYCLE, message);
        }
    }

    fn move_lifecycle(&mut self) -> Result<(), Refusal> {
        let known = self.item.lifecycle;
        let next = match (self.edit.lifecycle, self.edit.is_active) {
            (Some(lifecycle), _) => lifecycle,
            (None, Some(true)) => Lifecycle::Active,
            (None, Some(false)) if known == Lifecycle::Active => Lifecycle::Inactive,
            (None, Some(false) | None) => known,
        };
        let (kind, key) = (self.item.kind.as_str(), &self.item.key);
        if !known.may_become(next) {
            let leads: Vec<&str> = Lifecycle::ALL
                .iter()
                .filter(|other| **other != known && known.may_become(**other))
                .map(|other| other.as_str())
                .collect();
            let leads = if leads.is_empty() { "nothing any more".to_owned() } else { leads.join(" or ") };
            let message = format!("{kind} `{key}` is {}: it may become {leads}, not {}", known.as_str(), next.as_str());
            self.draft.conflict("lifecycleStatus", LIFECYCLE, message);
            return Ok(());
        }
        let retires =
            next != known && matches!(next, Lifecycle::Inactive | Lifecycle::Deprecated | Lifecycle::Archived);
        let may = &self.item.profile.governance.retirers;
        if retires && !may.is_empty() && !may.contains(self.draft.actor) {
            let message = format!(
                "`{}` may not retire {kind} `{key}`; its retirers are named in its governance",
                self.draft.actor
            );
            return Err(Refusal::of(RefusalCode::Forbidden, vec![Breach::new("governance.retirers", message)]));
        }
        self.item.lifecycle = next;
        Ok(())
    }

    /// Everything but what it grants.
    fn describe(&mut self) {
        let edit = self.edit;
        let item = &mut self.item;
        item.name = edit.name.clone().unwrap_or_else(|| item.name.clone());
        item.description = edit.description.applied_to(item.description.as_ref());
        let profile = &mut item.profile;
        profile.visibility = edit.visibility.applied_to(profile.visibility.as_ref());
        profile.trial_days = edit.trial_days.applied_to(profile.trial_days.as_ref());
        profile.trial_group = edit.trial_group.applied_to(profile.trial_group.as_ref());
        profile.grace_days = edit.grace_days.applied_to(profile.grace_days.as_ref());
        replace(&mut profile.governance, edit.governance.as_ref());
        replace(&mut profile.attributes, edit.attributes.as_ref());
        replace(&mut profile.aliases, edit.aliases.as_ref());
        let own = &edit.own;
        profile.commercial_type = own.commercial_type.applied_to(profile.commercial_type.as_ref());
        profile.requires_base_package = own.requires_base_package.unwrap_or(profile.requires_base_package);
        replace(&mut profile.upgrade_targets, own.upgrade_targets.as_ref());
        replace(&mut profile.downgrade_targets, own.downgrade_targets.as_ref());
        profile.target_customer = own.target_customer.applied_to(profile.target_customer.as_ref());
        profile.business_problem = own.business_problem.applied_to(profile.business_problem.as_ref());
        profile.addon_kind = own.addon_kind.applied_to(profile.addon_kind.as_ref());
        profile.orientation = own.orientation.applied_to(profile.orientation.as_ref());
        profile.business_purpose = own.business_purpose.applied_to(profile.business_purpose.as_ref());
        replace(&mut profile.redundant_with, own.redundant_with.as_ref());
        for (list, is_none) in edit.none.iter().filter(|(list, _)| list.kind() == item.kind) {
            let _ = if *is_none { profile.none.insert(*list) } else { profile.none.remove(list) };
        }
        for (field, days, limit) in [("trialDays", profile.trial_days, 3_650), ("graceDays", profile.grace_days, 3_650)]
        {
            if days.is_some_and(|days| days == 0 || days > limit) {
                let message = format!("{field} must be 1 to {limit}; clear it with null for none");
                self.draft.breach(field, LIMITS, message);
            }
        }
    }

    /// Makes the next revision where what is granted differs, or where the same shall now reach existing holders.
    fn revise(&mut self) {
        let known = self.item.definition().cloned().unwrap_or_default();
        let definition = self.define(&known);
        let newest = self.item.newest();
        let widens = self.edit.reach == Some(Reach::Existing)
            && newest.is_some_and(|newest| newest.number > self.item.newest_existing());
        if newest.is_some() && definition == known && !widens {
            return;
        }
        let epoch = self.item.revisions.iter().map(|revision| revision.epoch).max().unwrap_or(0) + 1;
        let number = newest.map_or(0, |newest| newest.number) + 1;
        let (reach, at) = (self.edit.reach.unwrap_or(Reach::Existing), self.draft.at);
        self.item.revisions.push(Revision { number, reach, definition, epoch, epoch_grown_at: at, created_at: at });
    }

    fn define(&mut self, known: &Definition) -> Definition {
        let mut definition = known.clone();
        let edit = self.edit;
        if let Some(named) = &edit.modules {
            definition.modules = self.modules(named, "moduleKeys");
        }
        replace(&mut definition.permissions, edit.permissions.as_ref());
        replace(&mut definition.features, edit.features.as_ref());
        let own = &edit.own;
        replace(&mut definition.attached_permissions, own.attached_permissions.as_ref());
        replace(&mut definition.addons, own.addons.as_ref());
        let rules = &mut definition.rules;
        rules.standalone = own.standalone.applied_to(rules.standalone.as_ref());
        replace(&mut rules.compatible_packages, own.compatible_packages.as_ref());
        replace(&mut rules.compatible_modules, own.compatible_modules.as_ref());
        rules.requires = match &own.requires {
            Patch::Keep => rules.requires.clone(),
            Patch::Clear => None,
            Patch::Set(requirement) => Some(requirement.clone()),
        };
        replace(&mut rules.conflicts_with, own.conflicts_with.as_ref());
        self.only_its_own(&definition);
        definition
    }

    /// The keys of the modules that are named, by key or alias.
    fn modules(&mut self, named: &[ModuleKey], field: &'static str) -> BTreeSet<ModuleKey> {
        let mut set = BTreeSet::new();
        for name in named {
            let Some(key) = self.draft.next.module_named(name).map(|module| module.key.clone()) else {
                self.draft.breach(field, MODULES, format!("module `{name}` does not exist; create it first"));
                continue;
            };
            if !set.insert(key) {
                self.draft.breach(field, MODULES, format!("module `{name}` is named twice"));
            }
        }
        set
    }

    /// What only the other kind has must not be said.
    fn only_its_own(&mut self, definition: &Definition) {
        let profile = &self.item.profile;
        let rules = &definition.rules;
        let (not_its_own, other, source) = match self.item.kind {
            ItemKind::Package => (
                [
                    ("kind", profile.addon_kind.is_some()),
                    ("orientation", profile.orientation.is_some()),
                    ("businessPurpose", profile.business_purpose.is_some()),
                    ("redundantWith", !profile.redundant_with.is_empty()),
                    ("standalone", rules.standalone.is_some()),
                    ("compatiblePackages", !rules.compatible_packages.is_empty()),
                    ("compatibleModules", !rules.compatible_modules.is_empty()),
                    ("requires", rules.requires.is_some()),
                    ("conflictsWith", !rules.conflicts_with.is_empty()),
                ]
                .to_vec(),
                "add-on",
                "requirements 000 §4",
            ),
            ItemKind::Addon => (
                [
                    ("commercialType", profile.commercial_type.is_some()),
                    ("requiresBasePackage", profile.requires_base_package),
                    ("upgradeTargets", !profile.upgrade_targets.is_empty()),
                    ("downgradeTargets", !profile.downgrade_targets.is_empty()),
                    ("targetCustomer", profile.target_customer.is_some()),
                    ("businessProblem", profile.business_problem.is_some()),
                    ("addons", !definition.addons.is_empty()),
                    ("attachedPermissions", !definition.attached_permissions.is_empty()),
                ]
                .to_vec(),
                "package",
                "requirements 002 §4.2",
            ),
        };
        for (field, said) in not_its_own {
            if said {
                self.draft.breach(field, source, format!("only a {other} has {field}"));
            }
        }
    }
}

fn replace<T: Clone>(field: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        field.clone_from(value);
    }
}
