-- What a database of version 1 held: a catalog with an inactive add-on and module, a change that reached a holder, and two companies.
INSERT INTO modules (id, key, name, type, description, is_active, created_at, updated_at) VALUES
    (x'00000000000040008000000000000001', 'basic', 'Basic', 'base', NULL, 1, 1000, 1000),
    (x'00000000000040008000000000000002', 'venue', 'Venue', 'addon', 'Halls', 0, 2000, 7000);
INSERT INTO packages (id, key, name, description, is_active, created_at, updated_at) VALUES
    (x'00000000000040008000000000000011', 'basic', 'Basic', NULL, 1, 3000, 3000);
INSERT INTO addons (id, key, name, description, is_active, created_at, updated_at) VALUES
    (x'00000000000040008000000000000021', 'venue', 'Venue', NULL, 0, 4000, 8000);
INSERT INTO package_revisions (package_id, number, reach, definition, epoch, epoch_grown_at, created_at) VALUES
    (x'00000000000040008000000000000011', 1, 'existing', '{"v":1,"modules":["basic"]}', 0, 3000, 3000);
INSERT INTO addon_revisions (addon_id, number, reach, definition, epoch, epoch_grown_at, created_at) VALUES
    (x'00000000000040008000000000000021', 1, 'existing', '{"v":1,"modules":["venue"]}', 1, 7000, 4000),
    (x'00000000000040008000000000000021', 2, 'future', '{"v":1,"modules":[]}', 2, 7000, 5000);
INSERT INTO package_modules (package_id, module_id, created_at) VALUES
    (x'00000000000040008000000000000011', x'00000000000040008000000000000001', 3000);
INSERT INTO catalog_history
    (generation, id, change_type, entity_type, entity_key, payload_json, changed_by, request_id, created_at) VALUES
    (1, x'00000000000040008000000000000031', 'catalog_updated', 'catalog', 'venue', '{"v":1}', 'admin', 'req-1', 2000),
    (2, x'00000000000040008000000000000032', 'catalog_updated', 'catalog', 'venue', '{"v":1}', 'admin', 'req-2', 7000);
INSERT INTO catalog_reach (item_kind, item_key, created_at, generation, assigned_from, assigned_to) VALUES
    ('addon', 'venue', 7000, 2, 1, 1);
UPDATE catalog_state SET generation = 2, changed_at = 8000;
INSERT INTO company_entitlement_versions
    (company_id, write_seq, version_base, entitlement_version, updated_at, updated_by) VALUES
    (x'c0de0000000040008000000000000002', 2, 2, 2, 6000, 'admin'),
    (x'c0de0000000040008000000000000003', 1, 1, 1, 5000, 'admin');
INSERT INTO company_subscriptions
    (company_id, package_id, id, status, quantity, assigned_revision, created_by, updated_by, created_at, updated_at) VALUES
    (x'c0de0000000040008000000000000002', x'00000000000040008000000000000011', zeroblob(16), 'active', 1, 1, 'admin', 'admin',
        5000, 6000);
INSERT INTO company_addons
    (company_id, addon_id, id, status, quantity, assigned_revision, source, created_by, updated_by, created_at, updated_at) VALUES
    (x'c0de0000000040008000000000000003', x'00000000000040008000000000000021', zeroblob(16), 'active', 3, 1, 'billing',
        'admin', 'admin', 5000, 5000);
INSERT INTO entitlement_history
    (position, id, company_id, write_seq, part, entitlement_version, change_type, entity_type, entity_key, previous_status,
    new_status, assigned_revision, payload_json, source, changed_by, request_id, created_at) VALUES
    (1, zeroblob(16), x'c0de0000000040008000000000000002', 1, 0, 1, 'basic_activated', 'package', 'basic', NULL, 'trial', 1,
        '{}', NULL, 'admin', 'req-3', 5000),
    (2, zeroblob(16), x'c0de0000000040008000000000000003', 1, 0, 1, 'addon_activated', 'addon', 'venue', NULL, 'active', 1,
        '{}', 'billing', 'admin', 'req-4', 5000),
    (3, zeroblob(16), x'c0de0000000040008000000000000002', 2, 0, 2, 'basic_updated', 'package', 'basic', 'trial', 'active', 1,
        '{}', NULL, 'admin', 'req-5', 6000);
INSERT INTO change_feed (at, company_id, version, change_type, entity_type, entity_key, request_id) VALUES
    (5000, x'c0de0000000040008000000000000002', 1, 'basic_activated', 'package', 'basic', 'req-3');
