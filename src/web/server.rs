//! What a server in Node.js asks: the rooms have the answers, this turns them into values.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use crate::policy::Policy;
use crate::serve::{self, Rewrite, Visitor};

/// A visitor's request.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Request {
    plan: String,
    region: String,
    cookies: String,
    gpc: bool,
    now: u32,
}

#[wasm_bindgen]
impl Request {
    /// A compiled policy, the region, the `Cookie` header, whether `Sec-GPC` is on, and the time
    /// in seconds since 1970.
    #[wasm_bindgen(constructor)]
    pub fn new(plan: String, region: String, cookies: String, gpc: bool, now: u32) -> Request {
        Request {
            plan,
            region,
            cookies,
            gpc,
            now,
        }
    }
}

impl Request {
    fn visitor(&self) -> Option<Visitor<'_>> {
        let (plan, region) = (self.plan.as_bytes(), self.region.as_bytes());
        Visitor::read(plan, region, self.cookies.as_bytes(), self.gpc, self.now)
    }
}

fn words(list: &str) -> Vec<&str> {
    list.split_ascii_whitespace().collect()
}

pub(crate) fn headers(request: &Request, allow: &str) -> Option<Vec<String>> {
    let all = serve::headers(&request.visitor()?, &words(allow));
    Some(all.into_iter().flat_map(|(name, value)| [name.to_string(), value]).collect())
}

pub(crate) fn nginx(request: &Request, allow: &str) -> Option<String> {
    Some(serve::nginx(&request.visitor()?, &words(allow)))
}

pub(crate) fn expire(request: &Request, stores: &str, host: &str) -> Option<Vec<String>> {
    Some(serve::expire(&request.visitor()?, stores, &request.cookies, host))
}

pub(crate) fn rewrite(
    plan: &str,
    html: &str,
    page: &str,
    allow: &str,
    head: &str,
) -> Result<Vec<String>, String> {
    let policy = &Policy::read(plan.as_bytes(), b"", b"").ok_or("policy/plan")?;
    let allow = &words(allow)[..];
    let with = Rewrite {
        policy,
        page,
        allow,
        head,
    };
    let (out, held) = serve::rewrite(html, with).map_err(|error| error.to_string())?;
    let held = held.into_iter().flat_map(|it| [it.tag, it.url, it.service.unwrap_or_default()]);
    Ok([out].into_iter().chain(held).collect())
}
