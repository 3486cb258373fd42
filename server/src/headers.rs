//! A site's responses: the browser is told which hosts this visitor has allowed, and after a
//! withdrawal cookies that no script sees are ended.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, COOKIE, HOST, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mixus_privacy::policy::{Json, canonical, compile};
use mixus_privacy::serve::{Visitor, expire, headers};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Where a page tells of a withdrawal; the same as `start({ erase })`.
pub const ERASE: &str = "/privacy/erase";

/// A policy document has faults: every one, as its code and its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub Vec<(&'static str, String)>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the policy is refused:")?;
        self.0.iter().try_for_each(|(code, path)| write!(f, " {code} at {path:?}"))
    }
}

impl std::error::Error for Refused {}

type Region = dyn Fn(&HeaderMap) -> String + Send + Sync;

/// A site with its policy.
#[derive(Clone)]
pub struct Site {
    plan: Arc<str>,
    stores: Arc<str>,
    allow: Arc<[String]>,
    region: Arc<Region>,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("allow", &self.allow).finish_non_exhaustive()
    }
}

impl Site {
    /// A site under a policy document, with its texts in place.
    pub fn new(document: &Value) -> Result<Site, Refused> {
        let text = canonical(&mut Json::new(document)).unwrap_or_default();
        let mut at = Json::new(document);
        let plan = compile(&mut at, &URL_SAFE_NO_PAD.encode(Sha256::digest(&text)));
        if at.refused() || text.is_empty() {
            return Err(Refused(at.faults.into_iter().map(|it| (it.code.as_str(), it.path)).collect()));
        }
        let line = |service: &Value| {
            let names = service["cookies"].as_array().into_iter().flatten();
            let names: Vec<&str> = names.filter_map(|it| it["name"].as_str()).collect();
            Some(format!("{}|{}", service["key"].as_str()?, names.join(" ")))
        };
        let services = document["services"].as_array().into_iter().flatten();
        Ok(Site {
            plan: plan.into(),
            stores: services.filter_map(line).collect::<Vec<_>>().join("\n").into(),
            allow: [].into(),
            region: Arc::new(|_| String::new()),
        })
    }

    /// With host patterns of what the site needs: payment, content delivery, sign-in.
    #[must_use]
    pub fn allow(mut self, patterns: &[&str]) -> Site {
        self.allow = patterns.iter().map(|it| (*it).into()).collect();
        self
    }

    /// With a way to tell where a visitor is (`US-CA`; empty where unknown, which means the
    /// strictest rules): most proxies add a header that says so.
    #[must_use]
    pub fn region(mut self, of: impl Fn(&HeaderMap) -> String + Send + Sync + 'static) -> Site {
        self.region = Arc::new(of);
        self
    }

    /// Adds the headers to everything that a router answers, and the end point [`ERASE`].
    pub fn protect(self, router: Router) -> Router {
        router
            .route(ERASE, post(erase).with_state(self.clone()))
            .layer(from_fn_with_state(self, tell))
    }

    /// What a response to these request headers should say.
    pub fn headers(&self, request: &HeaderMap) -> Vec<(&'static str, String)> {
        let allow: Vec<&str> = self.allow.iter().map(String::as_str).collect();
        self.visit(request, |visitor, _| headers(visitor, &allow))
    }

    fn visit<T: Default>(&self, request: &HeaderMap, then: impl Fn(&Visitor<'_>, &str) -> T) -> T {
        let region = (self.region)(request);
        let cookies = request.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let gpc = request.get("sec-gpc").is_some_and(|it| it == "1");
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u32::try_from(since.as_secs()).unwrap_or(u32::MAX);
        Visitor::read(self.plan.as_bytes(), region.as_bytes(), cookies.as_bytes(), gpc, now)
            .map(|visitor| then(&visitor, &cookies))
            .unwrap_or_default()
    }
}

async fn tell(State(site): State<Site>, request: Request, next: Next) -> Response {
    let all = site.headers(request.headers());
    let mut response = next.run(request).await;
    for (name, value) in all {
        if let Ok(value) = HeaderValue::try_from(value) {
            // A site's own stand beside ours: browsers keep to every policy that they are sent.
            response
                .headers_mut()
                .append(HeaderName::from_bytes(name.as_bytes()).unwrap_or(HOST), value);
        }
    }
    response
}

async fn erase(State(site): State<Site>, request: HeaderMap) -> Response {
    // Only the site's own pages: another site's could not read the answer, but it would act.
    if request.get("sec-fetch-site").is_some_and(|it| it != "same-origin") {
        return StatusCode::FORBIDDEN.into_response();
    }
    let host = request.get(HOST).and_then(|it| it.to_str().ok()).unwrap_or("").to_owned();
    let lines = site.visit(&request, |visitor, cookies| expire(visitor, &site.stores, cookies, &host));
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    for line in lines {
        if let Ok(value) = HeaderValue::try_from(line) {
            headers.append(SET_COOKIE, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use serde_json::json;
    use tower::ServiceExt as _;

    use super::*;

    fn document() -> Value {
        let mut document: Value =
            serde_json::from_str(include_str!("../../src/policy/default/policy.json")).expect("JSON");
        let english: Value =
            serde_json::from_str(include_str!("../../src/policy/default/texts/en.json")).expect("JSON");
        document["texts"] = json!({"en": english});
        document
    }

    async fn ask(request: axum::http::request::Builder) -> Response {
        let site = Site::new(&document()).expect("a policy").allow(&["cdn.example"]);
        let router = Router::new()
            .route("/", get(|| async { ([("content-security-policy", "img-src 'self'")], "ok") }));
        site.protect(router)
            .oneshot(request.body(Body::empty()).expect("a request"))
            .await
            .expect("an answer")
    }

    fn all(response: &Response, name: &str) -> Vec<String> {
        response
            .headers()
            .get_all(name)
            .iter()
            .map(|it| it.to_str().expect("text").to_owned())
            .collect()
    }

    #[tokio::test]
    async fn a_response_says_what_may_be_asked() {
        let response = ask(Request::get("/")).await;
        let policies = all(&response, "content-security-policy");
        assert_eq!(policies.len(), 2, "{policies:?}");
        assert_eq!(policies[0], "img-src 'self'");
        assert!(
            policies[1].contains(" cdn.example:*") && !policies[1].contains("plausible"),
            "{policies:?}"
        );
        assert_eq!(all(&response, "vary"), ["Cookie, Sec-GPC"]);
    }

    #[tokio::test]
    async fn a_withdrawal_ends_cookies() {
        let request = Request::post(ERASE)
            .header("host", "shop.example")
            .header("cookie", "cw_conversation=1; mixus_session=2");
        let response = ask(request.header("sec-fetch-site", "same-origin")).await;
        assert_eq!(response.status(), 204);
        let lines = all(&response, "set-cookie");
        assert!(
            lines.contains(&"cw_conversation=; Path=/; Max-Age=0; Domain=shop.example".to_owned()),
            "{lines:?}"
        );
        assert!(lines.iter().all(|it| it.starts_with("cw_conversation=")), "{lines:?}");
        assert_eq!(all(&response, "clear-site-data"), ["\"cache\""]);
    }

    #[tokio::test]
    async fn no_other_site_ends_them() {
        let response = ask(Request::post(ERASE)
            .header("sec-fetch-site", "cross-site")
            .header("cookie", "cw_conversation=1"))
        .await;
        assert_eq!(response.status(), 403);
        assert_eq!(all(&response, "set-cookie"), [""; 0]);
        assert_eq!(ask(Request::get(ERASE)).await.status(), 405);
    }

    #[test]
    fn a_faulty_policy_is_refused() {
        let mut bad = document();
        bad["services"][3]["hosts"] = json!(["https://plausible.io"]);
        let refused = Site::new(&bad).expect_err("a fault");
        assert!(refused.to_string().contains("services[3].hosts[0]"), "{refused}");
    }
}
