//! Which events a part of the feed holds.

use domain::ChangeType;
use store::{EventType, FeedEntry, WebhookEvent};

/// The events of some entries: one for each write. A write stands in the feed with an entry for each thing that it changed, one after
/// another and with one version; what changes only credits or the profile changes nothing that an event carries.
pub(super) fn events(entries: &[FeedEntry]) -> Vec<WebhookEvent> {
    let mut events: Vec<WebhookEvent> = Vec::new();
    let mut last_request = None;
    for entry in entries.iter().filter(|entry| moves_entitlements(entry.change_type)) {
        let event = match entry.company_id {
            Some(_) => EventType::EntitlementsChanged,
            None => EventType::CatalogChanged,
        };
        let event = WebhookEvent { event, at: entry.at, company: entry.company_id, version: entry.version };
        let request = entry.request_id.as_deref();
        if events.last() == Some(&event) && last_request == Some(request) {
            continue;
        }
        last_request = Some(request);
        events.push(event);
    }
    events
}

/// Whatever is added to what may happen is told of, until it is known to change nothing.
fn moves_entitlements(change: ChangeType) -> bool {
    !matches!(change, ChangeType::CreditGranted | ChangeType::CreditConsumed | ChangeType::ProfileUpdated)
}

#[cfg(test)]
mod tests {
    use domain::{CompanyId, EntityType, Timestamp, Uuid};
    use store::FeedPosition;

    use super::*;

    fn entry(company: Option<u128>, version: u64, change_type: ChangeType, request: &str) -> FeedEntry {
        FeedEntry {
            position: FeedPosition::default(),
            at: Timestamp::clamped(i64::try_from(version).unwrap()),
            company_id: company.and_then(|id| CompanyId::new(Uuid::from_u128(id))),
            version,
            change_type,
            entity_type: EntityType::Addon,
            entity_key: None,
            request_id: Some(request.to_owned()),
        }
    }

    fn told(entries: &[FeedEntry]) -> Vec<(&'static str, Option<u128>, u64)> {
        let events = events(entries);
        events
            .iter()
            .map(|event| (event.event.as_str(), event.company.map(|id| id.uuid().as_u128()), event.version))
            .collect()
    }

    #[test]
    fn each_write_is_one_event_however_much_it_changed() {
        use ChangeType::{AddonActivated, AddonUpdated, CatalogUpdated, GrantAdded, PackageChanged};
        let entries = [
            entry(Some(1), 1, AddonActivated, "a"),
            entry(Some(1), 2, AddonUpdated, "b"),
            entry(Some(1), 2, GrantAdded, "b"),
            entry(Some(1), 2, PackageChanged, "b"),
            entry(None, 7, CatalogUpdated, "c"),
            entry(None, 7, CatalogUpdated, "c"),
            entry(Some(2), 2, AddonActivated, "d"),
            entry(Some(1), 3, AddonUpdated, "e"),
        ];

        let company = "company.entitlements_changed";
        let expected = [
            (company, Some(1), 1),
            (company, Some(1), 2),
            ("catalog.changed", None, 7),
            (company, Some(2), 2),
            (company, Some(1), 3),
        ];
        assert_eq!(told(&entries), expected);
    }

    #[test]
    fn what_changes_only_credits_or_the_profile_is_no_event() {
        use ChangeType::{AddonActivated, CreditConsumed, CreditGranted, ProfileUpdated};
        let entries = [
            entry(Some(1), 1, CreditGranted, "a"),
            entry(Some(1), 1, CreditConsumed, "b"),
            entry(Some(1), 1, ProfileUpdated, "c"),
            entry(Some(1), 2, AddonActivated, "d"),
            entry(Some(1), 2, CreditGranted, "d"),
        ];

        assert_eq!(told(&entries), [("company.entitlements_changed", Some(1), 2)]);
        assert!(events(&[]).is_empty());
    }
}
