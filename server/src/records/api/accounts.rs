//! What a site's own server asks about an account.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::response::IntoResponse as _;
use serde_json::json;

use super::super::{Records, token};
use super::ask::Named;
use super::{Answered, Failed};

/// `DELETE /v1/accounts/{acct}`: a person has asked the site to have everything erased. Without their devices, which
/// need not be at hand: a token of the site's server says so. It can be asked twice.
pub(super) async fn erase(
    State(records): State<Records>,
    Named(acct): Named<String>,
    headers: HeaderMap,
) -> Answered {
    let inner = &records.0;
    let now = (inner.settings.clock)();
    let header = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
    let token = header.and_then(|it| it.strip_prefix("Bearer ")).unwrap_or("");
    if !token::erases(token, &inner.settings.link_keys, &acct, now) {
        return Err(Failed::NotSigned("Bearer", "account/not-signed", now));
    }
    let events = inner.store.erase_account(acct).await?;
    inner.untidy.notify_one();
    Ok(Json(json!({"events": events})).into_response())
}
