//! A standing in as few bytes as its content needs: what the cache keeps for each company.

use domain::{
    CompanyId, FeatureKey, FeatureValue, GrantTerms, Granted, ItemKey, ItemKind, ItemRef, ModuleKey, Standing, Status,
    Terms, Timestamp, Uuid, Window,
};

/// Appends a standing. The company and the write sequence stand in the entry's head and are not repeated.
pub(super) fn pack(standing: &Standing, bytes: &mut Vec<u8>) {
    let origin = standing.last_write_at.micros();
    put_signed(bytes, standing.version_base);
    put(bytes, origin.cast_unsigned());
    put(bytes, standing.terms.len() as u64);
    for terms in &standing.terms {
        let Window { starts_at, ends_at, grace_ends_at } = terms.window;
        let instants = [starts_at, ends_at, grace_ends_at];
        let status = Status::ALL.iter().position(|status| *status == terms.status).unwrap_or(0);
        let mut flags = u8::try_from(status).unwrap_or(0) << 4 | u8::from(terms.item.kind == ItemKind::Addon);
        for (bit, instant) in instants.iter().enumerate() {
            flags |= u8::from(instant.is_some()) << (bit + 1);
        }
        bytes.push(flags);
        let key = terms.item.key.as_str();
        put(bytes, key.len() as u64);
        bytes.extend_from_slice(key.as_bytes());
        put(bytes, terms.assigned_revision.into());
        put(bytes, terms.quantity.into());
        put_signed(bytes, terms.created_at.micros().wrapping_sub(origin));
        for instant in instants.into_iter().flatten() {
            put_signed(bytes, instant.micros().wrapping_sub(origin));
        }
    }
    // A company without grants spends no byte on them.
    for grant in &standing.grants {
        pack_grant(grant, origin, bytes);
    }
}

fn pack_grant(grant: &GrantTerms, origin: i64, bytes: &mut Vec<u8>) {
    let (kind, amount) = match &grant.granted {
        Granted::Module(_) => (0, None),
        Granted::Feature(_, FeatureValue::Off) => (1, None),
        Granted::Feature(_, FeatureValue::On) => (2, None),
        Granted::Feature(_, FeatureValue::Unlimited) => (3, None),
        Granted::Feature(_, FeatureValue::Amount(amount)) => (4, Some(*amount)),
    };
    let Window { starts_at, ends_at, .. } = grant.window;
    bytes.push(kind << 2 | u8::from(starts_at.is_some()) << 1 | u8::from(ends_at.is_some()));
    let key = grant.granted.key();
    put(bytes, key.len() as u64);
    bytes.extend_from_slice(key.as_bytes());
    if let Some(amount) = amount {
        put(bytes, amount);
    }
    bytes.extend_from_slice(grant.id.as_bytes());
    put_signed(bytes, grant.created_at.micros().wrapping_sub(origin));
    for instant in [starts_at, ends_at].into_iter().flatten() {
        put_signed(bytes, instant.micros().wrapping_sub(origin));
    }
}

/// The standing that was packed; `None` if the bytes are none, which cannot be.
pub(super) fn unpack(company_id: CompanyId, write_seq: u64, mut bytes: &[u8]) -> Option<Standing> {
    let bytes = &mut bytes;
    let version_base = take_signed(bytes)?;
    let origin = take(bytes)?.cast_signed();
    let count = take(bytes)?;
    let mut terms = Vec::with_capacity(usize::try_from(count).ok()?.min(domain::MAX_HOLDINGS));
    for _ in 0..count {
        terms.push(unpack_terms(bytes, origin)?);
    }
    let mut grants = Vec::new();
    while !bytes.is_empty() {
        grants.push(unpack_grant(bytes, origin)?);
    }
    Some(Standing {
        company_id,
        write_seq,
        version_base,
        last_write_at: Timestamp::from_micros(origin)?,
        terms,
        grants,
    })
}

fn unpack_grant(bytes: &mut &[u8], origin: i64) -> Option<GrantTerms> {
    let (flags, rest) = bytes.split_first()?;
    *bytes = rest;
    let key_len = usize::try_from(take(bytes)?).ok()?;
    let (key, rest) = bytes.split_at_checked(key_len)?;
    *bytes = rest;
    let key = std::str::from_utf8(key).ok()?;
    let granted = match flags >> 2 {
        0 => Granted::Module(ModuleKey::parse(key).ok()?),
        kind => {
            let value = match kind {
                1 => FeatureValue::Off,
                2 => FeatureValue::On,
                3 => FeatureValue::Unlimited,
                _ => FeatureValue::Amount(take(bytes)?),
            };
            Granted::Feature(FeatureKey::parse(key).ok()?, value)
        }
    };
    let (id, rest) = bytes.split_first_chunk::<16>()?;
    *bytes = rest;
    let mut instant = || Timestamp::from_micros(take_signed(bytes)?.wrapping_add(origin));
    let created_at = instant()?;
    let mut optional = |bit: u8| if flags & (1 << bit) == 0 { Some(None) } else { instant().map(Some) };
    let window = Window { starts_at: optional(1)?, ends_at: optional(0)?, grace_ends_at: None };
    Some(GrantTerms { id: Uuid::from_bytes(*id), granted, window, created_at })
}

fn unpack_terms(bytes: &mut &[u8], origin: i64) -> Option<Terms> {
    let (flags, rest) = bytes.split_first()?;
    *bytes = rest;
    let key_len = usize::try_from(take(bytes)?).ok()?;
    let (key, rest) = bytes.split_at_checked(key_len)?;
    *bytes = rest;
    let assigned_revision = u32::try_from(take(bytes)?).ok()?;
    let quantity = u32::try_from(take(bytes)?).ok()?;
    let mut instant = || Timestamp::from_micros(take_signed(bytes)?.wrapping_add(origin));
    let created_at = instant()?;
    let mut optional = |bit: u8| if flags & (1 << bit) == 0 { Some(None) } else { instant().map(Some) };
    let window = Window { starts_at: optional(1)?, ends_at: optional(2)?, grace_ends_at: optional(3)? };
    let kind = if flags & 1 == 1 { ItemKind::Addon } else { ItemKind::Package };
    let key = ItemKey::parse(std::str::from_utf8(key).ok()?).ok()?;
    let status = *Status::ALL.get(usize::from(flags >> 4))?;
    Some(Terms { item: ItemRef { kind, key }, status, window, quantity, assigned_revision, created_at })
}

/// Appends a number in groups of seven bits, lowest first.
fn put(bytes: &mut Vec<u8>, mut value: u64) {
    loop {
        let [group, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            bytes.push(group & 0x7f);
            return;
        }
        bytes.push(group | 0x80);
    }
}

fn put_signed(bytes: &mut Vec<u8>, value: i64) {
    put(bytes, (value << 1 ^ value >> 63).cast_unsigned());
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take_signed(bytes: &mut &[u8]) -> Option<i64> {
    let value = take(bytes)?;
    Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn instant() -> impl Strategy<Value = Timestamp> {
        (0..=Timestamp::MAX.micros()).prop_map(Timestamp::clamped)
    }

    fn terms() -> impl Strategy<Value = Terms> {
        let key = "[a-z]{1,8}(-[a-z0-9]{1,8}){0,2}".prop_map(|key| ItemKey::parse(&key).unwrap());
        let window = [(); 3].map(|()| proptest::option::of(instant()));
        (any::<bool>(), key, 0..Status::ALL.len(), window, any::<u32>(), any::<u32>(), instant()).prop_map(
            |(addon, key, status, [starts_at, ends_at, grace_ends_at], quantity, assigned_revision, created_at)| {
                Terms {
                    item: ItemRef { kind: if addon { ItemKind::Addon } else { ItemKind::Package }, key },
                    status: Status::ALL[status],
                    window: Window { starts_at, ends_at, grace_ends_at },
                    quantity,
                    assigned_revision,
                    created_at,
                }
            },
        )
    }

    fn grant() -> impl Strategy<Value = GrantTerms> {
        let value = prop_oneof![
            Just(FeatureValue::Off),
            Just(FeatureValue::On),
            Just(FeatureValue::Unlimited),
            (0..=domain::MAX_AMOUNT).prop_map(FeatureValue::Amount),
        ];
        let window = [(); 2].map(|()| proptest::option::of(instant()));
        (any::<u128>(), "[a-z]{1,8}", proptest::option::of(value), window, instant()).prop_map(
            |(id, key, value, [starts_at, ends_at], created_at)| GrantTerms {
                id: Uuid::from_u128(id),
                granted: match value {
                    Some(value) => Granted::Feature(FeatureKey::parse(&key).unwrap(), value),
                    None => Granted::Module(ModuleKey::parse(&key).unwrap()),
                },
                window: Window { starts_at, ends_at, grace_ends_at: None },
                created_at,
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked_again(
            terms in proptest::collection::vec(terms(), 0..6),
            grants in proptest::collection::vec(grant(), 0..4),
            version_base: i64,
            last_write_at in instant(),
        ) {
            let company_id = CompanyId::new(Uuid::from_u128(7)).unwrap();
            let standing = Standing { company_id, write_seq: 9, version_base, last_write_at, terms, grants };
            let mut bytes = Vec::new();

            pack(&standing, &mut bytes);

            prop_assert_eq!(unpack(company_id, 9, &bytes), Some(standing));
        }
    }
}
