//! The list of cases, once, for [`run_all`] and for the macro.

use super::{
    Fresh, catalogs, censuses, companies, credits, deliveries, endpoints, exactness, feeds, grants, histories,
    keyrings, lists, logs, races, replies, systems, undertakings, watching,
};

macro_rules! suite {
    (($dollar:tt) $($room:ident::$case:ident,)*) => {
        /// The name of every case.
        pub const CASES: &[&str] = &[$(stringify!($case)),*];

        /// Runs every case, each on its own fresh store.
        pub async fn run_all<Making: Future<Output = Fresh>>(make: impl Fn() -> Making) {
            $(
                let fresh = make().await;
                eprintln!("conformance: {}", stringify!($case));
                $room::$case(fresh.store()).await;
                // Here, not at the end of the function: a store may hold connections or files.
                drop(fresh);
            )*
        }

        /// Expands to one test per case of the conformance suite. Takes the path of an async function without arguments that makes a
        /// [`Fresh`](crate::conformance::Fresh) store.
        #[macro_export]
        macro_rules! conformance_tests {
            ($dollar make:path) => {
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $case() {
                        let fresh: $dollar crate::conformance::Fresh = $dollar make().await;
                        $dollar crate::conformance::$room::$case(fresh.store()).await;
                    }
                )*
            };
        }
    };
}

suite! {
    ($)
    companies::a_new_store_is_ready_and_empty,
    companies::an_unknown_company_is_unknown_to_read_load_and_history,
    companies::a_first_write_makes_the_company_known,
    companies::what_is_loaded_is_what_apply_gives,
    companies::a_read_with_the_known_write_sequence_says_unchanged,
    companies::a_commit_on_an_old_write_sequence_is_raced_and_stores_nothing,
    companies::a_commit_on_an_old_catalog_generation_is_raced_and_stores_nothing,
    companies::a_second_first_write_is_raced,
    companies::a_commit_that_comes_too_late_is_raced_and_stores_nothing,
    companies::companies_do_not_see_each_other,
    exactness::every_optional_field_comes_back_as_it_went_in,
    exactness::unicode_and_longest_texts_come_back_as_they_went_in,
    exactness::extreme_instants_come_back_as_they_went_in,
    exactness::extreme_numbers_come_back_as_they_went_in,
    exactness::fields_that_are_cleared_stay_cleared,
    exactness::many_rows_come_back_in_order,
    catalogs::a_catalog_comes_back_as_it_went_in,
    catalogs::revisions_and_epochs_come_back_as_they_went_in,
    catalogs::a_catalog_commit_on_an_old_generation_is_raced_and_stores_nothing,
    catalogs::a_catalog_change_moves_the_version_of_holders_and_of_nobody_else,
    catalogs::every_kind_of_entry_comes_back_as_it_went_in,
    catalogs::a_change_of_several_entries_is_one_change,
    grants::grants_come_back_as_they_went_in,
    grants::a_grant_that_is_taken_away_is_gone,
    grants::a_profile_comes_back_as_it_went_in,
    grants::a_catalog_change_stands_in_the_history_of_those_who_then_had_a_grant,
    credits::credits_come_back_as_they_went_in,
    credits::concurrent_consumption_never_goes_below_zero,
    credits::a_purchase_brings_its_credits_once,
    credits::credits_to_come_follow_their_row,
    credits::the_ledger_pages_without_skipping_or_repeating,
    censuses::the_census_is_what_a_look_at_every_company_finds,
    censuses::a_digest_of_a_shape_says_whose_it_is,
    censuses::companies_of_shapes_are_found_page_by_page,
    censuses::a_shape_of_an_older_write_is_not_stored,
    censuses::holders_are_those_whose_rows_entitle_and_have_not_ended,
    lists::companies_are_listed_by_what_they_have,
    lists::companies_are_listed_by_name_and_identifier,
    censuses::an_archiving_that_races_an_assignment_loses,
    undertakings::roll_outs_come_back_as_they_went_in,
    undertakings::a_roll_out_and_its_reply_are_stored_together,
    undertakings::one_roll_out_of_an_item_is_under_way_at_a_time,
    undertakings::a_roll_out_is_moved_on_once,
    undertakings::where_companies_stood_before_a_roll_out_is_kept,
    undertakings::change_requests_come_back_as_they_went_in,
    undertakings::a_change_request_is_decided_once,
    undertakings::a_decision_is_stored_with_its_change_or_not_at_all,
    undertakings::a_change_request_is_stored_with_its_reply_or_not_at_all,
    undertakings::of_many_who_decide_a_change_request_one_does,
    replies::a_kept_reply_comes_back_as_it_went_in,
    replies::a_taken_reply_key_races_the_whole_commit,
    replies::a_reply_is_kept_without_a_change,
    replies::an_expired_reply_is_gone_and_its_key_free,
    replies::a_raced_commit_keeps_no_reply,
    replies::prune_removes_expired_replies_and_no_other,
    histories::history_is_newest_first_and_says_what_happened,
    histories::history_pages_without_skipping_or_repeating,
    histories::several_events_of_one_write_keep_their_order,
    histories::a_catalog_change_stands_in_the_history_of_those_it_reached,
    histories::what_is_recorded_as_over_and_written_again_is_reached_as_it_counts,
    feeds::the_feed_holds_every_change_once_in_commit_order,
    feeds::the_feed_pages_without_skipping_or_repeating,
    feeds::a_raced_commit_leaves_no_trace_in_the_feed,
    feeds::a_page_says_when_it_is_complete_and_where_the_feed_ends,
    feeds::what_is_pruned_is_gone_from_the_beginning_and_said_to_be,
    feeds::from_beyond_everything_told_nobody_goes_on,
    watching::every_company_that_was_written_since_a_look_is_named_with_its_write_sequence,
    watching::without_a_mark_nothing_can_be_said,
    watching::the_generations_are_told,
    logs::a_boundary_is_due_once_it_has_passed_and_recorded_once,
    logs::what_is_written_leads_to_what_is_stored,
    logs::the_log_pages_without_skipping_or_repeating,
    keyrings::keys_come_back_as_they_went_in,
    keyrings::the_ring_is_given_only_when_its_generation_moved,
    keyrings::keys_are_revoked_by_id_or_else_by_name,
    keyrings::the_last_use_never_moves_back,
    endpoints::endpoints_come_back_as_they_went_in,
    endpoints::an_endpoint_is_changed_once,
    endpoints::there_are_no_more_endpoints_than_there_may_be,
    endpoints::an_endpoint_that_is_removed_takes_its_deliveries_with_it,
    endpoints::an_endpoint_that_is_enabled_again_is_told_that_it_missed_events,
    endpoints::an_endpoint_that_fails_for_too_long_is_disabled,
    endpoints::an_endpoint_that_recovers_or_is_gone_is_said_to,
    endpoints::an_endpoint_for_which_too_many_wait_is_disabled,
    deliveries::events_go_to_those_who_hear_them,
    deliveries::a_cursor_that_stands_elsewhere_moves_nothing,
    deliveries::what_is_unheard_moves_the_cursor_only_while_nobody_hears,
    deliveries::of_many_who_fan_out_one_does,
    deliveries::a_delivery_is_claimed_by_one_until_its_lease_ends,
    deliveries::each_endpoint_has_its_own_share_of_a_claim,
    deliveries::what_became_of_a_delivery_is_kept,
    deliveries::a_delivery_is_made_again_from_the_beginning,
    deliveries::deliveries_page_without_skipping_or_repeating,
    deliveries::what_was_settled_long_ago_is_removed_and_nothing_else,
    systems::a_change_of_the_system_and_its_reply_are_stored_together,
    systems::what_is_raced_in_the_system_keeps_no_reply,
    systems::a_reply_of_the_system_is_kept_without_a_change,
    systems::of_many_who_write_the_system_under_one_reply_key_one_does,
    races::concurrent_writers_to_one_company_lose_nothing,
    races::concurrent_first_writes_make_one_company,
    races::concurrent_repeats_of_one_reply_key_store_one_change,
    races::a_feed_follower_misses_nothing_while_writers_write,
    races::no_version_ever_has_two_answers,
}
