//! Whole flows, each in every engine: `first_visit::firefox` and so on.

mod access;
mod api;
mod control;
mod demo;
mod download;
mod faults;
mod files;
mod gate;
mod history;
mod keys;
mod law;
mod markup;
mod sites;
mod store;
mod strict;
mod sync;
mod tabs;
mod time;
mod tus;
mod upload;
mod vault;
mod visit;

use std::process::ExitCode;

use mixus_privacy_tests::{flows, run};

fn main() -> ExitCode {
    let mut all = flows![
        visit::first_visit,
        visit::accept,
        visit::reject,
        visit::custom,
        visit::return_visit,
        visit::no_early_start_of_what_was_withdrawn,
        visit::no_early_start_on_a_changed_mirror,
        visit::withdraw,
        visit::centre_layout,
        visit::inline_entry,
        time::expiry,
        time::validity_of_the_policy,
        time::refusal_is_not_asked_again,
        time::new_purpose,
        time::new_service,
        law::opt_out_signal,
        law::california,
        law::minors,
        law::organisation,
        law::unknown_region,
        tabs::two_tabs,
        tabs::two_tabs_without_channel,
        tabs::back_forward,
        store::blocked_storage,
        store::blocked_by_browser,
        store::full_storage,
        store::corrupted_store,
        store::cookie_across_subdomains,
        store::other_manager,
        access::keyboard,
        access::focus_is_not_hidden,
        access::axe_light,
        access::axe_dark,
        access::axe_right_to_left,
        access::reflow,
        strict::control_run,
        strict::held_until_refused,
        strict::let_go_and_taken_back,
        strict::storage_of_a_vendor,
        strict::each_as_decided,
        strict::report_mode,
        strict::essential_tags,
        markup::markup_control,
        markup::markup_by_header,
        markup::markup_by_rewriting,
        sites::kits_control,
        sites::kits_are_silent,
        sites::application_of_one_page,
        sites::hooks_are_invisible,
        sites::kits_are_told,
        sites::service_worker_ends,
        sites::developer_panel,
        history::history_here,
        history::history_proved,
        history::copies::history_for_others,
        history::history_of_hundreds,
        history::history_by_keyboard,
        history::history_of_an_opt_out,
        history::account::history_of_an_account,
        gate::order,
        gate::errors,
        gate::held_forms,
        gate::held_template,
        gate::added_later,
        gate::aliases,
        gate::load_once,
        gate::always_allow,
        gate::data_layer,
        control::content_policy,
        control::nonce,
        control::theme_without_contrast,
        control::theme_that_hides,
        faults::no_webassembly,
        faults::module_missing,
        faults::trap_at_start,
        faults::trap_at_decision,
        faults::bad_config,
        faults::bad_policy,
        faults::unreachable_policy,
        faults::unknown_names,
        faults::missing_language,
        faults::started_twice,
        api::no_person,
        api::explain,
        api::events,
        api::track,
    ]
    .to_vec();
    all.extend(demo::all());
    all.extend(sync::all());
    all.extend(tus::all());
    all.extend(upload::all());
    all.extend(vault::all());
    all.extend(files::all());
    all.extend(keys::all());
    all.extend(download::all());
    run(&all)
}
