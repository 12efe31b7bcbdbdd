-- What a database of version 1 held: a catalog with an inactive add-on and module, a change that reached a holder, and two companies.
INSERT INTO modules (id, key, name, type, description, is_active, created_at, updated_at) VALUES
    ('00000000-0000-4000-8000-000000000001', 'basic', 'Basic', 'base', NULL, true, '2026-01-01Z', '2026-01-01Z'),
    ('00000000-0000-4000-8000-000000000002', 'venue', 'Venue', 'addon', 'Halls', false, '2026-01-02Z', '2026-01-07Z');
INSERT INTO packages (id, key, name, is_active, created_at, updated_at) VALUES
    ('00000000-0000-4000-8000-000000000011', 'basic', 'Basic', true, '2026-01-03Z', '2026-01-03Z');
INSERT INTO addons (id, key, name, is_active, created_at, updated_at) VALUES
    ('00000000-0000-4000-8000-000000000021', 'venue', 'Venue', false, '2026-01-04Z', '2026-01-08Z');
INSERT INTO package_revisions (package_id, number, reach, definition, epoch, epoch_grown_at, created_at) VALUES
    ('00000000-0000-4000-8000-000000000011', 1, 'existing', '{"v":1,"modules":["basic"]}', 0, '2026-01-03Z', '2026-01-03Z');
INSERT INTO addon_revisions (addon_id, number, reach, definition, epoch, epoch_grown_at, created_at) VALUES
    ('00000000-0000-4000-8000-000000000021', 1, 'existing', '{"v":1,"modules":["venue"]}', 1, '2026-01-07Z', '2026-01-04Z'),
    ('00000000-0000-4000-8000-000000000021', 2, 'future', '{"v":1,"modules":[]}', 2, '2026-01-07Z', '2026-01-05Z');
INSERT INTO package_modules (package_id, module_id) VALUES
    ('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000001');
INSERT INTO catalog_history
    (generation, id, change_type, entity_type, entity_key, payload, changed_by, request_id, created_at) VALUES
    (1, '00000000-0000-4000-8000-000000000031', 'catalog_updated', 'catalog', 'venue', '{"v":1}', 'admin', 'req-1', '2026-01-02Z'),
    (2, '00000000-0000-4000-8000-000000000032', 'catalog_updated', 'catalog', 'venue', '{"v":1}', 'admin', 'req-2', '2026-01-07Z');
INSERT INTO catalog_reach (generation, entity_type, entity_key, assigned_from, assigned_to, created_at) VALUES
    (2, 'addon', 'venue', 1, 1, '2026-01-07Z');
UPDATE catalog_state SET generation = 2, changed_at = '2026-01-08Z';
INSERT INTO company_entitlement_versions
    (company_id, write_seq, version_base, entitlement_version, updated_at, updated_by) VALUES
    ('c0de0000-0000-4000-8000-000000000002', 2, 2, 2, '2026-01-06Z', 'admin'),
    ('c0de0000-0000-4000-8000-000000000003', 1, 1, 1, '2026-01-05Z', 'admin');
INSERT INTO company_subscriptions
    (company_id, package_id, status, created_by, updated_by, created_at, updated_at) VALUES
    ('c0de0000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000011', 'active', 'admin', 'admin', '2026-01-05Z',
        '2026-01-06Z');
INSERT INTO company_addons
    (company_id, addon_id, status, quantity, source, created_by, updated_by, created_at, updated_at) VALUES
    ('c0de0000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000021', 'active', 3, 'billing', 'admin', 'admin',
        '2026-01-05Z', '2026-01-05Z');
INSERT INTO entitlement_history
    (company_id, write_seq, part, entitlement_version, change_type, entity_type, entity_key, previous_status, new_status,
    assigned_revision, source, changed_by, request_id, created_at) VALUES
    ('c0de0000-0000-4000-8000-000000000002', 1, 0, 1, 'basic_activated', 'package', 'basic', NULL, 'trial', 1, NULL, 'admin',
        'req-3', '2026-01-05Z'),
    ('c0de0000-0000-4000-8000-000000000003', 1, 0, 1, 'addon_activated', 'addon', 'venue', NULL, 'active', 1, 'billing', 'admin',
        'req-4', '2026-01-05Z'),
    ('c0de0000-0000-4000-8000-000000000002', 2, 0, 2, 'basic_updated', 'package', 'basic', 'trial', 'active', 1, NULL, 'admin',
        'req-5', '2026-01-06Z');
