//! The boot module's memory, and the calls by number that JavaScript makes on it.
//!
//! Texts go in and out through fixed places, so that the module needs neither an allocator
//! nor glue: `js/boot.js` writes the input, makes the call and reads the output.

use core::cell::UnsafeCell;

use crate::consent::{Act, Deed, Refusal, Session, Signals, Source};
use crate::gate::Tag;
use crate::page::{LONGEST, Page, Text};
use crate::policy::{Address, Key, Policy, Sink, field, number, put_number};

/// Where JavaScript writes: the plan, the setting, and the input of a call.
struct Shared<const N: usize>(UnsafeCell<[u8; N]>);

// SAFETY: a module without the `atomics` feature has one thread.
#[allow(unsafe_code, reason = "statics must be Sync, and there is only one thread")]
unsafe impl<const N: usize> Sync for Shared<N> {}

impl<const N: usize> Shared<N> {
    const fn new() -> Shared<N> {
        Shared(UnsafeCell::new([0; N]))
    }

    fn address(&self) -> u32 {
        self.0.get() as u32
    }

    /// The first bytes. JavaScript writes the plan and the setting once, before the start,
    /// and the input between calls.
    #[allow(
        unsafe_code,
        reason = "nobody writes while the module runs: it has one thread"
    )]
    fn text(&'static self, length: usize) -> &'static [u8] {
        // SAFETY: the array lives for ever, and JavaScript cannot write while this code runs.
        let all: &[u8; N] = unsafe { &*self.0.get() };
        all.get(..length).unwrap_or(b"")
    }
}

/// Room for a plan ([`crate::policy::compile`] sees to it that it fits).
static PLAN: Shared<49_152> = Shared::new();
/// Room for the setting.
static SETTING: Shared<4_096> = Shared::new();
/// Room for the input of a call.
static INPUT: Shared<65_536> = Shared::new();

struct Room {
    page: Page<'static>,
    output: Text<LONGEST>,
    layout: &'static [u8],
}

struct Global(UnsafeCell<Room>);

// SAFETY: a module without the `atomics` feature has one thread.
#[allow(unsafe_code, reason = "statics must be Sync, and there is only one thread")]
unsafe impl Sync for Global {}

static ROOM: Global = Global(UnsafeCell::new(Room {
    page: Page::new(),
    output: Text::new(),
    layout: b"",
}));

/// The address of the plan (0), the setting (1), the input (2) or the output (3).
pub(crate) fn address(which: u32) -> u32 {
    match which {
        0 => PLAN.address(),
        1 => SETTING.address(),
        2 => INPUT.address(),
        _ => room().output.written().as_ptr() as u32,
    }
}

#[allow(unsafe_code, reason = "one thread, and no call comes back while another runs")]
#[allow(clippy::mut_from_ref, reason = "see SAFETY")]
fn room() -> &'static mut Room {
    // SAFETY: the module imports nothing, so that no call can come back into it while one
    // runs, and every call takes the room once.
    unsafe { &mut *ROOM.0.get() }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the output has a fixed size below 2^32"
)]
fn length_of(output: &Text<LONGEST>) -> u32 {
    output.written().len() as u32
}

/// A call by number; see `js/boot.js`. `length` is that of the input; `extra` the time in
/// seconds since 1970 or, at the start, the length of the plan.
pub(crate) fn call(which: u32, length: u32, extra: u32) -> u32 {
    let Room { page, output, layout } = room();
    let input = INPUT.text(length as usize);
    let part = |at: usize| field(input, b'\n', at);
    output.clear();
    match which {
        0 => {
            let setting = SETTING.text(length as usize);
            let part = |at: usize| field(setting, b'\n', at);
            let plan = PLAN.text(extra as usize);
            let Some(policy) = Policy::read(plan, part(0), part(1)) else {
                return 0;
            };
            *layout = part(5);
            page.start(Session {
                policy,
                region: part(0),
                lang: part(2),
                forbidden: part(3),
                ui: part(4),
                signals: Signals {
                    age: number(part(6)),
                    gpc: part(7) == b"1",
                    parent: part(8) == b"1",
                },
            });
            1
        }
        1 => {
            let states = input.get(part(0).len() + 1..).unwrap_or(b"");
            page.refresh(part(0), states, extra).into()
        }
        2 => {
            let address = Address {
                host: part(1),
                path: part(2),
                own: part(3) == b"1",
            };
            let judged = page.judge(Tag {
                names: part(0),
                address: (!address.path.is_empty()).then_some(address),
            });
            judged.answer as u32 | judged.key.map_or(0, |at| at + 1) << 3
        }
        3 => {
            let (key, verdict) = page.verdict(input);
            let found = match key {
                Key::Unknown => 0,
                Key::Never => 1,
                Key::Item(at) => at + 2,
            };
            found << 8 | u32::from(verdict.0)
        }
        4 => {
            let deed = Deed {
                act: Act::numbered(number(part(0))).unwrap_or(Act::Custom),
                picks: part(4),
                once: part(2) == b"1",
                person: Page::person(part(3) == b"1"),
            };
            let source = Source::numbered(number(part(1))).unwrap_or(Source::Api);
            match page.decide(deed, source, extra, output) {
                Ok(()) => {
                    output.put(b"\n");
                    output.put(page.state());
                    length_of(output)
                }
                Err(Refusal::NoPerson) => 1 << 16,
                Err(Refusal::NotOptional) => 2 << 16,
            }
        }
        5 => {
            page.commit(extra);
            page.types()
        }
        6 => page.types(),
        7 => {
            page.show(layout, input == b"1", extra, output);
            length_of(output)
        }
        _ => {
            let session = page.session();
            let regime = session.policy.regime;
            output.put(regime.key());
            output.put(b"\n");
            output.put(regime.model().as_str().as_bytes());
            output.put(b"\n");
            put_number(output, regime.flags(), 1);
            put_number(output, session.signals.gpc.into(), 1);
            put_number(output, page.asked(), 7);
            output.put(b"\n");
            output.put(page.state());
            length_of(output)
        }
    }
}
