//! Companies counted by their shapes.

use domain::{CompanyId, CreditScope, Shape, Standing, Timestamp, Uuid};
use sqlx::PgConnection;
use store::{Census, CompanyReading, Reshaped};

use crate::{
    ask::{Asked, Question},
    instant::Instant,
    read::Read,
    shape::{column, company, counted},
};

/// How many companies are of each shape that is not over, and how many have one that may be: one walk through the table, shared by as
/// many workers as the server gives.
pub(crate) async fn census(connection: &mut PgConnection) -> Result<Census, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT
            state.generation AS "generation!",
            statement_timestamp() AS "now!",
            counted.shape AS "shape?",
            counted.count AS "count?",
            counted.digest AS "digest?"
        FROM catalog_state AS state
        LEFT JOIN (
            SELECT
                CASE WHEN shape_until IS NULL OR shape_until > statement_timestamp() THEN shape END AS shape,
                count(*) AS count,
                bit_xor(uuid_hash_extended(company_id, 0)) AS digest
            FROM company_entitlement_versions
            GROUP BY 1
        ) AS counted ON true
        "#
    );
    let rows = rows.fetch_all(connection).await?;
    let (now, generation) = rows.first().map_or((Timestamp::MIN, 0), |row| (row.now.0, row.generation));
    let (mut shapes, mut stale) = (Vec::new(), 0);
    for row in rows {
        match (row.shape, row.count) {
            (Some(shape), Some(count)) => {
                let digest = row.digest.unwrap_or_default().cast_unsigned();
                shapes.push((Shape::from_stored(shape), counted(count)?, digest));
            }
            (None, Some(count)) => stale = counted(count)?,
            (_, None) => {}
        }
    }
    Ok(Census::of(now, counted(generation)?, stale, shapes))
}

/// The companies whose stored shape may be over, after a company, by identifier.
pub(crate) async fn stale_standings(
    connection: &mut PgConnection,
    after: Option<CompanyId>,
    limit: u32,
) -> Result<Vec<Standing>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"
        SELECT company_id
        FROM company_entitlement_versions
        WHERE company_id > $1
            AND shape_until <= statement_timestamp()
        ORDER BY company_id
        LIMIT $2
        "#,
        after.map_or(Uuid::nil(), CompanyId::uuid),
        i64::from(limit),
    );
    let found = found.fetch_all(&mut *connection).await?;
    let asked =
        found.into_iter().map(|id| Ok(Asked { company: company(id)?, known: None, credits: CreditScope::None }));
    let asked: Vec<Asked> = asked.collect::<Result<_, sqlx::Error>>()?;
    let readings = Read::ask(connection, &asked).await?.into_iter();
    let standings = readings.filter_map(|reading| match reading.company {
        CompanyReading::Standing(standing) => Some(standing),
        CompanyReading::Unknown | CompanyReading::Unchanged => None,
    });
    Ok(standings.collect())
}

/// Stores the present shapes of companies that nobody has written since.
pub(crate) async fn reshape(connection: &mut PgConnection, reshaped: &[Reshaped]) -> Result<(), sqlx::Error> {
    let mut reshaped: Vec<&Reshaped> = reshaped.iter().collect();
    // The order in which company writes lock as well.
    reshaped.sort_by_key(|one| one.company_id);
    let companies: Vec<Uuid> = reshaped.iter().map(|one| one.company_id.uuid()).collect();
    let seqs: Vec<i64> = reshaped.iter().map(|one| column(one.write_seq)).collect::<Result<_, _>>()?;
    let shapes: Vec<&str> = reshaped.iter().map(|one| one.shape.as_str()).collect();
    let untils: Vec<Option<Instant>> = reshaped.iter().map(|one| one.until.map(Instant)).collect();
    let stored = sqlx::query!(
        r#"
        UPDATE company_entitlement_versions AS version
        SET shape = given.shape,
            shape_until = given.shape_until
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[])
            AS given (company_id, write_seq, shape, shape_until)
        WHERE version.company_id = given.company_id
            AND version.write_seq = given.write_seq
        "#,
        &companies,
        &seqs,
        &shapes as _,
        &untils as _,
    );
    stored.execute(connection).await.map(|_| ())
}

/// The companies of some shapes that are not over, after a company, by identifier.
pub(crate) async fn companies_of(
    connection: &mut PgConnection,
    shapes: &[Shape],
    after: Option<CompanyId>,
    limit: u32,
) -> Result<Vec<CompanyId>, sqlx::Error> {
    let shapes: Vec<&str> = shapes.iter().map(Shape::as_str).collect();
    let found = sqlx::query_scalar!(
        r#"
        SELECT company_id
        FROM company_entitlement_versions
        WHERE company_id > $1
            AND shape = ANY ($2)
            AND (shape_until IS NULL OR shape_until > statement_timestamp())
        ORDER BY company_id
        LIMIT $3
        "#,
        after.map_or(Uuid::nil(), CompanyId::uuid),
        &shapes as _,
        i64::from(limit),
    );
    found.fetch_all(connection).await?.into_iter().map(company).collect()
}
