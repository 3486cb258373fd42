//! Uploads that can go on where they broke off (tus 1.0), of files that were sealed before they left: what they hold,
//! how that is called and who can open it is not known here.
//!
//! An upload is two files. One has the bytes as they came; the other says how many of them are there for good, and is
//! written once they are. What is acknowledged is what that one says. Whoever is at an upload has locked its first
//! file, which holds between processes as well.

mod api;
mod checksum;
mod counted;
mod disk;
mod held;
mod id;
mod join;
mod quota;
mod receive;
mod settings;
mod state;
mod tidy;
mod trouble;

use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

pub(crate) use api::{layers, routes};
pub(crate) use counted::Counted;
pub use disk::{Folder, OpenFile};
pub use settings::UploadSettings;
pub(crate) use tidy::keep;

use held::Held;
use id::{Id, Key};
use quota::Quota;
use state::{Kind, Slots, State};
use trouble::Trouble;

/// How often it is looked whether somebody has let go of an upload.
const LOOK: Duration = Duration::from_millis(20);

/// How one waits for an upload that somebody else is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// For as long as others look at it, and no longer.
    Briefly,
    /// Asks whoever is at it to let go.
    Asking,
}

impl Manner {
    const fn patience(self) -> Duration {
        match self {
            Manner::Briefly => Duration::from_millis(200),
            Manner::Asking => Duration::from_secs(10),
        }
    }
}

/// All uploads of a folder.
#[derive(Debug)]
pub(crate) struct Uploads {
    settings: UploadSettings,
    folder: Arc<dyn Folder>,
    /// Held while names are made or taken away: if that cannot be made sure of, it is told to whom it concerns.
    names: Mutex<()>,
    /// Names are not yet what they are going to be after a loss of power.
    unsure: AtomicBool,
    quota: Quota,
    clock: fn() -> u64,
    counted: Counted,
}

/// Does what may wait for the disk.
async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Trouble> {
    let done = spawn_blocking(work).await;
    done.map_err(|error| Trouble::Failed(io::Error::other(error)))
}

impl Uploads {
    /// Opens a folder, or makes it, and counts what it holds.
    pub(crate) async fn open(
        settings: UploadSettings,
        clock: fn() -> u64,
        counted: Counted,
    ) -> io::Result<Arc<Uploads>> {
        let folder = match &settings.files {
            Some(files) => Arc::clone(files),
            None => of_the_system(&settings)?,
        };
        let uploads = Arc::new(Uploads {
            quota: Quota::new(&settings),
            settings,
            folder,
            names: Mutex::new(()),
            unsure: AtomicBool::new(false),
            clock,
            counted,
        });
        let opened = Arc::clone(&uploads);
        let tidy = move || {
            // Who was here before may have been about to.
            opened.sync_names()?;
            opened.tidy()
        };
        spawn_blocking(tidy).await.map_err(io::Error::other)??;
        Ok(uploads)
    }

    fn now(&self) -> u64 {
        (self.clock)()
    }

    fn lock_names(&self) -> MutexGuard<'_, ()> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sync_names(&self) -> io::Result<()> {
        self.folder.sync()?;
        self.unsure.store(false, Ordering::Release);
        Ok(())
    }

    /// That there is no such upload is only said if it does not come back.
    fn surely<T>(&self, found: Result<T, Trouble>) -> Result<T, Trouble> {
        if matches!(found, Err(Trouble::Unknown)) && self.unsure.load(Ordering::Acquire) {
            let _names = self.lock_names();
            self.sync_names()?;
        }
        found
    }

    /// When an upload goes, if it does not go on.
    fn expires(&self, state: &State) -> Option<u64> {
        let after = if state.is_file() {
            self.settings.retained_for()?
        } else {
            self.settings.expires_after()
        };
        Some(state.touched.saturating_add(after))
    }

    fn has_expired(&self, state: &State) -> bool {
        self.expires(state).is_some_and(|it| it <= self.now())
    }

    /// Begins an upload. It is there for good, and held.
    async fn begin(
        self: &Arc<Self>,
        address: Option<IpAddr>,
        length: u64,
        kind: Kind,
    ) -> Result<(Key, Held), Trouble> {
        if length > self.settings.longest {
            return Err(Trouble::TooLong);
        }
        let key = Key::fresh().map_err(io::Error::other)?;
        let id = key.id();
        self.quota.begin(id, address, length, 0)?;
        let uploads = Arc::clone(self);
        let made = run(move || {
            let made = uploads.make(id, length, kind, &[]);
            if made.is_err() {
                uploads.quota.gone(&id, length, false);
            }
            made
        });
        let held = made.await??;
        self.counted.became("begun");
        if length == 0 {
            self.finished(&held);
        }
        Ok((key, held))
    }

    /// Makes the files of an upload.
    fn make(&self, id: Id, length: u64, kind: Kind, parts: &[Key]) -> Result<Held, Trouble> {
        let [data_name, side_name] = id.files();
        let _names = self.lock_names();
        let data = self.folder.make(&data_name)?;
        // Who tidies up may have come between.
        if !data.lock()? || !data.is_there()? {
            return Err(Trouble::Locked);
        }
        let make = || {
            let side = self.folder.make(&side_name)?;
            if !parts.is_empty() {
                state::write_parts(side.as_ref(), parts)?;
            }
            let state = State {
                kind,
                length,
                offset: 0,
                touched: self.now(),
            };
            let slots = Slots::begin(side.as_ref(), &id, state)?;
            data.sync()?;
            self.sync_names()?;
            Ok(Held::new(id, Arc::clone(&data), side, slots))
        };
        make().inspect_err(|_| {
            // What stays behind is found when it is tidied up.
            let _ = self.folder.remove(&side_name);
            let _ = self.folder.remove(&data_name);
        })
    }

    /// What is known of an upload, and its file. It may go on meanwhile.
    async fn look(self: &Arc<Self>, id: Id) -> Result<(State, Arc<dyn OpenFile>), Trouble> {
        let uploads = Arc::clone(self);
        let (state, file) = run(move || uploads.surely(held::look(uploads.folder.as_ref(), &id))).await??;
        if self.has_expired(&state) { Err(Trouble::Unknown) } else { Ok((state, file)) }
    }

    /// What a joined upload was joined from.
    async fn parts(self: &Arc<Self>, id: Id) -> Result<Vec<Key>, Trouble> {
        let uploads = Arc::clone(self);
        run(move || held::parts(uploads.folder.as_ref(), &id)).await?
    }

    /// Takes an upload, to change it or to say for certain how far it is.
    async fn hold(self: &Arc<Self>, id: Id, manner: Manner) -> Result<Held, Trouble> {
        let until = Instant::now() + manner.patience();
        let mut wish = None;
        loop {
            let uploads = Arc::clone(self);
            let (taken, wished) = run(move || {
                let folder = uploads.folder.as_ref();
                let taken = uploads.surely(Held::take(folder, &id))?;
                let wish = match wish {
                    None if taken.is_none() && manner == Manner::Asking => held::ask(folder, &id)?,
                    wish => wish,
                };
                Ok::<_, Trouble>((taken, wish))
            })
            .await??;
            match taken {
                Some(held) if self.has_expired(&held.state()) => return Err(Trouble::Unknown),
                Some(held) => return Ok(held),
                None if Instant::now() >= until => return Err(Trouble::Locked),
                None => wish = wished,
            }
            sleep(LOOK).await;
        }
    }

    /// All of an upload is there.
    fn finished(&self, held: &Held) {
        self.quota.finished(&held.id());
        self.counted.became("finished");
    }

    /// Ends an upload. Its names are gone for good.
    async fn end(self: &Arc<Self>, held: Held) -> Result<(), Trouble> {
        let uploads = Arc::clone(self);
        run(move || uploads.remove(&held)).await??;
        self.counted.became("ended");
        Ok(())
    }

    fn remove(&self, held: &Held) -> Result<(), Trouble> {
        let state = held.state();
        let _names = self.lock_names();
        self.unsure.store(true, Ordering::Release);
        // Without its state it is nothing any more.
        let [data, side] = held.id().files();
        for name in [side, data] {
            match self.folder.remove(&name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        self.quota.gone(&held.id(), state.length, state.is_finished());
        self.sync_names()?;
        Ok(())
    }

    /// Whether the disk takes something.
    pub(crate) async fn ready(self: &Arc<Self>) -> io::Result<()> {
        const NAME: &str = "ready";
        let uploads = Arc::clone(self);
        let ready = run(move || {
            let _names = uploads.lock_names();
            let _ = uploads.folder.remove(NAME);
            let file = uploads.folder.make(NAME)?;
            file.write(&[0], 0)?;
            file.sync()?;
            uploads.folder.remove(NAME)
        });
        match ready.await {
            Ok(ready) => ready,
            Err(Trouble::Failed(error)) => Err(error),
            Err(_) => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    /// What there is, for whoever counts.
    pub(crate) fn measure(&self) {
        let sums = self.quota.sums();
        self.counted.open.set(u64::try_from(sums.open).unwrap_or(0));
        self.counted.bytes.set(u64::try_from(sums.bytes).unwrap_or(0));
    }
}

#[cfg(unix)]
fn of_the_system(settings: &UploadSettings) -> io::Result<Arc<dyn Folder>> {
    Ok(Arc::new(disk::Real::open(&settings.folder)?))
}

#[cfg(not(unix))]
fn of_the_system(_: &UploadSettings) -> io::Result<Arc<dyn Folder>> {
    Err(io::ErrorKind::Unsupported.into())
}
