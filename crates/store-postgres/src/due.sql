SELECT company_id
FROM company_entitlement_versions
WHERE next_boundary <= statement_timestamp()
ORDER BY next_boundary
LIMIT $1
