//! One visitor, as a server sees them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::consent::{Session, Signals};
use crate::gate::{Answer, Tag};
use crate::page::Page;
use crate::policy::{Address, Policy, parts};

/// One visitor: what they decided, as their cookies tell it, under the law of their region.
#[derive(Debug)]
pub struct Visitor<'p>(Box<Page<'p>>);

impl<'p> Visitor<'p> {
    /// Reads a request. `plan` is a compiled policy, `region` as in [`Policy::read`], `cookies` the
    /// value of the `Cookie` header, `gpc` whether `Sec-GPC` is 1, and `now` the time in seconds
    /// since 1970. `None` where the plan is damaged.
    pub fn read(
        plan: &'p [u8],
        region: &'p [u8],
        cookies: &[u8],
        gpc: bool,
        now: u32,
    ) -> Option<Visitor<'p>> {
        let mut page = Box::new(Page::new());
        page.start(Session {
            policy: Policy::read(plan, region, b"")?,
            region,
            signals: Signals {
                gpc,
                ..Signals::default()
            },
            ..Session::NONE
        });
        let states: Vec<&[u8]> = parts(cookies, b';')
            .filter_map(|pair| pair.trim_ascii().strip_prefix(b"mixus_privacy="))
            .collect();
        page.refresh(b"", &states.join(&b'\n'), now);
        Some(Visitor(page))
    }

    /// The policy, for the visitor's region.
    pub const fn policy(&self) -> &Policy<'p> {
        &self.0.session().policy
    }

    /// Whether a purpose or service, by its key or an alias, is allowed.
    pub fn allows(&self, name: &[u8]) -> bool {
        self.0.verdict(name).1.allowed()
    }

    /// Whether a declared address may be asked.
    pub fn may(&self, address: Address<'_>) -> bool {
        let tag = Tag {
            names: b"",
            address: Some(address),
        };
        self.0.judge(tag).answer == Answer::Allow
    }

    /// Whether all is allowed that can be, so that a vendor whom nobody declared is allowed too: no
    /// purpose is closed to them, and nothing is on a never-list, which no list of what may be
    /// asked can leave out of everything.
    pub fn everything(&self) -> bool {
        let policy = self.policy();
        policy.never().next().is_none()
            && policy
                .items()
                .all(|it| !it.is(crate::policy::flags::CLOSED) && self.allows(it.key))
    }
}
