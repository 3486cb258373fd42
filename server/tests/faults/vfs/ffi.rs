//! What `SQLite` calls. Nothing is decided here: pointers become slices and names, and the disk does the rest.
//!
//! Of the libraries for this, one knows no shared memory; the other does not pass on whether a folder is to be synced,
//! and needs a compiler's library to be built. So these are the functions of `SQLite`'s own interface.

#![allow(
    unsafe_code,
    reason = "SQLite's interface for file systems is one of pointers"
)]

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use rusqlite::ffi;

use super::disk::{Call, Disk, Meets};
use super::locks::Level;

/// The name under which `SQLite` knows these disks.
pub(crate) const NAME: &CStr = c"faults";

static DISKS: Mutex<BTreeMap<u64, Arc<Disk>>> = Mutex::new(BTreeMap::new());
static NUMBERS: AtomicU64 = AtomicU64::new(1);

pub(crate) fn number() -> u64 {
    NUMBERS.fetch_add(1, Ordering::Relaxed)
}

/// Makes a disk known: its files are those in the folder of its number.
pub(crate) fn plug(number: u64, disk: Arc<Disk>) {
    static ONCE: Once = Once::new();
    ONCE.call_once(register);
    DISKS.lock().unwrap_or_else(PoisonError::into_inner).insert(number, disk);
}

pub(crate) fn unplug(number: u64) {
    DISKS.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
}

/// The disk on which a path is, and its name there.
fn disk_of(path: &str) -> Option<(Arc<Disk>, &str)> {
    let (number, name) = path.strip_prefix('/')?.split_once('/')?;
    let number = number.parse().ok()?;
    let disk = DISKS.lock().unwrap_or_else(PoisonError::into_inner).get(&number).cloned();
    disk.map(|disk| (disk, name))
}

/// A file that is open.
struct Handle {
    disk: Arc<Disk>,
    file: usize,
    who: u64,
    /// The first sync is one of the folder, too: so `SQLite` does it where files have names that matter.
    folder: bool,
    /// Its name, if it goes when it is closed.
    gone: Option<String>,
}

#[repr(C)]
struct Opened {
    base: ffi::sqlite3_file,
    handle: *mut Handle,
}

fn register() {
    let vfs = Box::leak(Box::new(ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: c_int::try_from(size_of::<Opened>()).expect("a size"),
        mxPathname: 256,
        pNext: ptr::null_mut(),
        zName: NAME.as_ptr(),
        pAppData: ptr::null_mut(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_path),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(time),
        xGetLastError: None,
        xCurrentTimeInt64: Some(time_in_ms),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }));
    // SAFETY: it lives as long as the process.
    let done = unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
    assert_eq!(done, ffi::SQLITE_OK);
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(is_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(map),
    xShmLock: Some(lock_slots),
    xShmBarrier: Some(barrier),
    xShmUnmap: Some(unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The text of a path; empty for none.
///
/// # Safety
/// It is null, or a text with an end.
unsafe fn text(path: *const c_char) -> String {
    if path.is_null() {
        return String::new();
    }
    // SAFETY: as above.
    unsafe { CStr::from_ptr(path) }.to_string_lossy().into_owned()
}

/// The handle of an open file.
///
/// # Safety
/// The file was opened by [`open`], and is used by one connection at a time, as `SQLite` promises.
unsafe fn handle<'h>(file: *mut ffi::sqlite3_file) -> &'h mut Handle {
    // SAFETY: as above.
    unsafe { &mut *(*file.cast::<Opened>()).handle }
}

fn place(number: impl TryInto<usize>) -> usize {
    number.try_into().unwrap_or(0)
}

// --- The file system ---------------------------------------------------------------------------

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let opened = file.cast::<Opened>();
    // SAFETY: SQLite hands over as many bytes as `szOsFile` says. Without methods, it never closes the file.
    unsafe { (*opened).base.pMethods = ptr::null() };
    // SAFETY: SQLite's paths have an end.
    let path = unsafe { text(path) };
    // One without a name belongs to nobody's disk; the store keeps such things in memory.
    let Some((disk, name)) = disk_of(&path) else {
        return ffi::SQLITE_CANTOPEN;
    };
    let (file, folder) = {
        let (mut state, meets) = disk.asked(Call::Open);
        if let Meets::Failure(code) | Meets::Half(code) | Meets::Done(code) = meets {
            return code;
        }
        let create = flags & ffi::SQLITE_OPEN_CREATE != 0;
        let file = match state.image.find(name) {
            Some(file) => file,
            None if create => state.image.make(Some(name)),
            None => return ffi::SQLITE_CANTOPEN,
        };
        let named = ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL;
        (file, create && flags & named != 0)
    };
    let gone = (flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0).then(|| name.to_owned());
    let handle = Box::new(Handle {
        disk,
        file,
        who: number(),
        folder,
        gone,
    });
    // SAFETY: as above; `out` may be null.
    unsafe {
        (*opened).handle = Box::into_raw(handle);
        (*opened).base.pMethods = &raw const METHODS;
        if !out.is_null() {
            *out = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, path: *const c_char, folder: c_int) -> c_int {
    // SAFETY: SQLite's paths have an end.
    let path = unsafe { text(path) };
    let Some((disk, name)) = disk_of(&path) else {
        return ffi::SQLITE_IOERR_DELETE;
    };
    let (mut state, meets) = disk.asked(Call::Delete);
    if let Meets::Failure(code) | Meets::Half(code) = meets {
        return code;
    }
    if !state.image.delete(name) {
        return ffi::SQLITE_IOERR_DELETE_NOENT;
    }
    if let Meets::Done(code) = meets {
        return code;
    }
    if folder != 0 && !state.lies {
        state.image.sync_names();
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    _: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite's paths have an end.
    let path = unsafe { text(path) };
    let Some((disk, name)) = disk_of(&path) else {
        return ffi::SQLITE_IOERR_ACCESS;
    };
    let (state, meets) = disk.asked(Call::Access);
    if let Meets::Failure(code) | Meets::Half(code) | Meets::Done(code) = meets {
        return code;
    }
    // SAFETY: SQLite waits for an answer there.
    unsafe { *out = c_int::from(state.image.find(name).is_some()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_path(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite's paths have an end.
    let bytes = unsafe { CStr::from_ptr(path) }.to_bytes_with_nul();
    if bytes.len() > place(room) {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: there is room for them, as was just seen.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, count: c_int, out: *mut c_char) -> c_int {
    // SAFETY: SQLite has room for so many bytes there.
    let out = unsafe { std::slice::from_raw_parts_mut(out.cast::<u8>(), place(count)) };
    fastrand::fill(out);
    count
}

/// Waits for a hundredth of what it is asked to: who waits for a lock tries as often, and gives up sooner.
unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, micros: c_int) -> c_int {
    let time = Duration::from_nanos(u64::try_from(micros).unwrap_or(0) * 10);
    #[allow(clippy::disallowed_methods, reason = "it is what SQLite asks for")]
    std::thread::sleep(time);
    micros
}

unsafe extern "C" fn time(_: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: SQLite waits for an answer there. It is a day in this century; nobody reads it.
    unsafe { *out = 2_461_000.5 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn time_in_ms(_: *mut ffi::sqlite3_vfs, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: as above.
    unsafe { *out = 2_461_000 * 86_400_000 };
    ffi::SQLITE_OK
}

// --- A file ------------------------------------------------------------------------------------

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: it was opened, and SQLite closes it once.
    let handle = unsafe { Box::from_raw((*file.cast::<Opened>()).handle) };
    let mut state = handle.disk.state();
    let locks = state.locks(handle.file);
    locks.unlock(handle.who, Level::None);
    locks.unmap(handle.who);
    if let Some(name) = &handle.gone {
        state.image.delete(name);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    out: *mut c_void,
    count: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: an open file, and room for so many bytes.
    let (handle, out) =
        unsafe { (handle(file), std::slice::from_raw_parts_mut(out.cast::<u8>(), place(count))) };
    let (state, meets) = handle.disk.asked(Call::Read);
    match meets {
        Meets::Failure(code) | Meets::Done(code) => code,
        Meets::Half(code) => {
            let half = out.len() / 2;
            state.image.files[handle.file].read(place(at), &mut out[..half]);
            out[half..].fill(0);
            code
        }
        Meets::Nothing if state.image.files[handle.file].read(place(at), out) < out.len() => {
            ffi::SQLITE_IOERR_SHORT_READ
        }
        Meets::Nothing => ffi::SQLITE_OK,
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    count: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: an open file, and so many bytes.
    let (handle, bytes) =
        unsafe { (handle(file), std::slice::from_raw_parts(bytes.cast::<u8>(), place(count))) };
    let (mut state, meets) = handle.disk.asked(Call::Write);
    let (bytes, code) = match meets {
        Meets::Failure(code) => return code,
        Meets::Half(code) => (&bytes[..bytes.len() / 2], code),
        Meets::Done(code) => (bytes, code),
        Meets::Nothing => (bytes, ffi::SQLITE_OK),
    };
    state.image.files[handle.file].write(place(at), bytes);
    code
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    let (mut state, meets) = handle.disk.asked(Call::Cut);
    let code = match meets {
        Meets::Failure(code) | Meets::Half(code) => return code,
        Meets::Done(code) => code,
        Meets::Nothing => ffi::SQLITE_OK,
    };
    state.image.files[handle.file].cut(place(length));
    code
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    let (mut state, meets) = handle.disk.asked(Call::Sync);
    match meets {
        Meets::Nothing => {
            state.sync(handle.file, handle.folder);
            handle.folder = false;
            ffi::SQLITE_OK
        }
        Meets::Failure(code) | Meets::Half(code) | Meets::Done(code) => {
            if !state.is_off() {
                let mut rng = state.rng.fork();
                state.image.files[handle.file].sync_fails(&mut rng);
            }
            code
        }
    }
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    let (state, meets) = handle.disk.asked(Call::Size);
    if let Meets::Failure(code) | Meets::Half(code) | Meets::Done(code) = meets {
        return code;
    }
    // SAFETY: SQLite waits for an answer there.
    unsafe { *out = i64::try_from(state.image.files[handle.file].length()).unwrap_or(0) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    let (mut state, meets) = handle.disk.asked(Call::Lock);
    if let Meets::Failure(code) | Meets::Half(code) | Meets::Done(code) = meets {
        return code;
    }
    let had = state.locks(handle.file).lock(handle.who, level.into());
    if had { ffi::SQLITE_OK } else { ffi::SQLITE_BUSY }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    handle.disk.state().locks(handle.file).unlock(handle.who, level.into());
    ffi::SQLITE_OK
}

unsafe extern "C" fn is_reserved(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: an open file, and SQLite waits for an answer there.
    let handle = unsafe { handle(file) };
    let reserved = handle.disk.state().locks(handle.file).is_reserved();
    // SAFETY: as above.
    unsafe { *out = c_int::from(reserved) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    4096
}

unsafe extern "C" fn characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    // As SQLite takes it to be on Unix, unless it is told otherwise.
    if handle.disk.state().fragile {
        0
    } else {
        ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
    }
}

// --- Shared memory -----------------------------------------------------------------------------

unsafe extern "C" fn map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    make: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    let (mut state, meets) = handle.disk.asked(Call::Map);
    if let Meets::Failure(code) | Meets::Half(code) | Meets::Done(code) = meets {
        return code;
    }
    let region = state.locks(handle.file).map(handle.who, place(region), place(size), make != 0);
    // SAFETY: SQLite waits for an answer there.
    unsafe { *out = region.map_or(ptr::null_mut(), |it| it.as_ptr().cast()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock_slots(
    file: *mut ffi::sqlite3_file,
    from: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    let (from, count) = (place(from), place(count));
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        handle.disk.state().locks(handle.file).unlock_slots(handle.who, from, count);
        return ffi::SQLITE_OK;
    }
    let (mut state, meets) = handle.disk.asked(Call::MapLock);
    if let Meets::Failure(code) | Meets::Half(code) | Meets::Done(code) = meets {
        return code;
    }
    let exclusive = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
    let had = state.locks(handle.file).lock_slots(handle.who, from, count, exclusive);
    if had { ffi::SQLITE_OK } else { ffi::SQLITE_BUSY }
}

unsafe extern "C" fn barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    fence(Ordering::SeqCst);
    drop(handle.disk.state());
}

unsafe extern "C" fn unmap(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    handle.disk.state().locks(handle.file).unmap(handle.who);
    ffi::SQLITE_OK
}
