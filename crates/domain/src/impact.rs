//! What a catalog change would do, and to how many companies: judged once for each shape, counted for all.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Catalog, CompanyId, Evaluation, FeatureKey, FeatureValue, ItemKey, ItemRef, ModuleKey, Shape, Standing, Timestamp,
};
use uuid::Uuid;

/// How many companies gain something, lose it, or have it with another value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Companies that did not have it and will.
    pub gained: u64,
    /// Companies that had it and will not.
    pub lost: u64,
    /// Companies that have it with another value.
    pub changed: u64,
}

/// What a catalog change would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// Companies whose answer, features or eligibility differ.
    pub companies: u64,
    /// Companies looked at.
    pub looked_at: u64,
    /// By module.
    pub modules: BTreeMap<ModuleKey, Moved>,
    /// By permission, and by family such as `finance.*`.
    pub permissions: BTreeMap<String, Moved>,
    /// By feature.
    pub features: BTreeMap<FeatureKey, Moved>,
    /// Add-ons that companies own or have included and that stop or begin to work.
    pub addons: BTreeMap<ItemKey, Moved>,
    /// The shapes of the companies that differ.
    pub shapes: Vec<Shape>,
}

/// What of an evaluation is compared.
#[derive(PartialEq)]
struct Owned {
    modules: BTreeSet<ModuleKey>,
    permissions: BTreeSet<String>,
    features: BTreeMap<FeatureKey, FeatureValue>,
    addons: BTreeSet<ItemKey>,
    base: Option<ItemKey>,
}

impl Impact {
    /// Compares two catalogs over the shapes of all companies.
    pub fn of(before: &Catalog, after: &Catalog, shapes: &[(Shape, u64)]) -> Self {
        Self::compare(shapes, |standing| [owned(standing, before), owned(standing, after)])
    }

    /// Compares the holders of an item below a revision with what they are once it is theirs, over the shapes of all companies.
    pub fn of_roll_out(catalog: &Catalog, item: &ItemRef, to: u32, shapes: &[(Shape, u64)]) -> Self {
        Self::compare(shapes, |standing| {
            let mut moved = standing.clone();
            let rows = moved.terms.iter_mut().filter(|row| row.item == *item && row.assigned_revision < to);
            rows.for_each(|row| row.assigned_revision = to);
            [owned(standing, catalog), owned(&moved, catalog)]
        })
    }

    /// Counts how companies differ, given what those of a shape own before and after.
    fn compare(shapes: &[(Shape, u64)], both: impl Fn(&Standing) -> [Owned; 2]) -> Self {
        let mut impact = Self::default();
        let somebody = CompanyId::new(Uuid::from_u128(1));
        for (shape, count) in shapes {
            impact.looked_at += count;
            let Some(standing) = somebody.and_then(|somebody| shape.standing(somebody)) else { continue };
            let [was, is] = both(&standing);
            if was == is {
                continue;
            }
            impact.companies += count;
            impact.shapes.push(shape.clone());
            compare_sets(&mut impact.modules, &was.modules, &is.modules, *count);
            compare_sets(&mut impact.permissions, &was.permissions, &is.permissions, *count);
            compare_sets(&mut impact.addons, &was.addons, &is.addons, *count);
            compare_values(&mut impact.features, &was.features, &is.features, *count);
        }
        impact
    }

    /// Whether no company is touched.
    pub fn is_empty(&self) -> bool {
        self.companies == 0
    }
}

fn owned(standing: &Standing, catalog: &Catalog) -> Owned {
    let evaluation = Evaluation::of(standing, catalog, Timestamp::MAX);
    let eligibility = evaluation.eligibility();
    let permissions = eligibility.permissions.iter().map(ToString::to_string);
    Owned {
        modules: evaluation.modules().into_iter().map(|(_, key)| key.clone()).collect(),
        permissions: eligibility.families.iter().cloned().chain(permissions).collect(),
        features: evaluation.features().into_iter().map(|one| (one.feature.key.clone(), one.value)).collect(),
        addons: evaluation.operative().map(|addon| addon.key.clone()).collect(),
        base: evaluation.base_package().cloned(),
    }
}

fn compare_sets<K: Ord + Clone>(moved: &mut BTreeMap<K, Moved>, was: &BTreeSet<K>, is: &BTreeSet<K>, count: u64) {
    for key in was.difference(is) {
        moved.entry(key.clone()).or_default().lost += count;
    }
    for key in is.difference(was) {
        moved.entry(key.clone()).or_default().gained += count;
    }
}

fn compare_values<K: Ord + Clone, V: PartialEq>(
    moved: &mut BTreeMap<K, Moved>,
    was: &BTreeMap<K, V>,
    is: &BTreeMap<K, V>,
    count: u64,
) {
    let [had, has] = [was, is].map(|values| values.keys().cloned().collect::<BTreeSet<K>>());
    compare_sets(moved, &had, &has, count);
    for (key, value) in was {
        if is.get(key).is_some_and(|now| now != value) {
            moved.entry(key.clone()).or_default().changed += count;
        }
    }
}
